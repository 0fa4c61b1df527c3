"""Server-sent events: the one encoder, and the loop that feeds a client until the log ends or the client is gone.

Ids are integers, event names come from a closed set, data is one line of JSON: no payload can forge a frame.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from futurone_server.eventlog import Event
from futurone_server.kit import json, limits
from futurone_server.web.door import Receive, Send

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
    (b"connection", b"keep-alive"),
]
OPENING = b"retry: 2000\n: stream opened\n\n"
HEARTBEAT = b": heartbeat\n\n"


def encode(seq: int, name: str, data: object) -> bytes:
    """One frame. The JSON writer escapes every line break, so data is one line."""
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (seq, name.encode(), json.dump(data))


Frames = Callable[[Sequence[Event]], bytes]
"""Puts events into the words of one stream; events it has no word for give nothing."""


async def pump(batches: AsyncIterator[list[Event]], frames: Frames, receive: Receive, send: Send) -> None:
    """Send events as they come, and a heartbeat when none do; ends cleanly after the run's last event.

    Returns without closing the response when the client is gone or takes nothing: the server then aborts it.
    """
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": OPENING, "more_body": True})
    async for batch in batches:
        body = frames(batch) if batch else HEARTBEAT
        if not batch and await _is_gone(receive):
            return
        if body:
            async with asyncio.timeout(limits.STREAM_STALL_S):
                await send({"type": "http.response.body", "body": body, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _is_gone(receive: Receive) -> bool:
    # Asked only when nothing else happens: a task per stream that waits for the answer would cost memory.
    try:
        async with asyncio.timeout(0):
            return bool((await receive())["type"] == "http.disconnect")
    except TimeoutError:
        return False
