"""Routes that read their body with the one strict JSON reader."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from futurone_server.kit import json
from futurone_server.kit.errors import Invalid


class StrictRequest(Request):
    """A request whose body is read strictly, and once."""

    _value: object = None

    async def read_strictly(self) -> None:
        """Read the body before the framework does, which would turn a refusal into an error of its own."""
        body = await self.body()
        if body:
            _check_media_type(self)
            self._value = json.read(body)

    async def json(self) -> object:
        """The body, as the strict reader saw it."""
        return self._value


class StrictRoute(APIRoute):
    """A route that hands ``StrictRequest`` to its endpoint, and takes JSON only."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with the request exchanged for a strict one."""
        handler = super().get_route_handler()
        reads_json = self.body_field is not None

        async def handle(request: Request) -> Response:
            strict = StrictRequest(request.scope, request.receive)
            try:
                if reads_json:
                    await strict.read_strictly()
                return await handler(strict)
            except ClientDisconnect:
                return Response(status_code=499)

        return handle


def _check_media_type(request: Request) -> None:
    given = request.headers.get("content-type", "")
    media_type = given.partition(";")[0].strip().lower()
    main, _, sub = media_type.partition("/")
    if main != "application" or not (sub == "json" or sub.endswith("+json")):
        shown = media_type.encode("ascii", "replace").decode()[:100] or "nothing"
        raise Invalid(f"Content-Type: send application/json, not {shown}.", details={"field": "Content-Type"})
