"""Routes that read their body with the one strict JSON reader, and take none where they have no use for one."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from futurone_server.kit import json
from futurone_server.kit.errors import Invalid, invalid_field


class StrictRequest(Request):
    """A request whose body is read strictly, and once."""

    _value: object = None

    async def read_strictly(self) -> None:
        """Read the body before the framework does, which would turn a refusal into an error of its own."""
        body = await self.body()
        if body:
            _check_media_type(self)
            self._value = json.read(body)
            if self._value is None:
                raise invalid_field("body", "must be an object, or absent where nothing need be said")

    async def read_nothing(self) -> None:
        """Read the body of an action that takes no members: absent, empty, or an object without any. Raises Invalid."""
        await self.read_strictly()
        if self._value is not None and not isinstance(self._value, dict):
            raise invalid_field("body", "must be an object without members, or absent")
        for name in self._value or ():
            raise Invalid(f"{name}: there is no such field here", "UNKNOWN_FIELD", details={"field": name})

    async def json(self) -> object:
        """The body, as the strict reader saw it."""
        return self._value


class StrictRoute(APIRoute):
    """A route that hands ``StrictRequest`` to its endpoint, and takes JSON only."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with the request exchanged for a strict one."""
        handler = super().get_route_handler()
        reads_json = self.body_field is not None
        reads_itself = "requestBody" in (self.openapi_extra or {})
        takes_nothing = not reads_json and not reads_itself and self.methods != {"GET"}

        async def handle(request: Request) -> Response:
            strict = StrictRequest(request.scope, request.receive)
            try:
                if reads_json:
                    await strict.read_strictly()
                elif takes_nothing:
                    await strict.read_nothing()
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
