"""Every request about connections, and how its answer is read."""

from collections.abc import Mapping
from typing import Any

from futurone._connection_models import Connection
from futurone._models import Page, nothing, resource
from futurone._requests import Call, Request, encode_json, get_page, post, segment
from futurone._webhook_models import WebhookDelivery

_CONNECTIONS = "/v1/connections"


def create(name: str, url: str, *, kind: str, idempotency_key: str | None) -> Call[Connection]:
    """A new connection."""
    body = {"kind": kind, "name": name, "url": url}
    return Call(request=post(_CONNECTIONS, body, idempotency_key=idempotency_key), read=resource(Connection))


def page(page_size: int | None, cursor: str | None) -> Call[Page[Connection]]:
    """One page of connections."""
    request = get_page(_CONNECTIONS, {"page_size": page_size}, cursor=cursor)
    return Call(request=request, read=resource(Page[Connection]))


def get(connection_id: str) -> Call[Connection]:
    """One connection."""
    url = f"{_CONNECTIONS}/{segment(connection_id)}"
    return Call(request=Request(method="GET", url=url), read=resource(Connection))


def change(connection_id: str, changes: Mapping[str, Any]) -> Call[Connection]:
    """Change what is named of a connection."""
    request = Request(
        method="PATCH",
        url=f"{_CONNECTIONS}/{segment(connection_id)}",
        content=encode_json(dict(changes)),
        headers={"content-type": "application/json"},
    )
    return Call(request=request, read=resource(Connection))


def delete(connection_id: str) -> Call[None]:
    """Delete a connection."""
    return Call(request=Request(method="DELETE", url=f"{_CONNECTIONS}/{segment(connection_id)}"), read=nothing)


def test(connection_id: str, *, idempotency_key: str | None) -> Call[WebhookDelivery]:
    """Send a trial message and say what came of it."""
    request = post(f"{_CONNECTIONS}/{segment(connection_id)}/test", idempotency_key=idempotency_key)
    return Call(request=request, read=resource(WebhookDelivery))
