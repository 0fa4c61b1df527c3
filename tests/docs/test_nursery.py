"""A command of the nursery does what one that loads everything does: output, code, settings, streams, its end."""

import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from nursery import FRESH, nursery
from postgres import wait_until

KEYLESS = {"PATH": os.environ["PATH"], "COLUMNS": "100"}


def say(*command: str, cwd: Path | None = None, settings: Mapping[str, str] = KEYLESS) -> tuple[int, str, str]:
    done = subprocess.run(command, cwd=cwd, env=settings, input="given", capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "words", [("runs", "list"), ("reviews",), ("schedules", "list", "--lost"), ("doctor", "--help")]
)
def test_it_says_what_the_command_says(words: tuple[str, ...], tmp_path: Path) -> None:
    settings = {**KEYLESS, "HOME": str(tmp_path), "FUTURONE_BASE_URL": "http://127.0.0.1:1"}
    assert say(nursery().futurone, *words, settings=settings) == say(FRESH, *words, settings=settings)


def test_a_program_has_the_folder_the_settings_and_the_streams_of_who_began_it(tmp_path: Path) -> None:
    text = (
        "import os, sys; print(os.getcwd(), os.environ['GIVEN'], sys.stdin.read(), sys.argv[1:], __name__); sys.exit(7)"
    )
    told = f"{tmp_path} setting given ['word'] __main__\n"
    assert say(nursery().program, text, "word", cwd=tmp_path, settings={**KEYLESS, "GIVEN": "setting"}) == (7, told, "")


def test_one_leaves_nothing_to_the_next() -> None:
    assert say(nursery().program, "import json; json.left = 1")[0] == 0
    assert say(nursery().program, "import json; print(hasattr(json, 'left'))") == (0, "False\n", "")


def test_threads_are_waited_for_and_what_is_registered_for_the_end_is_done() -> None:
    text = "import atexit, threading\natexit.register(print, 'end')\nthreading.Timer(0.1, print, ['thread']).start()"
    assert say(nursery().program, text) == (0, "thread\nend\n", "")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_a_signal_ends_it(number: int, code: int) -> None:
    text = """
import os, sys, time
try:
    print(os.getpid(), flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    sys.exit(130)
"""
    with subprocess.Popen([nursery().program, text], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        pid = int(child.stdout.readline())
        child.send_signal(number)
        assert child.wait(30) == code
    wait_until(lambda: not is_alive(pid))


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
