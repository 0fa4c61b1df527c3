"""``futurone doctor`` looks and leaves everything as it found it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from futurone_server.commands.house import prepare
from futurone_server.config import Config
from futurone_server.migrations.current import revision
from futurone_server.store.database import plain_url
from futurone_server.store.embedded import EmbeddedPostgres
from futurone_server.store.rootkey import load_or_make
from nursery import nursery
from postgres import show

FUTURONE = [sys.executable, "-c", "from futurone.cli import main; raise SystemExit(main())"]
LOOKS = (("doctor",), ("doctor", "verify"), ("retention", "verify", f"fo_run_{'0' * 26}"))


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a server that does not run."""
    data_dir = tmp_path_factory.mktemp("a house") / "data"
    ground = prepare(Config(data_dir=data_dir))
    assert ground.embedded is not None
    ground.embedded.stop()
    return data_dir


@pytest.fixture
def database(data_dir: Path) -> Iterator[EmbeddedPostgres]:
    """Its database, not started yet."""
    database = EmbeddedPostgres(data_dir)
    yield database
    database.stop(mode="immediate")


def examine(data_dir: Path, *words: str, fresh: bool = False) -> "subprocess.CompletedProcess[str]":
    """What ``futurone doctor`` says, or the command of these words: the nursery's unless a fresh one is wanted."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FUTURONE_")}
    line = [*(FUTURONE if fresh else [nursery().futurone]), *(words or ("doctor",)), "--data-dir", str(data_dir)]
    return subprocess.run(line, env=environment, capture_output=True, text=True, check=False)


def test_a_database_that_did_not_run_does_not_run_afterwards(data_dir: Path, database: EmbeddedPostgres) -> None:
    done = examine(data_dir, fresh=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "ok   database: PostgreSQL" in done.stdout
    assert not database.is_running()


def test_a_database_that_runs_runs_on(data_dir: Path, database: EmbeddedPostgres) -> None:
    database.start()
    before = database.pid
    assert examine(data_dir).returncode == 0
    assert database.pid == before


@pytest.mark.parametrize("look", LOOKS)
def test_a_directory_without_a_server_is_said_to_be_one_and_stays_empty(tmp_path: Path, look: tuple[str, ...]) -> None:
    done = examine(tmp_path, *look)
    assert done.returncode == 1
    assert "holds no server" in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_root_key_without_a_database_is_not_given_one(tmp_path: Path) -> None:
    load_or_make(tmp_path)
    done = examine(tmp_path)
    assert done.returncode == 1
    assert "holds no database" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


@pytest.mark.parametrize("look", [*LOOKS, ("backup", "elsewhere.dump")])
def test_a_database_that_runs_for_another_installation_is_not_started_anew(
    data_dir: Path, tmp_path: Path, look: tuple[str, ...]
) -> None:
    served = EmbeddedPostgres(data_dir, settings={"work_mem": "7MB"})
    endpoint = served.start()
    try:
        before = served.pid
        examine(data_dir, *(str(tmp_path / word) if word.endswith(".dump") else word for word in look))
        assert served.pid == before
        assert show(endpoint, "work_mem") == "7MB"
    finally:
        served.stop(mode="immediate")


@pytest.mark.parametrize("look", LOOKS)
def test_a_schema_of_another_version_is_said_to_be_one_and_left_as_it_is(
    data_dir: Path, database: EmbeddedPostgres, look: tuple[str, ...]
) -> None:
    url = database.start().url()
    now = revision(url)
    set_revision(url, "2026_11_21_0900_pre")
    try:
        done = examine(data_dir, *look)
        assert done.returncode == 1
        assert "schema of another version" in done.stdout + done.stderr
        assert revision(url) == "2026_11_21_0900_pre"
        assert not (data_dir / "backups").exists()
    finally:
        set_revision(url, str(now))


def set_revision(url: str, name: str) -> None:
    """The step that the database says it is at."""
    with psycopg.connect(plain_url(url)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", (name,))


def test_a_lost_root_key_is_named_and_no_other_is_made_in_its_place(data_dir: Path, database: EmbeddedPostgres) -> None:
    database.start()
    database.stop()
    key, aside = data_dir / "keys" / "root.key", data_dir / "aside"
    key.rename(aside)
    try:
        for command in (["doctor"], ["up", "--no-demo", "--json", "--port", "0"]):
            done = examine(data_dir, *command)
            assert done.returncode == 1
            assert "root.key is missing" in done.stdout + done.stderr
            assert not key.exists()
    finally:
        aside.rename(key)
    assert examine(data_dir).returncode == 0
