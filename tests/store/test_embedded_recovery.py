"""The embedded PostgreSQL after kills at any moment: found again or mended, and nothing lost."""

import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from futurone_server.store.embedded import EmbeddedPostgres
from futurone_server.store.embedded.account import account_for
from futurone_server.store.embedded.launch import outlive_the_last
from futurone_server.store.embedded.locks import take
from futurone_server.store.embedded.places import places_in
from futurone_server.store.embedded.plan import plan_start
from postgres import QUICK, enter, is_root, keep, kept, kill, show, wait_until


def test_starting_twice_is_starting_once(postgres: EmbeddedPostgres, data_dir: Path) -> None:
    endpoint, pid = postgres.start(), postgres.pid
    assert postgres.start() == endpoint
    assert EmbeddedPostgres(data_dir, settings=QUICK).start() == endpoint
    assert postgres.pid == pid


def test_many_who_start_at_once_get_one_cluster(postgres: EmbeddedPostgres, data_dir: Path) -> None:
    everybody = [postgres, *(EmbeddedPostgres(data_dir, settings=QUICK) for _ in range(3))]
    with ThreadPoolExecutor(4) as pool:
        endpoints = list(pool.map(EmbeddedPostgres.start, everybody))
    assert len({endpoint.url() for endpoint in endpoints}) == 1
    assert len({cluster.pid for cluster in everybody}) == 1
    for other in everybody[1:]:
        other.stop(mode="immediate")


def test_the_cluster_outlives_a_killed_server_and_is_picked_up_again(
    postgres: EmbeddedPostgres, data_dir: Path
) -> None:
    program = (
        "import sys, pathlib, time\n"
        "from futurone_server.store.embedded import EmbeddedPostgres\n"
        "cluster = EmbeddedPostgres(pathlib.Path(sys.argv[1]), settings={'fsync': 'off', 'full_page_writes': 'off'})\n"
        "cluster.start()\n"
        "print(cluster.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(data_dir)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        pid = int(server.stdout.readline())
        server.kill()
    assert os.getsid(pid) == pid  # a Ctrl-C in the terminal does not reach it
    endpoint = postgres.start()
    assert postgres.pid == pid
    keep(endpoint, [1])
    postgres.stop()
    assert not postgres.is_running()


def test_nothing_committed_is_lost_when_the_main_process_is_killed(postgres: EmbeddedPostgres) -> None:
    keep(postgres.start(), [1, 2, 3])
    killed = kill(postgres)
    assert kept(postgres.start()) == [1, 2, 3]
    assert postgres.pid != killed


def test_orphans_of_a_killed_main_process_do_not_block_the_next_start(postgres: EmbeddedPostgres) -> None:
    endpoint = postgres.start()
    keep(endpoint, [1])
    orphan = enter(endpoint)
    pid = orphan.info.backend_pid
    assert pid > 1  # it is killed below, and 0 would be all of us
    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(orphan.execute, "DO $$ BEGIN LOOP END LOOP; END $$")
        with enter(endpoint) as other:
            find = "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND pid = %s"
            wait_until(lambda: other.execute(find, [pid]).fetchone())
        kill(postgres)
        try:
            os.kill(pid, 0)  # it works on, without a main process
            assert kept(postgres.start()) == [1]
        finally:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with pytest.raises(psycopg.OperationalError):
            busy.result()
    orphan.close()


def test_a_pid_that_belongs_to_another_process_by_now_is_no_obstacle_and_no_victim(
    postgres: EmbeddedPostgres, data_dir: Path
) -> None:
    keep(postgres.start(), [1])
    kill(postgres)
    account = account_for(data_dir / "postgres")
    with subprocess.Popen(["sleep", "60"], user=account.uid if is_root else None) as bystander:
        try:
            pid_file = data_dir / "postgres" / "postmaster.pid"
            pid_file.write_text("\n".join([str(bystander.pid), *pid_file.read_text().split("\n")[1:]]))
            assert not postgres.is_running()
            postgres.stop()
            assert kept(postgres.start()) == [1]
            assert bystander.poll() is None
        finally:
            bystander.kill()


def test_a_main_process_killed_as_it_wrote_its_pid_file_does_not_block_the_next_start(
    postgres: EmbeddedPostgres, data_dir: Path
) -> None:
    socket_dir = postgres.start().socket_dir
    kill(postgres)
    (data_dir / "postgres" / "postmaster.pid").write_text("")
    (socket_dir / ".s.PGSQL.5432.lock").write_text("")
    assert show(postgres.start(), "server_version").startswith("18.")


def test_a_main_process_that_comes_up_while_a_start_waits_for_the_last_to_go_is_noticed(
    postgres: EmbeddedPostgres, data_dir: Path
) -> None:
    postgres.start()
    postgres.stop()
    places = places_in(data_dir)
    alive = take(places.alive_lock, wait_s=5)  # as a process does that has just been launched
    assert alive is not None
    looks = iter([None, None, 4711])
    assert outlive_the_last(plan_start(places, QUICK, lock=alive), lambda: next(looks)) is None
    os.close(alive)


def test_a_cluster_whose_socket_was_swept_away_is_reachable_after_a_start(postgres: EmbeddedPostgres) -> None:
    endpoint = postgres.start()
    keep(endpoint, [1])
    shutil.rmtree(endpoint.socket_dir)
    assert kept(postgres.start()) == [1]


def test_a_copied_data_directory_is_a_cluster_of_its_own(
    postgres: EmbeddedPostgres, data_dir: Path, tmp_path: Path
) -> None:
    endpoint = postgres.start()
    keep(endpoint, [1])
    postgres.stop()
    shutil.copytree(data_dir, tmp_path / "copy", symlinks=True)  # by root: now root's, which PostgreSQL refuses
    (tmp_path / "copy" / "postgres").chmod(0o700)
    copy = EmbeddedPostgres(tmp_path / "copy", settings=QUICK)
    try:
        postgres.start()
        of_copy = copy.start()
        assert of_copy.socket_dir != endpoint.socket_dir
        keep(of_copy, [2])
        assert (kept(endpoint), kept(of_copy)) == ([1], [2])
    finally:
        copy.stop(mode="immediate")


def test_a_start_that_was_killed_while_it_made_the_cluster_is_made_good(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    program = (
        "import sys, pathlib\n"
        "from futurone_server.store.embedded import EmbeddedPostgres\n"
        "EmbeddedPostgres(pathlib.Path(sys.argv[1])).start()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(data_dir)]) as server:
        wait_until(lambda: any(data_dir.glob("postgres.new-*/base")))
        server.kill()
    assert take(places_in(data_dir).start_lock, wait_s=0) is None  # held by the program that makes it, which goes on
    assert not (data_dir / "postgres").exists()
    cluster = EmbeddedPostgres(data_dir, settings=QUICK)
    try:
        keep(cluster.start(), [1])
        assert list(data_dir.glob("postgres.new-*")) == []
    finally:
        cluster.stop(mode="immediate")
