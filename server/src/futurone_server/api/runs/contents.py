"""An artifact's content as an answer: in the form that was asked for, with headers that keep it inert."""

from collections.abc import Mapping

from fastapi import Response
from pydantic import JsonValue

from futurone_server.api.offers import Exports
from futurone_server.api.vault.headers import attachment
from futurone_server.features.runs import Artifact, Form
from futurone_server.kit.errors import invalid_field

FORMATS: list[JsonValue] = ["md", "html", "pdf", "docx", "original"]

_MARKDOWN = "text/markdown"
_KINDS = {
    Form.HTML: "text/html; charset=utf-8",
    Form.PDF: "application/pdf",
    Form.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_SUFFIXES = {_MARKDOWN: "md", "application/json": "json", "text/csv": "csv", "text/plain": "txt"}
_NAME_CHARS_MAX = 100
_SAFETY = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


async def answer_content(
    wanted: str, artifact: Artifact, content: Mapping[str, object], *, exports: Exports
) -> Response:
    """The content in one of ``FORMATS``. Raises Invalid (``format``) for any other, and where there is no such form."""
    if wanted not in FORMATS:
        raise invalid_field("format", "must be md, html, pdf, docx or original")
    if wanted == "md" and artifact.media_type != _MARKDOWN:
        raise invalid_field("format", "this artifact is no Markdown; use html, pdf, docx or original")
    if wanted in ("md", "original"):
        suffix = _SUFFIXES.get(artifact.media_type, "bin")
        return _answer(str(content["text"]).encode(), f"{artifact.media_type}; charset=utf-8", artifact, suffix=suffix)
    form = Form(wanted)
    return _answer(await exports.make(form, artifact, content), _KINDS[form], artifact, suffix=form.value)


def _answer(data: bytes, media_type: str, artifact: Artifact, *, suffix: str) -> Response:
    """Text is shown, anything else is saved, under the artifact's own name in either case."""
    name = " ".join((artifact.label or artifact.type).split())[:_NAME_CHARS_MAX].rstrip(" .")
    disposition = attachment(f"{name}.{suffix}")
    if "charset" in media_type:
        disposition = disposition.replace("attachment", "inline", 1)
    return Response(data, headers={**_SAFETY, "Content-Disposition": disposition, "Content-Type": media_type})
