"""Every request about keys, their owner and the server itself, and how its answer is read."""

from collections.abc import Mapping, Sequence
from typing import Any

from futurone._models import ApiKey, KeyScope, LanguageModel, Page, ServerVersion, Whoami, nothing, resource
from futurone._requests import Call, KeyUse, Request, get_page, post, segment


def create_key(name: str, order: Mapping[str, Any], *, idempotency_key: str | None) -> Call[ApiKey]:
    """A new key, shown this once."""
    body = {"name": name, **{key: value for key, value in order.items() if value is not None}}
    return Call(request=post("/v1/api-keys", body, idempotency_key=idempotency_key), read=resource(ApiKey))


def key_page(page_size: int | None, cursor: str | None) -> Call[Page[ApiKey]]:
    """One page of keys."""
    request = get_page("/v1/api-keys", {"page_size": page_size}, cursor=cursor)
    return Call(request=request, read=resource(Page[ApiKey]))


def revoke_key(key_id: str) -> Call[None]:
    """End a key."""
    return Call(request=Request(method="DELETE", url=f"/v1/api-keys/{segment(key_id)}"), read=nothing)


def rotate_key(key_id: str, *, overlap_s: int | None, idempotency_key: str | None) -> Call[ApiKey]:
    """A successor to a key; both are good during the overlap."""
    body = {} if overlap_s is None else {"overlap_s": overlap_s}
    request = post(f"/v1/api-keys/{segment(key_id)}/rotate", body, idempotency_key=idempotency_key)
    return Call(request=request, read=resource(ApiKey))


def scope_key(key_id: str, *, apply: bool, capabilities: Sequence[str] | None) -> Call[KeyScope]:
    """What a key used; with ``apply`` or ``capabilities`` it may do no more from now on."""
    named = {} if capabilities is None else {"capabilities": list(capabilities)}
    body = {**({"apply": True} if apply else {}), **named}
    return Call(request=post(f"/v1/api-keys/{segment(key_id)}/scope", body), read=resource(KeyScope))


def whoami() -> Call[Whoami]:
    """Whose key this is."""
    return Call(request=Request(method="GET", url="/v1/whoami"), read=resource(Whoami))


def models() -> Call[list[LanguageModel]]:
    """The models the server is configured with."""
    return Call(
        request=Request(method="GET", url="/v1/models"),
        read=lambda reply: list(resource(Page[LanguageModel])(reply).data),
    )


def version() -> Call[ServerVersion]:
    """What the server is; needs no key."""
    return Call(request=Request(method="GET", url="/v1/version", key_use=KeyUse.OPTIONAL), read=resource(ServerVersion))
