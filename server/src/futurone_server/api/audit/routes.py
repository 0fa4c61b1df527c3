"""The routes of the audit trail."""

from base64 import b64encode
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from futurone_server.api.access import needs
from futurone_server.api.audit.requests import ListLines
from futurone_server.api.audit.views import present_line
from futurone_server.api.guard import GuardedRoute
from futurone_server.api.lists import present_page, read_window
from futurone_server.api.services import Services
from futurone_server.features.keys import Capability
from futurone_server.kit.json import JsonObject
from futurone_server.web.context import Caller

router = APIRouter(prefix="/v1/audit", tags=["Audit"], route_class=GuardedRoute)

_JSONL = "application/jsonl"
_NAMES = (_JSONL, "application/x-ndjson")
_EXPORT: dict[int | str, dict[str, Any]] = {
    200: {"content": {_JSONL: {"schema": {"type": "string"}, "example": '{"hash":"…","record":{"seq":1,…}}\n'}}}
}


@router.get("", summary="List the audit trail", responses=_EXPORT, response_model=None)
@needs(Capability.AUDIT_READ)
async def list_audit(
    query: ListLines, request: Request, caller: Caller, desk: Services
) -> JsonObject | StreamingResponse:
    """Who did what, newest first. With `Accept: application/jsonl`, an export of the whole chain, oldest first.

    An export's lines read `{"hash":…,"record":{…}}`; its last line is an anchor, signed under the key of
    `GET /v1/audit/key`. `futurone audit verify FILE` checks it without a server: what was altered, dropped, swapped or
    cut off is named.
    """
    if _wants_export(request.headers.get("accept", "")):
        lines = await desk.audit.export(caller, query.begin())
        return StreamingResponse(lines, media_type=_JSONL, headers={"Cache-Control": "no-store"})
    page = await desk.audit.list(caller, query.filter(), read_window(query, desk.cursors, "audit"))
    return present_page(page, desk.cursors, "audit", present_line)


@router.get("/key", summary="Get the signing key")
@needs(Capability.AUDIT_READ)
async def audit_key(caller: Caller, desk: Services) -> JsonObject:
    """The public key of the anchors. Keep it somewhere else than the exports: it is what they are checked against."""
    del caller  # it is the server's key, and public; only who may read the trail has a use for it
    return {"data": {"algorithm": "Ed25519", "public_key": b64encode(desk.audit.signer.public_key).decode()}}


def _wants_export(accept: str) -> bool:
    return any(part.partition(";")[0].strip().lower() in _NAMES for part in accept.split(","))
