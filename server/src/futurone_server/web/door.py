"""The outermost layer: a request id, path aliases, body limits and deadlines, and no unhandled error ever."""

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog

from futurone_server.kit import limits
from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import Invalid, NotFound, Refusal, TooLarge
from futurone_server.kit.ids import new_id
from futurone_server.web.edges import OPEN, Edges

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Refuse = Callable[[Exception, str], tuple[int, bytes, list[tuple[bytes, bytes]]]]

_BODY_DEADLINE_S = 30.0
_WORD = re.compile(r"[a-z0-9.-]{0,24}")
_ID = re.compile(r"([a-z]{2,8}_)+[0-9a-z]{26}|[a-z-]{0,12}")
_log = structlog.get_logger("futurone.web")


class Door:
    """Wraps the application; plain ASGI, because every request and every stream passes here."""

    def __init__(
        self, app: App, clock: Clock, refuse: Refuse, *, is_upload: Callable[[Scope], bool], edges: Edges = OPEN
    ) -> None:
        self._app = app
        self._edges = edges
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
        scope["path"] = _canonical(scope["path"], scope.get("raw_path") or b"/")
        extra: list[tuple[bytes, bytes]] = []
        around = self._edges.headers(scope)
        started = False
        status = None

        async def send_with_id(message: Message) -> None:
            nonlocal started, status
            if message["type"] == "http.response.start":
                started, status = True, message["status"]
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"x-request-id", request_id.encode()),
                    *around,
                    *extra,
                ]
            await send(message)

        began = self._clock.monotonic()
        try:
            await self._enter({**scope, "extra_headers": extra}, receive, send_with_id)
        except Exception as error:  # noqa: BLE001 - whatever happens, the client gets the one error body
            if not isinstance(error, Refusal):
                _log.error("request.defect", request_id=request_id, path=_told(scope), error=type(error).__name__)
            if started:
                return
            refused, body, headers = self._refuse(error, request_id)
            headers = [*_described(body), *headers]
            await send_with_id({"type": "http.response.start", "status": refused, "headers": headers})
            await send({"type": "http.response.body", "body": body})
        finally:
            took_ms = round((self._clock.monotonic() - began) * 1000)
            place = {"method": scope["method"], "path": _told(scope)}
            _log.debug("request", request_id=request_id, **place, status=status, took_ms=took_ms)

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in: sent to this server, to an address that can be, with a body of a size that can be."""
        self._edges.check(scope)
        _check_address(scope)
        told = self._edges.preflight(scope)
        if told is not None:
            await send({"type": "http.response.start", "status": 204, "headers": told})
            await send({"type": "http.response.body", "body": b""})
            return
        limit = None if self._is_upload(scope) else limits.BODY_BYTES_MAX
        if limit is not None and _declared(scope) > limit:
            raise _too_large(limit)
        await self._app(_as_get(scope), _bounded(scope, receive, limit), send)

    def refusal(self, error: Refusal) -> tuple[bytes, list[tuple[bytes, bytes]]]:
        """Body and headers of the answer to what never became a request; it has an id all the same, and is logged."""
        request_id = new_id("req_", self._clock.now())
        _log.info("request.unreadable", request_id=request_id, reason=error.reason)
        _, body, headers = self._refuse(error, request_id)
        return body, [*_described(body), (b"x-request-id", request_id.encode()), *headers]


def _described(body: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]


def _check_address(scope: Scope) -> None:
    """Refuse a NUL in a path, which the database cannot store and no id holds. Raises NotFound."""
    if "\0" in scope["path"]:
        raise NotFound("There is nothing at this path.")


def _as_get(scope: Scope) -> Scope:
    """The request as it is carried out: HEAD is GET, whose body the HTTP server leaves out (RFC 9110, 9.3.2)."""
    is_head = scope["method"] == "HEAD"
    return {**scope, "method": "GET" if is_head else scope["method"], "is_head": is_head}


def _told(scope: Scope) -> str:
    """As much of a path as may be logged: what follows may be a signed link, and what is no id may be anything."""
    parts = scope["path"].split("/")[:4]
    shapes = (_WORD, _WORD, _WORD, _ID)
    return "/".join(part if shape.fullmatch(part) else "…" for part, shape in zip(parts, shapes, strict=False))


def _canonical(path: str, raw: bytes) -> str:
    """``/api/v1/...`` is ``/v1/...``, and a trailing slash changes nothing; neither by redirect.

    A slash that was sent escaped is part of an id, and stays.
    """
    if path.startswith("/api/v1"):
        path = path.removeprefix("/api")
    trailing = len(raw) - len(raw.rstrip(b"/"))
    return path[: len(path) - trailing] or "/"


def _declared(scope: Scope) -> int:
    """How long the body says it will be; 0 when it does not say."""
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(length) if length.isdigit() and len(length) < 20 else 0


def _bounded(scope: Scope, receive: Receive, limit: int | None) -> Receive:
    """Messages of a body that is neither too large nor too slow; what follows the body passes untouched.

    A JSON body has one deadline for all of it; an upload has one for each of its parts.
    """
    taken = 0
    is_open = True
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _BODY_DEADLINE_S

    async def bounded() -> Message:
        nonlocal taken, is_open
        if not is_open:
            return await receive()
        try:
            async with asyncio.timeout_at(deadline if limit is not None else loop.time() + _BODY_DEADLINE_S):
                message = await receive()
        except TimeoutError:
            raise Invalid("The body did not arrive in time.", "BODY_TIMEOUT") from None
        is_open = bool(message.get("more_body"))
        taken += len(message.get("body", b""))
        if limit is not None and taken > limit:
            raise _too_large(limit)
        return message

    return bounded


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is larger than {limit} bytes. Send files through the vault instead.")
