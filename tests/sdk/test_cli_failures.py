"""What goes wrong is said in a line or two with what to do, never as a traceback."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import httpx2
import pytest

from sdk.commands import RUN_ID, Command, run_as
from sdk.standin import Answer, Seen, StandIn, as_json, refusal, stream

FUTURONE = [sys.executable, "-c", "import sys; from futurone.cli import main; sys.exit(main())"]


def test_no_server_on_this_machine_says_how_to_start_one(command: Command) -> None:
    done = command.bare("--api-key", "k", "runs", "list", "--base-url", "http://127.0.0.1:1")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("No server at http://127.0.0.1:1; start one with `futurone up`")
    assert done.err.count("\n") == 1


def test_no_key_says_where_keys_come_from(command: Command, server: StandIn) -> None:
    done = command.bare("runs", "list", "--base-url", server.url)
    assert done.code == 1
    assert "set FUTURONE_API_KEY" in done.err
    assert server.seen == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal(401, "authentication_error", "AUTH_KEY_REVOKED"), "revoked or expired"),
        (refusal(403, "permission_error", "CAPABILITY_MISSING"), "refused as permission_error (request req_1)"),
        (refusal(429, "rate_limited", "RATE_LIMITED", retry_after="120"), "Try again in 120 s."),
        (refusal(410, "gone", "CONTENT_ERASED"), "retention `keep`"),
        (Answer(body=b"<html>"), "Is the base URL right?"),
    ],
)
def test_each_refusal_is_one_or_two_lines_with_a_remedy(
    command: Command, server: StandIn, answer: Answer, expected: str
) -> None:
    server.on("GET", f"/v1/runs/{RUN_ID}", answer)
    done = command("runs", "get", RUN_ID)
    assert (done.code, done.out) == (1, "")
    assert expected in done.err
    assert done.err.count("\n") <= 2


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["run"], "agent"),
        (["run", "research"], "either a TASK or --input"),
        (["run", "research", "x", "--input", "{}"], "either a TASK or --input"),
        (["run", "research", "--input", "{"], "--input is not JSON"),
        (["run", "research", "--input", "[]"], "must be a JSON object"),
        (["run", "research", "--input", '{"x": NaN}'], "NaN"),
        (["run", "research", "x", "--metadata", "novalue"], "name=value"),
        (["run", "research", "x", "--file", "absent.txt"], "absent.txt"),
        (["run", "research", "x", "--idempotency-key", "a b"], "visible ASCII"),
        (["runs", "lsit"], "lsit"),
        (["rnu"], "Did you mean 'run'"),
        (["runs", "list", "--nope"], "--nope"),
        (["runs", "list", "--limit", "0"], "--limit"),
        (["runs", "get", ".."], "not an id"),
        (["vault", "put"], "FILE"),
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_exits_with_2_and_says_what_is_wrong(
    command: Command, server: StandIn, arguments: list[str], expected: str
) -> None:
    done = command(*arguments)
    assert (done.code, done.out) == (2, "")
    assert expected in done.err
    assert server.asked("POST", "/v1/runs") == []


def test_what_the_server_finds_wrong_with_an_order_is_wrong_usage_too(command: Command, server: StandIn) -> None:
    error = {"type": "invalid_request", "message": "agent: must be one of coding, research, or an agent's id"}
    server.on("POST", "/v1/runs", as_json({"error": error, "reason_code": "FIELD_INVALID"}, status=400))
    done = command("run", "nope", "Why?")
    assert (done.code, done.out) == (2, "")
    assert "must be one of coding, research" in done.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["up", "--port", "99999"], "from 0 to 65535"),
        (["up", "--port", "abc"], "valid integer"),
        (["up", "--host", "0.0.0.0"], "or listen on 127.0.0.1"),
        (["up", "--database-url", "mysql://x"], "must begin with postgresql://"),
        (["up", "everything"], "everything"),
        (["worker", "--database-url", "mysql://x"], "must begin with postgresql://"),
        (["worker", "--port", "1"], "--port"),
        (["doctor", "--database-url", "mysql://x"], "must begin with postgresql://"),
        (["doctor", "--json", "--database-url", "mysql://x"], "must begin with postgresql://"),
    ],
    ids=str,
)
def test_a_wrong_setting_of_the_servers_verbs_exits_with_2_and_says_what_would_be_right(
    command: Command, tmp_path: Path, arguments: list[str], expected: str
) -> None:
    done = command.bare(*arguments, "--data-dir", str(tmp_path / "never made"))
    assert (done.code, done.out) == (2, "")
    assert expected in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [[], ["runs"], ["vault"], ["keys"]], ids=str)
def test_half_a_command_shows_the_help(command: Command, arguments: list[str]) -> None:
    done = command.bare(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "Usage: futurone" in done.err


def test_a_base_url_that_cannot_be_one_is_usage(command: Command) -> None:
    done = command.bare("runs", "list", "--api-key", "k", "--base-url", "localhost:3000")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "must begin with http://" in done.err


def test_a_defect_is_one_line_and_a_traceback_only_when_asked_for(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    too_long_for_any_url = "x" * 100_000
    done = command("runs", "get", too_long_for_any_url)
    assert (done.code, done.err.count("\n")) == (1, 2)
    assert done.err.startswith("This is a defect of futurone: InvalidURL")
    monkeypatch.setenv("FUTURONE_LOG", "debug")
    with pytest.raises(httpx2.InvalidURL):
        command("runs", "get", too_long_for_any_url)


def started(*arguments: str, server: StandIn, program: Sequence[str] = FUTURONE) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "FUTURONE_API_KEY": "k", "FUTURONE_BASE_URL": server.url}
    command = [*program, *arguments]
    return subprocess.Popen(
        command, env=environment, preexec_fn=hear_interrupts, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def hear_interrupts() -> None:
    """As a command in the foreground does, also where the tests run in the background of a script."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_reader_that_goes_away_ends_it_quietly(server: StandIn) -> None:
    runs = [run_as("completed", metadata={"n": "x" * 4000})] * 100
    server.on("GET", "/v1/runs", as_json({"data": runs}))
    with started("runs", "list", "--json", "--limit", "100", server=server) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(20) == 1


