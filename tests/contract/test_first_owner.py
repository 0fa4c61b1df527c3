"""The first owner: a link that `up` prints on loopback as long as there is none, and another way for later."""

import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from conftest import Databases
from contract.browser import PASSWORD
from house import Process
from nursery import nursery

PROGRAM = "from futurone.cli import main; raise SystemExit(main())"


def owned(url: str, link: str, email: str) -> httpx2.Response:
    """Use a set-up link as a person without a dashboard does."""
    token = link.partition("/setup#token=")[2]
    body = {"token": token, "email": email, "name": "Ada", "password": PASSWORD}
    return httpx2.post(f"{url}/v1/session/setup", json=body)


@pytest.fixture
def process(databases: Databases, tmp_path: Path) -> Process:
    return Process(tmp_path / "data", databases.fresh())


def test_the_link_is_printed_until_there_is_an_owner_and_works_once(process: Process) -> None:
    process.start()
    first = str(process.ready["setup_url"])
    assert first.startswith(f"{process.url}/setup#token=fo_set_")
    process.end()
    process.ready = {}
    process.start()
    try:
        second = str(process.ready["setup_url"])
        assert owned(process.url, first, "ada@example.com").status_code == 410, "a later one takes its place"
        assert owned(process.url, second, "ada@example.com").status_code == 201
        assert owned(process.url, second, "eve@example.com").status_code == 410
        process.end()
        process.ready = {}
        process.start()
        assert "setup_url" not in process.ready
        command = [sys.executable, "-c", PROGRAM, "people", "setup-link", "--data-dir", str(process.data_dir)]
        flags = ["--database-url", process.database_url]
        done = subprocess.run([*command, *flags], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"{process.url}/setup#token=fo_set_"), "the link alone, where the server is"
        assert owned(process.url, done.stdout.strip(), "ADA@example.com").status_code == 201
        assert first.rpartition("=")[2] not in process.log()
    finally:
        process.end()


def test_where_others_can_reach_the_server_no_link_is_printed(process: Process) -> None:
    far = Process(process.data_dir, process.database_url, "--behind-proxy").start()
    try:
        assert "setup_url" not in far.ready
    finally:
        far.end()


def test_a_directory_without_a_server_gets_neither_a_link_nor_a_server(tmp_path: Path) -> None:
    command = [nursery().futurone, "people", "setup-link", "--data-dir", str(tmp_path / "typo")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert "holds no server" in done.stderr
    assert not (tmp_path / "typo").exists()
