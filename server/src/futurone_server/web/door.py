"""The outermost layer: a request id, path aliases, body limits and deadlines, and no unhandled error ever."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog

from futurone_server.kit import limits
from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import Invalid, Refusal, TooLarge
from futurone_server.kit.ids import new_id

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Refuse = Callable[[Exception, str], tuple[int, bytes, list[tuple[bytes, bytes]]]]

_BODY_DEADLINE_S = 30.0
_log = structlog.get_logger("futurone.web")


class Door:
    """Wraps the application; plain ASGI, because every request and every stream passes here."""

    def __init__(self, app: App, clock: Clock, refuse: Refuse, *, is_upload: Callable[[Scope], bool]) -> None:
        self._app = app
        self._clock = clock
        self._refuse = refuse
        self._is_upload = is_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = new_id("req_", self._clock.now())
        scope["request_id"] = request_id
        scope["path"] = _canonical(scope["path"])
        started = False

        async def send_with_id(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        began = self._clock.monotonic()
        try:
            limit = None if self._is_upload(scope) else limits.BODY_BYTES_MAX
            await self._app(scope, _bounded(scope, receive, limit), send_with_id)
        except Exception as error:  # noqa: BLE001 - whatever happens, the client gets the one error body
            if not isinstance(error, Refusal):
                _log.error("request.defect", request_id=request_id, path=scope["path"], error=type(error).__name__)
            if started:
                return
            status, body, headers = self._refuse(error, request_id)
            headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *headers]
            await send_with_id({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})
        finally:
            took_ms = round((self._clock.monotonic() - began) * 1000)
            _log.debug("request", request_id=request_id, method=scope["method"], took_ms=took_ms)


def _canonical(path: str) -> str:
    """``/api/v1/...`` is ``/v1/...``, and a trailing slash changes nothing; neither by redirect."""
    if path.startswith("/api/v1"):
        path = path.removeprefix("/api")
    return path.rstrip("/") or "/"


def _bounded(scope: Scope, receive: Receive, limit: int | None) -> Receive:
    """Messages of a body that is neither too large nor too slow; what follows the body passes untouched."""
    taken = 0
    is_open = True
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")

    async def bounded() -> Message:
        nonlocal taken, is_open
        if not is_open:
            return await receive()
        try:
            async with asyncio.timeout(_BODY_DEADLINE_S):
                message = await receive()
        except TimeoutError:
            raise Invalid("The body did not arrive in time.", "BODY_TIMEOUT") from None
        is_open = bool(message.get("more_body"))
        taken += len(message.get("body", b""))
        if limit is not None and (taken > limit or (length.isdigit() and int(length) > limit)):
            raise TooLarge(f"The body is larger than {limit} bytes. Send files through the vault instead.")
        return message

    return bounded
