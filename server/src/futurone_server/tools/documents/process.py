"""The parent's side of a confined reader: a process per document, bounded in time, memory and words."""

from futurone_server.kit import json
from futurone_server.kit.errors import Invalid
from futurone_server.tools.documents.assembly import BadTranscriptError, Reading, assemble
from futurone_server.tools.documents.refusals import BROKEN, READER_FAILED, TOO_COMPLEX, refusal
from futurone_server.tools.sandbox.process import Allowance, Job, own_program

_READER = "futurone_server.tools.documents.reader"

ALLOWANCE = Allowance(memory_bytes=1 << 30, cpu_s=20, wall_s=60, answer_bytes=48 << 20)
"""What reading one document may take. The clock on the wall only ends a reader that waits for nothing."""


def read_confined(format_name: str, data: bytes, allowance: Allowance = ALLOWANCE) -> Reading:
    """Read a document in a process of its own, which can open no file of the house and reach no network.

    Raises UnreadableDocument with one of ``refusals.MESSAGES``, whatever the bytes do to the reader.
    """
    bounds = (allowance.memory_bytes, allowance.cpu_s, allowance.wall_s)
    ended = Job(own_program(_READER, format_name, *map(str, bounds)), stdin=data, allowance=allowance).run()
    if ended.is_out_of_bounds:
        raise refusal(TOO_COMPLEX)
    if ended.status != 0:
        raise refusal(BROKEN if ended.status < 0 else READER_FAILED)
    refused = _refused(ended.answer)
    if refused is not None:
        raise refusal(refused)
    try:
        return assemble(ended.answer)
    except BadTranscriptError:
        raise refusal(BROKEN) from None


def _refused(answer: bytes) -> str | None:
    """The code of a refusal, if the answer is one."""
    if not answer.startswith(b'{"refused"') or len(answer) > 200:
        return None
    try:
        value = json.read(answer)
    except Invalid:
        return None
    return str(value.get("refused")) if isinstance(value, dict) else None
