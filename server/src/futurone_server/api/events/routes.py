"""The routes of a run's events: plain ASGI, because a thousand open streams must cost little."""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from functools import partial
from urllib.parse import parse_qsl

import structlog

from futurone_server.api.desk import Desk
from futurone_server.api.events.views import present_a, present_b
from futurone_server.api.guard import Guard, PlainRoute
from futurone_server.eventlog import Event, EventType
from futurone_server.features.keys import Capability, Principal
from futurone_server.features.runs import Run
from futurone_server.kit import json, limits
from futurone_server.kit.errors import Conflict, Gone, Invalid, Unavailable, invalid_field
from futurone_server.web import sse
from futurone_server.web.door import Receive, Scope, Send
from futurone_server.web.query import Parameters

_log = structlog.get_logger("futurone.streams")
_SSE = "text/event-stream"


def _cursor(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 19 and int(text) < 2**63):
        raise Invalid(f"{name}: must be the number of an event, from 0", "INVALID_CURSOR", details={"field": name})
    return int(text)


def frame_a(event: Event) -> bytes:
    """An event as a frame of projection A; nothing where it has no word."""
    shown = present_a(event)
    return b"" if shown is None else sse.encode(event.seq, *shown)


def frame_b(event: Event) -> bytes:
    """An event as a frame of projection B."""
    return sse.encode(event.seq, "run_event", present_b(event))


def frames(name: str, frame: Callable[[Event], bytes], events: Sequence[Event]) -> bytes:
    """Events in the words of one stream; what was put into words for another reader is used again."""
    for event in events:
        if name not in event.frames:
            event.frames[name] = frame(event)
    return b"".join(event.frames[name] for event in events)


class EventsEndpoint:
    """``GET /v1/runs/{id}/events`` (projection A, or a page of projection B) and ``…/events/stream`` (B)."""

    def __init__(self, *, is_total: bool) -> None:
        self._is_total = is_total

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. What is wrong with it is said before the first byte, never inside a 200."""
        desk: Desk = scope["app"].state.desk
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        caller: Principal = scope["caller"]
        run = await desk.runs.get(caller, scope["path_params"]["run_id"])
        if not self._is_total and _wants_json(headers.get(b"accept", "")):
            await _send_page(desk, caller, run, query, send)
            return
        if "limit" in query:
            raise invalid_field("limit", "a stream has no limit; ask for a page with Accept: application/json")
        resumed = headers.get(b"last-event-id")
        after = _cursor("after", query.get("after", "0"))
        if resumed:
            after = _cursor("Last-Event-ID", resumed)
        if after > run.last_event_id:
            raise Conflict(
                "Last-Event-ID lies ahead of the log: it belongs to another run or another server.",
                "CURSOR_AHEAD",
                details={"last_event_id": run.last_event_id},
            )
        if run.is_terminal and after >= run.last_event_id and not self._is_total:
            await _send_head(send, 204, [(b"cache-control", b"no-store")])
            return
        if scope["is_head"]:
            await _send_head(send, 200, sse.HEADERS)
            return
        await self._stream(desk, caller, run, after, receive, send)

    async def _stream(self, desk: Desk, caller: Principal, run: Run, after: int, receive: Receive, send: Send) -> None:
        told = partial(frames, "b", frame_b) if self._is_total else partial(frames, "a", frame_a)
        if run.is_terminal and after >= run.last_event_id:
            await sse.pump(_nothing(), told, receive, send)
            return
        batches = desk.log.follow(run.workspace_id, run.id, after, idle_s=limits.HEARTBEAT_S)
        # Leaving without closing the response makes the server abort the connection, so that the client comes back.
        with desk.streams.opened(caller.credential_id):
            try:
                await sse.pump(batches, told, receive, send)
            except (TimeoutError, Gone, Unavailable) as error:
                _log.info("stream.aborted", run_id=run.id, reason=type(error).__name__)
            except asyncio.CancelledError:
                task = asyncio.current_task()
                assert task is not None
                task.uncancel()
            finally:
                await batches.aclose()


async def _send_head(send: Send, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _nothing() -> AsyncGenerator[list[Event], None]:
    empty: tuple[list[Event], ...] = ()
    for batch in empty:
        yield batch


def _wants_json(accept: str) -> bool:
    """Whether the header names JSON first; a stream is what one gets with ``*/*`` or nothing."""
    names = [part.partition(";")[0].strip().lower() for part in accept.split(",") if part.strip()]
    if _SSE in names:
        return "application/json" in names and names.index("application/json") < names.index(_SSE)
    return "application/json" in names


async def _send_page(desk: Desk, caller: Principal, run: Run, query: dict[str, str], send: Send) -> None:
    after = _cursor("after", query.get("after", "0"))
    limit = query.get("limit", "100")
    if not re.fullmatch(r"[0-9]{1,6}", limit) or not 1 <= int(limit) <= limits.EVENTS_PAGE_MAX:
        raise invalid_field("limit", f"must be from 1 to {limits.EVENTS_PAGE_MAX}")
    if after > run.last_event_id:
        raise Conflict("after lies ahead of the log.", "CURSOR_AHEAD", details={"last_event_id": run.last_event_id})
    found = await desk.log.page(caller.workspace_id, run.id, after, int(limit))
    last = found[-1].seq if found else after
    ended = bool(found) and found[-1].type is EventType.ENDED
    pagination = {"next_cursor": str(last), "hasMore": not ended and last < run.last_event_id}
    body = json.dump({"data": [present_b(event) for event in found], "pagination": pagination})
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


_GUARD = Guard(
    takes_key=True,
    capability=Capability.RUNS_READ,
    parameters=Parameters(names={"after": False, "limit": False}),
)
ROUTES = (
    PlainRoute("/v1/runs/{run_id}/events", EventsEndpoint(is_total=False), _GUARD),
    PlainRoute("/v1/runs/{run_id}/events/stream", EventsEndpoint(is_total=True), _GUARD),
)
"""Both streams."""
