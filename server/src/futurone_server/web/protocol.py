"""The HTTP protocol with bounds on a request's head: how large it may be, and how long it may take."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_HEAD_BYTES_MAX = 64 << 10
_HEAD_DEADLINE_S = 15.0
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """Closes a connection whose request head grows without end, or trickles in without end."""

    _is_reading_head = True
    _head_bytes = 0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """A client has come; its first head is awaited."""
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Bytes have come: of a head, of a body, or of both."""
        super().data_received(data)
        if not self._is_reading_head:
            return
        self._head_bytes += len(data)
        if self._head_bytes > _HEAD_BYTES_MAX:
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        """A head is whole."""
        self._is_reading_head = False
        self._release()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._release()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._release()
        self._is_reading_head, self._head_bytes = True, 0
        self._deadline = self.loop.call_later(_HEAD_DEADLINE_S, self._too_slow)

    def _release(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        if self._is_reading_head and not self.transport.is_closing():
            self.transport.close()
