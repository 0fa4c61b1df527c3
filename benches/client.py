"""A small HTTP/1.1 client that leaves the processor to the server: one connection, one request at a time, no copies."""

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import cast
from urllib.parse import urlsplit

from httptools import HttpResponseParser

_FRAME = b"\nid: "
_RECENT_BYTES = 4_096


class AnswerError(Exception):
    """The server answered something else than was asked for; with which status, where it was that."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Connection(asyncio.Protocol):
    """A connection that is kept. ``ask`` returns a whole answer, ``follow`` hands a stream on as it comes."""

    def __init__(self, url: str, key: str) -> None:
        self._head = f"Host: {urlsplit(url).netloc}\r\nAuthorization: Bearer {key}\r\n"
        self._parser = HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._take: Callable[[bytes], None] = lambda _: None
        self._done: asyncio.Future[int] | None = None

    @classmethod
    async def open(cls, url: str, key: str) -> "Connection":
        """Connect to a server."""
        parts = urlsplit(url)
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(lambda: cls(url, key), parts.hostname or "", parts.port or 80))[1]

    async def ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        """The body of the answer. Raises AnswerError unless the status is 2xx."""
        parts: list[bytes] = []
        headers = f"Accept: application/json\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        status = await self._send(method, path, parts.append, headers=headers, body=body)
        if not 200 <= status < 300:
            raise AnswerError(f"{method} {path}: {status} {b''.join(parts)[:300]!r}", status)
        return b"".join(parts)

    async def follow(self, path: str, take: Callable[[bytes], None], *, after: int = 0) -> None:
        """Read a stream to its clean end, from an event on. Raises AnswerError, ConnectionError when it is aborted."""
        status = await self._send("GET", path, take, headers=f"Last-Event-ID: {after}\r\n")
        if status != 200:
            raise AnswerError(f"GET {path}: {status}", status)

    def _send(
        self, method: str, path: str, take: Callable[[bytes], None], *, headers: str = "", body: bytes = b""
    ) -> "asyncio.Future[int]":
        assert self._transport is not None
        self._take = take
        self._done = asyncio.get_running_loop().create_future()
        self._transport.write(f"{method} {path} HTTP/1.1\r\n{self._head}{headers}\r\n".encode() + body)
        return self._done

    def close(self) -> None:
        """Let go of the connection, whatever is under way."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The loop's word that it is connected."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one, without saying so

    def data_received(self, data: bytes) -> None:
        """The loop's word that something came."""
        self._parser.feed_data(data)

    def connection_lost(self, error: Exception | None) -> None:
        """The loop's word that the connection is gone."""
        if self._done is not None and not self._done.done():
            self._done.set_exception(error or ConnectionResetError("the server closed the connection"))

    def on_body(self, body: bytes) -> None:
        """The parser's word that a piece of a body is there."""
        self._take(body)

    def on_message_complete(self) -> None:
        """The parser's word that an answer is whole."""
        if self._done is not None and not self._done.done():
            self._done.set_result(self._parser.get_status_code())


class Tally:
    """Counts the events of a stream of projection B, and notes when the first one of a worker came (number 2)."""

    __slots__ = ("_recent", "cuts", "events", "worker_at")

    def __init__(self) -> None:
        self.events = 0
        self.cuts = 0
        self.worker_at = 0.0
        self._recent = b""

    def take(self, data: bytes) -> None:
        """A piece of the stream."""
        self.events += (self._recent[1 - len(_FRAME) :] + data).count(_FRAME)
        if not self.worker_at and self.events > 1:
            self.worker_at = perf_counter()
        self._recent = (self._recent + data)[-_RECENT_BYTES:] if len(data) < _RECENT_BYTES else data[-_RECENT_BYTES:]

    def cut(self) -> None:
        """The stream has been cut: what came of an event in part does not count."""
        self.cuts += 1
        self.events -= self._recent.rpartition(b"\n\n")[2].startswith(_FRAME[1:])
        self._recent = b""

    def check(self) -> None:
        """The stream has ended: it must have held 1..n, and the run must have completed. Raises AnswerError."""
        frame = self._recent.rpartition(_FRAME)[2]
        last = int(frame.partition(b"\n")[0] or b"0")
        if last != self.events:
            raise AnswerError(f"a stream ended with event {last} after {self.events} events")
        if b'"run.worker.succeeded"' not in frame:
            raise AnswerError(f"a run did not complete: {frame[:300]!r}")
