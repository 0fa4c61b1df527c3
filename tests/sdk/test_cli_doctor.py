"""``futurone doctor`` looks and leaves everything as it found it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from futurone_server.store.embedded import EmbeddedPostgres
from futurone_server.store.rootkey import load_or_make

FUTURONE = [sys.executable, "-c", "from futurone.cli import main; raise SystemExit(main())"]
DOCTOR = [*FUTURONE, "doctor", "--data-dir"]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a server that does not run."""
    data_dir = tmp_path_factory.mktemp("a house") / "data"
    data_dir.mkdir(mode=0o700)
    load_or_make(data_dir)
    return data_dir


@pytest.fixture
def database(data_dir: Path) -> Iterator[EmbeddedPostgres]:
    """Its database, not started yet."""
    database = EmbeddedPostgres(data_dir)
    yield database
    database.stop(mode="immediate")


def examine(data_dir: Path) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FUTURONE_")}
    return subprocess.run([*DOCTOR, str(data_dir)], env=environment, capture_output=True, text=True, check=False)


def test_a_database_that_did_not_run_does_not_run_afterwards(data_dir: Path, database: EmbeddedPostgres) -> None:
    done = examine(data_dir)
    assert (done.returncode, done.stderr) == (0, "")
    assert "ok   database: PostgreSQL" in done.stdout
    assert not database.is_running()


def test_a_database_that_runs_runs_on(data_dir: Path, database: EmbeddedPostgres) -> None:
    database.start()
    before = database.pid
    assert examine(data_dir).returncode == 0
    assert database.pid == before


def test_a_directory_without_a_server_is_said_to_be_one_and_stays_empty(tmp_path: Path) -> None:
    done = examine(tmp_path)
    assert done.returncode == 1
    assert "holds no server yet" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_lost_root_key_is_named_and_no_other_is_made_in_its_place(data_dir: Path, database: EmbeddedPostgres) -> None:
    database.start()
    database.stop()
    key, aside = data_dir / "keys" / "root.key", data_dir / "aside"
    key.rename(aside)
    try:
        for command in (["doctor"], ["up", "--no-demo", "--json", "--port", "0"]):
            done = subprocess.run(
                [*FUTURONE, *command, "--data-dir", str(data_dir)], capture_output=True, text=True, check=False
            )
            assert done.returncode == 1
            assert "root.key is missing" in done.stdout + done.stderr
            assert not key.exists()
    finally:
        aside.rename(key)
    assert examine(data_dir).returncode == 0
