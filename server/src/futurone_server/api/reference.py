"""The reference: the OpenAPI document, and the same as one page of HTML that needs no script and no network."""

import asyncio
import base64
import hashlib

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import request_response

from futurone_server.api import openapi
from futurone_server.api.guard import OPEN, PlainRoute
from futurone_server.api.page import STYLE, render
from futurone_server.kit import json

_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_PAGE_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_MADE = "reference"


async def _document(request: Request) -> openapi.Json:
    """Made when it is first asked for, beside the event loop, and kept: it does not change while the server runs."""
    state = request.app.state
    if not hasattr(state, _MADE):
        setattr(
            state, _MADE, await asyncio.to_thread(openapi.describe, request.app, state.routes, state.desk.public_url)
        )
    found: openapi.Json = getattr(state, _MADE)
    return found


async def read_document(request: Request) -> Response:
    """``GET /openapi.json``."""
    return Response(json.dump(await _document(request)), media_type="application/json")


async def read_reference(request: Request) -> Response:
    """``GET /docs``."""
    return Response(render(await _document(request)), media_type="text/html", headers=_PAGE_HEADERS)


ROUTES = (
    PlainRoute("/openapi.json", request_response(read_document), OPEN),
    PlainRoute("/docs", request_response(read_reference), OPEN),
)
"""Open to everybody: what they show is in the source."""
