"""The reference: the OpenAPI document, and the same as one page of HTML that needs no script and no network."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import request_response

from futurone_server.api.guard import OPEN, PlainRoute
from futurone_server.kit import json
from futurone_server.web.pages import page_headers

_MADE = "reference"


async def _document(request: Request) -> dict[str, Any]:
    """Made when it is first asked for, beside the event loop, and kept: it does not change while the server runs."""
    state = request.app.state
    if not hasattr(state, _MADE):
        setattr(state, _MADE, await asyncio.to_thread(_describe, request))
    found: dict[str, Any] = getattr(state, _MADE)
    return found


def _describe(request: Request) -> dict[str, Any]:
    from futurone_server.api.openapi import describe  # noqa: PLC0415 - words and examples, loaded when asked for

    return describe(request.app, request.app.state.routes, request.app.state.desk.public_url)


async def read_document(request: Request) -> Response:
    """``GET /openapi.json``."""
    return Response(json.dump(await _document(request)), media_type="application/json")


async def read_reference(request: Request) -> Response:
    """``GET /docs``."""
    from futurone_server.api.page import STYLE, render  # noqa: PLC0415 - likewise

    page = render(await _document(request))
    return Response(page, media_type="text/html", headers=page_headers(STYLE))


ROUTES = (
    PlainRoute("/openapi.json", request_response(read_document), OPEN),
    PlainRoute("/docs", request_response(read_reference), OPEN),
)
"""Open to everybody: what they show is in the source."""
