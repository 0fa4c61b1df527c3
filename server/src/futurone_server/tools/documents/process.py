"""The parent's side of a confined reader: a process per document, bounded in time, memory and words."""

import subprocess
import sys
from dataclasses import dataclass
from signal import SIGALRM, SIGKILL, SIGXCPU
from threading import Thread, Timer
from typing import IO

from futurone_server.kit import json
from futurone_server.kit.errors import Invalid
from futurone_server.tools.documents.assembly import BadTranscriptError, Reading, assemble
from futurone_server.tools.documents.refusals import BROKEN, READER_FAILED, TOO_COMPLEX, refusal

_READER = "futurone_server.tools.documents.reader"
_OUT_OF_BOUNDS = {-SIGKILL, -SIGALRM, -SIGXCPU}


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What reading one document may take. The clock on the wall only ends a reader that waits for nothing."""

    memory_bytes: int = 1 << 30
    cpu_s: int = 20
    wall_s: int = 60
    answer_bytes: int = 48 << 20


ALLOWANCE = Allowance()


def read_confined(format_name: str, data: bytes, allowance: Allowance = ALLOWANCE) -> Reading:
    """Read a document in a process of its own, which can open no file of the house and reach no network.

    Raises UnreadableDocument with one of ``refusals.MESSAGES``, whatever the bytes do to the reader.
    """
    returned, answer = _run(format_name, data, allowance)
    if returned in _OUT_OF_BOUNDS or len(answer) > allowance.answer_bytes:
        raise refusal(TOO_COMPLEX)
    if returned != 0:
        raise refusal(BROKEN if returned < 0 else READER_FAILED)
    refused = _refused(answer)
    if refused is not None:
        raise refusal(refused)
    try:
        return assemble(answer)
    except BadTranscriptError:
        raise refusal(BROKEN) from None


def _run(format_name: str, data: bytes, allowance: Allowance) -> tuple[int, bytes]:
    """The reader's exit status and answer, which ends one byte after the bound."""
    bounds = [str(bound) for bound in (allowance.memory_bytes, allowance.cpu_s, allowance.wall_s)]
    try:
        process = subprocess.Popen(  # noqa: S603 - our own program and arguments
            [sys.executable, "-I", "-m", _READER, format_name, *bounds],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            close_fds=True,
        )
    except OSError:
        raise refusal(READER_FAILED) from None
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        timer = Timer(allowance.wall_s, process.kill)
        feeder = Thread(target=_feed, args=(process.stdin, data), name="feeding", daemon=True)
        timer.start()
        feeder.start()
        try:
            answer = process.stdout.read(allowance.answer_bytes + 1)
            if len(answer) > allowance.answer_bytes:
                process.kill()
            returned = process.wait()
        finally:
            timer.cancel()
            process.kill()
            feeder.join()
    return returned, answer


def _feed(stdin: IO[bytes], data: bytes) -> None:
    try:
        with stdin:
            stdin.write(data)
    except OSError:
        return  # The reader has ended; its exit status says why.


def _refused(answer: bytes) -> str | None:
    """The code of a refusal, if the answer is one."""
    if not answer.startswith(b'{"refused"') or len(answer) > 200:
        return None
    try:
        value = json.read(answer)
    except Invalid:
        return None
    return str(value.get("refused")) if isinstance(value, dict) else None