def test_an_interrupt_ends_it_with_one_line_that_says_how_to_come_back(server: StandIn) -> None:
    server.on("GET", f"/v1/runs/{RUN_ID}", as_json(run_as("running")))
    going_on = stream(b'id: 1\nevent: status\ndata: {"text":"Reading"}\n\n', end="silent")
    server.on("GET", f"/v1/runs/{RUN_ID}/events", going_on)
    with started("runs", "follow", RUN_ID, server=server) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "· Reading\n".encode()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert process.stderr.read().decode() == f"The run goes on without you: futurone runs follow {RUN_ID}\n"


LINGERING = """
import atexit, sys, threading

def linger():
    sys.stderr.write("leaving\\n")
    sys.stderr.flush()
    threading.Event().wait()

atexit.register(linger)
from futurone.cli import main
sys.exit(main())
"""


def test_a_second_interrupt_ends_it_at_once_and_without_a_traceback(server: StandIn) -> None:
    server.on("GET", f"/v1/runs/{RUN_ID}", as_json(run_as("running")))
    going_on = stream(b'id: 1\nevent: status\ndata: {"text":"Reading"}\n\n', end="silent")
    server.on("GET", f"/v1/runs/{RUN_ID}/events", going_on)
    slow_to_leave = [sys.executable, "-c", LINGERING]
    with started("runs", "follow", RUN_ID, server=server, program=slow_to_leave) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.stderr.readline().decode().startswith("The run goes on without you")
        assert process.stderr.readline() == b"leaving\n"
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(20) == -signal.SIGINT
        finally:
            process.kill()
        assert process.stderr.read() == b""


def test_a_command_in_the_background_of_a_script_that_ignores_interrupts_goes_on_doing_so(
    command: Command, server: StandIn
) -> None:
    found = []

    def answer(_: Seen) -> Answer:
        found.append(signal.getsignal(signal.SIGINT))
        return as_json(run_as("completed"))

    server.on("GET", f"/v1/runs/{RUN_ID}", answer)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert command("runs", "get", RUN_ID).code == 0
    finally:
        signal.signal(signal.SIGINT, before)
    assert found == [signal.SIG_IGN]


def test_an_interrupt_while_the_command_still_loads_shows_no_traceback() -> None:
    program = """
import os, signal, sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "futurone.cli._program":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
from futurone.cli import main
sys.exit(main(["version"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], preexec_fn=hear_interrupts, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_without_the_extra_one_line_says_what_to_install() -> None:
    program = "import sys; sys.modules['typer'] = None; from futurone.cli import main; sys.exit(main(['runs']))"
    done = subprocess.run(
        [sys.executable, "-c", program], preexec_fn=hear_interrupts, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "The command line needs typer: pip install 'futurone[cli]'\n"


def test_an_unwritable_directory_is_named(command: Command, server: StandIn, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    server.on("GET", f"/v1/runs/{RUN_ID}/artifacts", as_json({"data": []}))
    done = command("runs", "artifacts", RUN_ID, "--out", str(tmp_path / "taken"))
    assert done.code == 1
    assert "taken" in done.err
