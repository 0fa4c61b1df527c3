"""Exports: a stored deliverable as a page, a PDF or a Word file, made when it is asked for, a few at a time."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import structlog

from futurone_server.features.runs import Artifact, Form
from futurone_server.kit.errors import Invalid, Unavailable, invalid_field
from futurone_server.pipelines.deliverables.account import put_into_page
from futurone_server.pipelines.deliverables.order import DONE, EXTRA_MISSING, FAILED, LIBRARIES_MISSING, TOO_LONG, Order
from futurone_server.tools.sandbox import Allowance, Ended, Job, limited, own_program

_WRITER = "futurone_server.pipelines.deliverables.writer"
_ALLOWANCE = Allowance(memory_bytes=1 << 30, cpu_s=40, wall_s=60, answer_bytes=64 << 20)
_TEXT_CHARS_MAX = 1 << 20
_AT_ONCE, _WAITING_MAX = 2, 8
_SAME_TIME = {"SOURCE_DATE_EPOCH": "0"}
"""Fonts that are embedded carry the moment of their making; this one makes the same deliverable the same bytes."""

_REFUSALS: Mapping[str, str] = {
    EXTRA_MISSING: "{form} needs the extra futurone-server[{form}], which this server does not have; use html, docx or"
    " md",
    LIBRARIES_MISSING: "{form} needs libraries that this server's machine does not have (on Debian: libpango-1.0-0,"
    " libpangoft2-1.0-0, libharfbuzz0b, libharfbuzz-subset0, libfontconfig1); use html, docx or md",
    TOO_LONG: "this artifact is too long for {form}; use html or original",
    FAILED: "this artifact cannot be made into {form}; use original",
}
_log = structlog.get_logger("futurone.exports")


class Exports:
    """Makes files of deliverables, each in a process of its own with bounds on memory, time and size."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="exporting")
        self._asked = 0

    async def make(self, form: Form, artifact: Artifact, content: Mapping[str, object]) -> bytes:
        """The file in a form, with the deliverable's provenance in its metadata.

        Raises Invalid (``format``) where this server, or this deliverable, cannot have the form; Unavailable when too
        many are being made.
        """
        page = content.get("html")
        provenance = artifact.provenance.to_json()
        if form is Form.HTML and page is not None:
            return put_into_page(str(page), provenance).encode()
        text = str(content["text"])
        if len(text) > _TEXT_CHARS_MAX:
            raise refusal_of(TOO_LONG, form)
        order = Order(
            title=artifact.label or artifact.type,
            markdown=text if artifact.media_type == "text/markdown" else _as_code(text),
            page=None if page is None else str(page),
            provenance=provenance,
        )
        return _answer(await self._written(form, order), form)

    async def _written(self, form: Form, order: Order) -> Ended:
        if self._asked >= _AT_ONCE + _WAITING_MAX:
            raise Unavailable("Too many artifacts are being made into files just now; try again in a moment.")
        bounds = (_ALLOWANCE.memory_bytes, _ALLOWANCE.cpu_s, _ALLOWANCE.wall_s)
        command = limited(own_program(_WRITER, form.value, *map(str, bounds)), _ALLOWANCE)
        job = Job(command, stdin=order.pack(), allowance=_ALLOWANCE, environment=_SAME_TIME)
        self._asked += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, job.run)
        except asyncio.CancelledError:
            job.kill()
            raise
        finally:
            self._asked -= 1


def refusal_of(code: str, form: Form) -> Invalid:
    """What a caller is told who asked for a form that cannot be made."""
    return invalid_field("format", _REFUSALS[code].format(form=form.value))


def _answer(ended: Ended, form: Form) -> bytes:
    if ended.is_out_of_bounds:
        raise refusal_of(TOO_LONG, form)
    if ended.status != 0:
        _log.error("export.failed", form=form.value, status=ended.status)
        raise refusal_of(FAILED, form)
    kind, answer = ended.answer[:1], ended.answer[1:]
    if kind != DONE:
        raise refusal_of(answer.decode(), form)
    return answer


def _as_code(text: str) -> str:
    """What is not Markdown as a block of code."""
    return "".join(f"    {line}\n" for line in text.splitlines()) or "\n"
