"""Who is asking: the credential of a request, made into a principal."""

from typing import Annotated

from fastapi import Depends, Request

from futurone_server.features.keys import KeyService, Principal
from futurone_server.kit.errors import Unauthenticated


def bearer(header: str | None) -> str:
    """The credential in an Authorization header. Raises Unauthenticated."""
    if header is None or not header.strip():
        raise Unauthenticated("Send your API key: `Authorization: Bearer <key>`.", "AUTH_MISSING_HEADER")
    scheme, _, credential = header.strip().partition(" ")
    if scheme.lower() != "bearer" or not credential.strip():
        raise Unauthenticated("The Authorization header must read `Bearer <key>`.", "AUTH_KEY_INVALID")
    return credential.strip()


async def authenticate(request: Request) -> Principal:
    """The caller of a request. Raises Unauthenticated."""
    keys: KeyService = request.app.state.desk.keys
    caller = await keys.authenticate(bearer(request.headers.get("authorization")))
    request.scope["caller"] = caller
    return caller


Caller = Annotated[Principal, Depends(authenticate)]
"""The caller, as an argument of a route."""


async def request_id(request: Request) -> str:
    """The id of this request, as in its ``X-Request-Id``."""
    return str(request.scope["request_id"])


RequestId = Annotated[str, Depends(request_id)]
"""The request's id, as an argument of a route."""
