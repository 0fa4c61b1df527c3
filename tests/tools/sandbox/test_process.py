"""Programs with bounds: they end, all of them, with no more than they may have said, and leave no room behind."""

import os
import sys
from pathlib import Path
from threading import Timer

import pytest

from futurone_server.tools.sandbox import (
    Allowance,
    Job,
    Room,
    Rung,
    limited,
    probe,
    strict_command,
    sweep_rooms,
    why_off,
)

PYTHON = [sys.executable, "-I", "-c"]


def test_a_program_gets_what_it_is_given_and_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_HOUSE", "1")
    code = "import os, sys; print(sys.stdin.read(), 'SECRET_OF_THE_HOUSE' in os.environ)"
    ended = Job([*PYTHON, code], stdin=b"hello", allowance=Allowance()).run()
    assert (ended.status, ended.answer) == (0, b"hello False\n")


def test_a_program_that_says_too_much_is_ended() -> None:
    ended = Job([*PYTHON, "while True: print('x' * 1000)"], allowance=Allowance(answer_bytes=10_000)).run()
    assert ended.is_out_of_bounds
    assert len(ended.answer) <= 10_000


def test_a_program_that_never_ends_is_ended_with_all_it_started() -> None:
    code = "import os, time\nos.fork()\ntime.sleep(600)"
    ended = Job([*PYTHON, code], allowance=Allowance(wall_s=1)).run()
    assert ended.is_out_of_bounds


def test_a_job_can_be_ended_from_outside_and_before_it_began() -> None:
    job = Job([*PYTHON, "import time; time.sleep(600)"], allowance=Allowance())
    Timer(0.3, job.kill).start()
    assert job.run().is_out_of_bounds
    never = Job([*PYTHON, "print(1)"], allowance=Allowance())
    never.kill()
    assert never.run().answer == b""


def test_a_program_that_is_not_there_is_an_ending_and_no_exception() -> None:
    assert Job(["/nonexistent/program"], allowance=Allowance()).run().status == 127


def test_memory_and_processor_are_limited() -> None:
    allowance = Allowance(memory_bytes=200 << 20, cpu_s=1, wall_s=30)
    grabbed = Job(limited([*PYTHON, "b'0' * (1 << 30)"], allowance), allowance=allowance).run()
    assert grabbed.status != 0
    spun = Job(limited([*PYTHON, "while True: pass"], allowance), allowance=allowance).run()
    assert spun.is_out_of_bounds


def test_a_room_is_private_and_gone_afterwards_even_when_it_was_locked_from_inside() -> None:
    with Room() as room:
        assert room.path.stat().st_mode & 0o777 == 0o700
        (room.path / "a").mkdir()
        (room.path / "a" / "b.py").write_text("x = 1\n")
        (room.path / "a").chmod(0)
    assert not room.path.exists()


def test_a_room_with_a_link_out_of_it_removes_the_link_alone(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("kept")
    with Room() as room:
        (room.path / "link").symlink_to(tmp_path)
    assert (tmp_path / "kept").read_text() == "kept"


def test_what_a_dead_worker_left_is_swept_away() -> None:
    code = "from futurone_server.tools.sandbox import Room\nprint(Room().__enter__().path, end='')"
    left = Path(Job([*PYTHON, code], allowance=Allowance()).run().answer.decode())
    assert left.is_dir()
    with Room() as room:
        assert sweep_rooms() >= 1
        assert room.path.is_dir()
    assert not left.exists()


def test_the_ladder_says_strict_only_where_a_locked_up_program_really_answered() -> None:
    if probe() is Rung.OFF:
        pytest.skip(f"locking up is not tested here: {why_off()}")
    code = (
        "import os, socket\nprint(os.path.exists('/home'), flush=True)\nsocket.create_connection(('192.0.2.1', 53), 1)"
    )
    ended = Job(strict_command([*PYTHON, code], given=None), allowance=Allowance(wall_s=20)).run()
    assert ended.status != 0
    assert b"False" in ended.answer
    assert os.path.exists("/home")


def test_ending_a_job_that_is_over_ends_nobody_else() -> None:
    job = Job([*PYTHON, "print(1)"], allowance=Allowance())
    assert job.run().answer == b"1\n"
    assert job._process is None
    job.kill()


def test_what_a_program_left_behind_ends_with_it() -> None:
    code = "import os, sys, time\nif os.fork() == 0:\n    os.close(1)\n    time.sleep(600)\nprint('over', flush=True)"
    job = Job([*PYTHON, code], allowance=Allowance(wall_s=20))
    ended = job.run()
    assert (ended.status, ended.answer) == (0, b"over\n")
