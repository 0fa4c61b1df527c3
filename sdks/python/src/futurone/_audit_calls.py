"""Every request about the audit trail and how its answer is read."""

from collections.abc import Mapping
from typing import Any

from futurone._models import AuditLine, Page, SigningKey, resource
from futurone._requests import Call, Reply, Request, get_page, query_of

_JSONL = "application/jsonl"


def line_page(filters: Mapping[str, Any], cursor: str | None) -> Call[Page[AuditLine]]:
    """One page of the trail."""
    return Call(request=get_page("/v1/audit", filters, cursor=cursor), read=resource(Page[AuditLine]))


def export(after: int) -> Call[bytes]:
    """The whole chain after a line, as JSON Lines."""
    request = Request(
        method="GET", url="/v1/audit", query=query_of({"after": after or None}), headers={"Accept": _JSONL}
    )
    return Call(request=request, read=_read_export)


def signing_key() -> Call[SigningKey]:
    """The public key of the anchors."""
    return Call(request=Request(method="GET", url="/v1/audit/key"), read=resource(SigningKey))


def _read_export(reply: Reply) -> bytes:
    if not reply.headers.get("content-type", "").startswith(_JSONL):
        raise reply.nonsense("it is no export of an audit trail")
    return reply.body
