"""Who is asking: the key or the cookie of a request, made into a principal."""

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request

from futurone_server.features.keys import KeyService, Principal
from futurone_server.features.people import SessionService
from futurone_server.kit.errors import Unauthenticated
from futurone_server.web.door import Scope
from futurone_server.web.guesses import Guesses
from futurone_server.web.sessions import check_csrf, check_source, session_token


def bearer(scope: Scope) -> str:
    """The credential in the Authorization header. Raises Unauthenticated.

    Two of them are refused as no key at all: whoever stands in front of this server may have checked the other one.
    """
    given: list[str] = [value.decode("latin-1").strip() for name, value in scope["headers"] if name == b"authorization"]
    if len(given) > 1:
        raise Unauthenticated("Send one Authorization header, not several.", "AUTH_KEY_INVALID")
    if not given or not given[0]:
        raise Unauthenticated("Send your API key: `Authorization: Bearer <key>`.", "AUTH_MISSING_HEADER")
    scheme, _, credential = given[0].partition(" ")
    if scheme.lower() != "bearer" or not credential.strip():
        raise Unauthenticated("The Authorization header must read `Bearer <key>`.", "AUTH_KEY_INVALID")
    return credential.strip()


async def authenticate(scope: Scope) -> Principal:
    """The caller of a request, who is known to the route from then on. Raises Unauthenticated, RateLimited, Forbidden.

    Where there is an Authorization header, cookies mean nothing.
    """
    desk = scope["app"].state.desk
    if not any(name == b"authorization" for name, _ in scope["headers"]):
        token = session_token(scope, desk.public_url)
        if token is not None:
            scope["caller"] = caller = await _person(scope, token)
            return caller
    keys: KeyService = desk.keys
    guesses: Guesses = desk.guesses
    credential = bearer(scope)
    guesses.check(scope, credential)
    try:
        caller = replace(await keys.authenticate(credential), request_id=scope["request_id"])
    except Unauthenticated as error:
        if error.reason == Unauthenticated.default_reason:
            guesses.failed(scope)
        raise
    guesses.held(credential)
    scope["caller"] = caller
    return caller


async def _person(scope: Scope, token: str) -> Principal:
    """The person behind a session's cookie. Raises Unauthenticated, Forbidden."""
    desk = scope["app"].state.desk
    sessions: SessionService = desk.people.sessions
    check_source(scope, desk.public_url, is_needed=True)
    caller = replace(await sessions.authenticate(token), request_id=scope["request_id"])
    check_csrf(scope, sessions.csrf_token(token))
    scope["session_token"] = token
    return caller


async def admitted(request: Request) -> Principal:
    """The caller that was let in before the route was entered."""
    caller: Principal = request.scope["caller"]
    return caller


Caller = Annotated[Principal, Depends(admitted)]
"""The caller, as an argument of a route: whoever asks for it makes the route one that needs a key."""


async def request_id(request: Request) -> str:
    """The id of this request, as in its ``X-Request-Id``."""
    return str(request.scope["request_id"])


RequestId = Annotated[str, Depends(request_id)]
"""The request's id, as an argument of a route."""
