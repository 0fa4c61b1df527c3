"""The start of a server process under test: faults are wrapped around it from outside, then its verb is carried out.

No line of the product knows of this. ``FAULTS`` in the environment is JSON: ``plan`` names a file that arms a fault at
a commit (see ``commits``), ``clock`` one that says by how many seconds the clock is ahead, ``rounds_s`` how often all
that is done now and then is done, ``sealing: false`` switches sealing off, ``effects`` names a file in which every
scripted step leaves one line, ``mails`` one in which a tool that sends mails leaves one for each, ``limits`` replaces
bounds of ``kit.limits``, ``due_lease_s`` the lease of the due table, and ``offline: true`` leaves it no way out but
loopback.
"""

import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpcore2
import pydantic_ai.models.openai
import pydantic_ai.providers.openai_compatible  # noqa: F401 - likewise
import uvicorn  # noqa: F401 - so that a process that is forked from one that has loaded this starts at once

import futurone_server.commands.up
import futurone_server.commands.web
import futurone_server.commands.worker
import futurone_server.migrations.upgrade
import futurone_server.models.asking  # noqa: F401 - likewise
from faults.tools import commits
from futurone_server import __main__ as program
from futurone_server.egress.resolving import SystemResolver
from futurone_server.egress.wire import _Dialler
from futurone_server.kit import limits
from futurone_server.kit.clock import SystemClock
from futurone_server.kit.crypto import Sealer
from futurone_server.pipelines import due
from futurone_server.pipelines.rounds import Rounds
from futurone_server.pipelines.steps.context import Step, StepContext
from futurone_server.pipelines.steps.registry import STEPS
from futurone_server.pipelines.toolbox import Toolbox, Web
from futurone_server.tools.port import Tool


def arm(faults: Mapping[str, Any]) -> None:
    """Wrap what the test asked for around the product."""
    if "plan" in faults:
        commits.watch(Path(faults["plan"]))
    if not faults.get("sealing", True):
        _unseal()
    if "effects" in faults:
        assert isinstance(STEPS, dict)
        words = faults.get("words", "The text of the script.")
        STEPS["scripted"] = _telling(STEPS["scripted"], Path(faults["effects"]), words)
    if "mails" in faults:
        _add(_mail(Path(faults["mails"])))
    for name, value in faults.get("limits", {}).items():
        assert hasattr(limits, name)
        setattr(limits, name, value)
    if "clock" in faults:
        _shift(Path(faults["clock"]))
    if "rounds_s" in faults:
        _hasten(faults["rounds_s"])
    if faults.get("offline", False):
        _cut_off()
    if "due_lease_s" in faults:
        assert hasattr(due, "_LEASE_S")
        due._LEASE_S = faults["due_lease_s"]


def _unseal() -> None:
    def leave(_: Sealer, data: bytes, __: str) -> bytes:
        return data

    setattr(Sealer, "seal", leave)  # noqa: B010 - the very thing that this fault is
    setattr(Sealer, "open", leave)  # noqa: B010 - likewise


def _cut_off() -> None:
    """No name is known, and no address but loopback answers."""
    dial = _Dialler.connect_tcp

    async def look_up(_: SystemResolver, host: str, port: int) -> Sequence[str]:
        if host == "localhost":
            return ["127.0.0.1"]
        raise OSError(f"{host}:{port} is not known here")

    async def dial_loopback(self: _Dialler, host: str, port: int, *args: Any, **options: Any) -> Any:
        if not all(one.is_loopback for one in self._addresses):
            raise httpcore2.ConnectError("there is no way out")
        return await dial(self, host, port, *args, **options)

    setattr(SystemResolver, "__call__", look_up)  # noqa: B010 - the very thing that this fault is
    setattr(_Dialler, "connect_tcp", dial_loopback)  # noqa: B010 - likewise


def _shift(path: Path) -> None:
    """The clock of the product goes so many seconds ahead as a file says."""
    read = SystemClock.now

    def now(self: SystemClock) -> datetime:
        return read(self) + timedelta(seconds=float(path.read_text()) if path.exists() else 0)

    setattr(SystemClock, "now", now)  # noqa: B010 - the very thing that this fault is


def _hasten(every_s: float) -> None:
    """What is looked after now and then is looked after at once."""
    begin = Rounds.__init__

    def sooner(self: Rounds, name: str, round_: Callable[[], Awaitable[object]], *, every_s: float = every_s) -> None:
        begin(self, name, round_, every_s=soon)

    soon = every_s
    setattr(Rounds, "__init__", sooner)  # noqa: B010 - likewise


def _telling(step: Step, path: Path, words: str) -> Step:
    """The scripted step, which also uses a tool that leaves a trace outside, and delivers a text at its end."""

    async def told(context: StepContext) -> object:
        async def leave_a_trace() -> object:
            with path.open("a") as file:
                file.write(f"{context.run.id} {context.step.id}\n")
            return {"said": words}

        await context.call("trace", {"words": words}, leave_a_trace)
        result = await step(context)
        if context.step.id == "s4":
            await context.artifact("report", words, words, engine="scripted")
        return result

    return told


def _add(tool: Tool) -> None:
    """One tool more than there are."""
    begin = Toolbox.__init__

    def with_one_more(self: Toolbox, web: Web | None = None, others: Sequence[Tool] = ()) -> None:
        begin(self, web, (*others, tool))

    setattr(Toolbox, "__init__", with_one_more)  # noqa: B010 - the toolbox of a whole server is nowhere else at hand


def _mail(path: Path) -> Tool:
    """A tool that changes something outside: each use is a line with its text."""

    async def send(args: Mapping[str, object]) -> object:
        with path.open("a") as file:
            file.write(f"{args['text']}\n")
        return {"sent": True}

    return Tool(
        name="send_mail",
        description="Sends a mail.",
        args={"type": "object"},
        result={"type": "object"},
        timeout_s=5,
        use=send,
        has_effects=True,
    )


def main() -> None:
    """Arm the faults, then do what the command line says."""
    arm(json.loads(os.environ.get("FAULTS", "{}")))
    program.main()


def serve(arguments: list[str], environment: dict[str, str], output: str) -> None:
    """The same in a process that was forked: what it says goes to ``output`` + ``.out`` and ``.err``."""
    for number, name in ((1, "out"), (2, "err")):
        descriptor = os.open(f"{output}.{name}", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", closefd=False)
    os.environ.update(environment)
    sys.argv = ["futurone_server", *arguments]
    main()


if __name__ == "__main__":
    main()
