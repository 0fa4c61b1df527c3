"""The routes of API keys."""

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from futurone_server.api.access import needs, repeatable
from futurone_server.api.desk import Desk
from futurone_server.api.guard import GuardedRoute
from futurone_server.api.keys.requests import CreateKey, RotateKey, ScopeKey
from futurone_server.api.lists import Paging, present_page, read_window
from futurone_server.api.services import Services
from futurone_server.features.keys import Capability, Key, Minted, RateLimits
from futurone_server.kit.clock import to_second
from futurone_server.kit.json import JsonObject
from futurone_server.web.context import Caller
from futurone_server.web.idempotency import answered, as_sent, once

router = APIRouter(prefix="/v1/api-keys", tags=["Keys"], route_class=GuardedRoute)


def present_key(key: Key, usual: RateLimits) -> JsonObject:
    """A key without its secret; ``usual`` holds where it has no rate limits of its own."""
    moments = {
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
        "created_at": key.created_at,
    }
    return {
        "id": key.id,
        "name": key.name,
        "mode": key.mode.value,
        "key_id": key.id,
        "capabilities": sorted(key.capabilities),
        "projects": None if key.projects is None else sorted(key.projects),
        "agents": None if key.agents is None else sorted(key.agents),
        "rate_limits": vars(key.rate_limits(usual)),
        "legacy": key.is_legacy,
        "created_by": key.created_by,
        **{name: None if moment is None else to_second(moment) for name, moment in moments.items()},
    }


def present_minted(minted: Minted, usual: RateLimits) -> JsonObject:
    """A key with its two spellings, which are shown this once."""
    secrets = {} if minted.token is None else {"key": minted.token, "secret": minted.secret}
    return {**present_key(minted.key, usual), **secrets}


@router.post("", status_code=201, summary="Create a key")
@needs(Capability.KEYS_MANAGE)
@repeatable
async def create_key(
    request: Request, response: Response, body: CreateKey, caller: Caller, desk: Services
) -> JsonObject:
    """Make a key. `key` and `secret` are shown in this answer and never again, not even on an idempotent replay."""
    if caller.projects is None:  # a key that is limited to some has only such as there are, and can give no others
        await desk.workspaces.check_projects(caller.workspace_id, body.projects or ())
    order = body.order(mode=caller.mode, projects=caller.projects, agents=caller.agents)
    minted = await desk.keys.create(caller, order, once(request, "keys.create", as_sent(body)))
    return _answered(minted, desk, response)


def _answered(minted: Minted, desk: Desk, response: Response) -> JsonObject:
    return answered({"data": present_minted(minted, desk.keys.usual)}, response, replayed=minted.token is None)


@router.get("", summary="List keys")
@needs(Capability.KEYS_MANAGE)
async def list_keys(query: Paging, caller: Caller, desk: Services) -> JsonObject:
    """The workspace's keys, newest first, revoked ones too; never a secret."""
    page = await desk.keys.list(caller, read_window(query, desk.cursors, "keys"))
    return present_page(page, desk.cursors, "keys", lambda key: present_key(key, desk.keys.usual))


@router.delete("/{key_id}", status_code=204, summary="Revoke a key")
@needs(Capability.KEYS_MANAGE)
async def revoke_key(key_id: str, caller: Caller, desk: Services) -> Response:
    """Refused everywhere within a second, its open streams cut within five. Repeatable."""
    await desk.keys.revoke(caller, key_id)
    return Response(status_code=204)


@router.post("/{key_id}/rotate", summary="Rotate a key")
@needs(Capability.KEYS_MANAGE)
@repeatable
async def rotate_key(
    key_id: str,
    request: Request,
    response: Response,
    caller: Caller,
    desk: Services,
    body: Annotated[RotateKey | None, Body()] = None,
) -> JsonObject:
    """A new secret under the same id; the old one holds for `overlap_s` seconds more.

    With `Idempotency-Key` a repeated request rotates once: its answer is the key with `replayed: true`, without the
    secret, which is shown once only.
    """
    overlap_s = (body or RotateKey()).overlap_s
    wish = once(request, "keys.rotate", {"key_id": key_id, "overlap_s": overlap_s})
    return _answered(await desk.keys.rotate(caller, key_id, overlap_s, wish), desk, response)


@router.post("/{key_id}/scope", summary="Give a key a scope")
@needs(Capability.KEYS_MANAGE)
async def scope_key(
    key_id: str, caller: Caller, desk: Services, body: Annotated[ScopeKey | None, Body()] = None
) -> JsonObject:
    """Propose the capabilities that a key used in the last 30 days; with `apply` they become all that it may do.

    For keys that were made without naming any (`legacy`). `capabilities` sets others instead, of those that it has.
    Nothing is changed without one of the two. Uses of the last minute at other server processes may be missing.
    """
    wish = body or ScopeKey()
    named = None if wish.capabilities is None else frozenset(wish.capabilities)
    found = await desk.keys.scope(caller, key_id, named, apply=wish.apply)
    told = {"proposed": sorted(found.proposed), "since": found.since.isoformat(), "applied": found.applied}
    return {"data": {**present_key(found.key, desk.keys.usual), **told}}
