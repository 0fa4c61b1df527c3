"""A server as a process of its own: its first words, its second start, its good order when it is told to stop."""

import os
import signal
from pathlib import Path

import httpx2
import pytest

from conftest import Databases
from house import COMMAND, Caller, Process


@pytest.fixture
def process(databases: Databases, tmp_path: Path) -> Process:
    return Process(tmp_path / "data", databases.fresh())


def test_keys_are_shown_on_the_first_start_and_on_no_other_and_hold_on_both(process: Process) -> None:
    first = dict(process.start().ready)
    assert set(first) == {"event", "url", "pid", "key", "key_id", "secret", "test_key", "setup_url"}
    assert first["pid"] == process.pid
    with httpx2.Client(base_url=process.url) as http:
        run = Caller(http, first["test_key"]).finished("[test:input]")
        assert run["status"] == "awaiting_input"
    assert process.end() == 0, process.log()
    process.ready = {}
    second = dict(process.start().ready)
    assert set(second) == {"event", "url", "pid", "setup_url"}
    with httpx2.Client(base_url=process.url) as http:
        caller = Caller(http, first["test_key"])
        assert caller.run(run["id"]) == run
        caller.post(f"/v1/runs/{run['id']}/signal", {"action": "approve"})
        assert caller.run(run["id"], wait=30)["awaiting"]["kind"] == "form"
    assert process.end(signal.SIGINT) == 0, process.log()
    assert first["secret"] not in process.log()
    assert first["key"] not in process.log()


def test_streams_are_cut_and_not_ended_when_the_server_goes(databases: Databases, tmp_path: Path) -> None:
    process = Process(tmp_path / "data", databases.fresh(), program=COMMAND).start()
    with httpx2.Client(base_url=process.url, timeout=30) as http:
        caller = Caller(http, process.ready["test_key"])
        run = caller.finished("[test:input]")
        with http.stream("GET", f"/v1/runs/{run['id']}/events", headers=caller.headers) as answer:
            chunks = answer.iter_raw()
            seen = b""
            while b"awaiting_input" not in seen:
                seen += next(chunks)
            os.kill(process.pid, signal.SIGTERM)
            with pytest.raises(httpx2.RemoteProtocolError):
                list(chunks)
    assert process.wait() == 0, process.log()


def test_what_a_server_writes_down_about_itself_holds_no_content(process: Process) -> None:
    marker = "Zm9v-never-in-a-log"
    process.start()
    with httpx2.Client(base_url=process.url) as http:
        caller = Caller(http, process.ready["test_key"])
        caller.finished(f"[test:fail] {marker}", metadata={"k": marker})
        caller.post("/v1/runs", {"agent": "research", "task": marker, marker: 1})
        caller.get("/v1/runs", params={"q": marker})
        caller.get(f"/v1/runs/{marker}")
    assert process.end() == 0
    assert marker not in process.log()
    assert process.ready["test_key"] not in process.log()
