"""Every request about webhooks, and how its answer is read."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from futurone._models import Page, nothing, resource
from futurone._requests import Call, Request, encode_json, get_page, post, segment
from futurone._webhook_models import Replayed, WebhookDelivery, WebhookEndpoint, WebhookSecret

_ENDPOINTS = "/v1/webhooks/endpoints"
_DEAD = "/v1/webhooks/dead-letters"


def _said(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def create(
    url: str, events: Sequence[str] | None, description: str | None, *, idempotency_key: str | None
) -> Call[WebhookEndpoint]:
    """A new endpoint, its secret shown this once."""
    body = _said({"url": url, "events": None if events is None else list(events), "description": description})
    return Call(request=post(_ENDPOINTS, body, idempotency_key=idempotency_key), read=resource(WebhookEndpoint))


def endpoint_page(page_size: int | None, cursor: str | None) -> Call[Page[WebhookEndpoint]]:
    """One page of endpoints."""
    request = get_page(_ENDPOINTS, {"page_size": page_size}, cursor=cursor)
    return Call(request=request, read=resource(Page[WebhookEndpoint]))


def get(endpoint_id: str) -> Call[WebhookEndpoint]:
    """One endpoint."""
    return Call(
        request=Request(method="GET", url=f"{_ENDPOINTS}/{segment(endpoint_id)}"), read=resource(WebhookEndpoint)
    )


def change(endpoint_id: str, changes: Mapping[str, Any]) -> Call[WebhookEndpoint]:
    """Change what is named of an endpoint."""
    request = Request(
        method="PATCH",
        url=f"{_ENDPOINTS}/{segment(endpoint_id)}",
        content=encode_json(dict(changes)),
        headers={"content-type": "application/json"},
    )
    return Call(request=request, read=resource(WebhookEndpoint))


def delete(endpoint_id: str) -> Call[None]:
    """Delete an endpoint."""
    return Call(request=Request(method="DELETE", url=f"{_ENDPOINTS}/{segment(endpoint_id)}"), read=nothing)


def rotate(
    endpoint_id: str, *, overlap_s: int | None, cut_over: bool, idempotency_key: str | None
) -> Call[WebhookEndpoint]:
    """A new secret, or an end to the overlap."""
    url = f"{_ENDPOINTS}/{segment(endpoint_id)}/rotate-secret"
    body = _said({"overlap_s": overlap_s, "cut_over": cut_over or None})
    return Call(request=post(url, body, idempotency_key=idempotency_key), read=resource(WebhookEndpoint))


def rotate_signing(*, overlap_s: int | None, cut_over: bool, idempotency_key: str | None) -> Call[WebhookSecret]:
    """A new secret for addresses that runs name, or an end to the overlap."""
    body = _said({"overlap_s": overlap_s, "cut_over": cut_over or None})
    request = post("/v1/webhooks/signing-secret/rotate", body, idempotency_key=idempotency_key)
    return Call(request=request, read=resource(WebhookSecret))


def test(endpoint_id: str, *, idempotency_key: str | None) -> Call[WebhookDelivery]:
    """Send a test event and say what came of it."""
    request = post(f"{_ENDPOINTS}/{segment(endpoint_id)}/test", idempotency_key=idempotency_key)
    return Call(request=request, read=resource(WebhookDelivery))


def delivery_page(filters: Mapping[str, Any], cursor: str | None) -> Call[Page[WebhookDelivery]]:
    """One page of deliveries."""
    request = get_page("/v1/webhooks/deliveries", filters, cursor=cursor)
    return Call(request=request, read=resource(Page[WebhookDelivery]))


def dead_page(filters: Mapping[str, Any], cursor: str | None) -> Call[Page[WebhookDelivery]]:
    """One page of dead letters."""
    return Call(request=get_page(_DEAD, filters, cursor=cursor), read=resource(Page[WebhookDelivery]))


def replay(delivery_id: str, *, idempotency_key: str | None) -> Call[WebhookDelivery]:
    """Send a dead letter again."""
    request = post(f"{_DEAD}/{segment(delivery_id)}/replay", idempotency_key=idempotency_key)
    return Call(request=request, read=resource(WebhookDelivery))


def replay_many(
    ids: Sequence[str] | None,
    after: datetime | str | None,
    before: datetime | str | None,
    *,
    endpoint_id: str | None,
    idempotency_key: str | None,
) -> Call[Replayed]:
    """Send several dead letters again."""
    named = None if ids is None else list(ids)
    body = _said({"ids": named, "from": after, "to": before, "endpoint_id": endpoint_id})
    return Call(request=post(f"{_DEAD}/replay", body, idempotency_key=idempotency_key), read=resource(Replayed))
