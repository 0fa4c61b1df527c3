"""Routes that read their body with the one strict JSON reader."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from futurone_server.kit import json
from futurone_server.kit.errors import Invalid


class StrictRequest(Request):
    """A request whose body is read strictly."""

    async def json(self) -> object:
        """The body, as the strict reader sees it. Raises Invalid."""
        return json.read(await self.body())


class StrictRoute(APIRoute):
    """A route that hands ``StrictRequest`` to its endpoint, and takes JSON only."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with the request exchanged for a strict one."""
        handler = super().get_route_handler()
        reads_json = self.body_field is not None

        async def handle(request: Request) -> Response:
            strict = StrictRequest(request.scope, request.receive)
            if reads_json:
                _check_media_type(strict)
            try:
                return await handler(strict)
            except ClientDisconnect:
                return Response(status_code=499)

        return handle


def _check_media_type(request: Request) -> None:
    given = request.headers.get("content-type", "")
    media_type = given.partition(";")[0].strip().lower()
    if media_type and media_type != "application/json" and not media_type.endswith("+json"):
        raise Invalid(
            f"Content-Type: send application/json, not {media_type[:100]}.", details={"field": "Content-Type"}
        )
