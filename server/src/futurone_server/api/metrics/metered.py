"""The application with a meter: every answer is counted by its route, and ``GET /metrics`` tells the counts."""

import hmac
from collections.abc import Mapping
from typing import Any

from futurone_server.api.desk import Desk
from futurone_server.api.metrics.exposition import Exposition
from futurone_server.kit.errors import NotFound, Unauthenticated
from futurone_server.web.door import App, Message, Receive, Scope, Send

LOOPBACK = "loopback"
"""The word that lets requests from this machine read metrics, without a token."""

_HERE = ("127.0.0.1", "::1")
_PATH = "/metrics"


class Metered:
    """Stands behind the door. ``readers`` is a bearer token, or ``loopback``."""

    def __init__(self, app: App, desk: Desk, *, readers: str, routes: Mapping[Any, str]) -> None:
        """``routes`` names the path of each endpoint, as it is written in the reference."""
        self._app = app
        self._readers = readers
        self._routes = routes
        self._exposition = Exposition(desk)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, and count it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"] == _PATH and scope["method"] == "GET":
            self._check(scope)
            await _answer(await self._exposition.text(), send)
            return

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = self._routes.get(scope.get("endpoint"), "none")
                labels = {"method": scope["method"] if route != "none" else "any", "route": route}
                self._exposition.requests.labels(**labels, status=str(message["status"])).inc()
            await send(message)

        await self._app(scope, receive, counted)

    def _check(self, scope: Scope) -> None:
        """Whether this caller may read metrics. Raises NotFound and Unauthenticated."""
        if self._readers == LOOPBACK:
            if (scope.get("client") or ("",))[0] not in _HERE:
                raise NotFound("There is nothing at this path.")
            return
        given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        if not hmac.compare_digest(given, b"Bearer " + self._readers.encode()):
            raise Unauthenticated("The metrics need the bearer token of FUTURONE_METRICS.")


async def _answer(body: bytes, send: Send) -> None:
    headers = [
        (b"content-type", b"text/plain; version=0.0.4; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
