"""The HTTP protocol with bounds on a request's head, and the one error body for requests that cannot be read."""

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from futurone_server.kit.errors import Invalid, Refusal, TooLarge
from futurone_server.web.door import Door

_HEAD_BYTES_MAX = 64 << 10
_HEAD_DEADLINE_S = 15.0


class BoundedProtocol(HttpToolsProtocol):
    """Answers what is no HTTP, and a request head that grows without end; closes one that trickles in without end."""

    _is_reading_head = True
    _is_over = False
    _head_bytes = 0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """A client has come; its first head is awaited."""
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Bytes have come: of a head, of a body, or of both."""
        if self._is_over:
            return
        super().data_received(data)
        if not self._is_reading_head or self._is_over:
            return
        self._head_bytes += len(data)
        if self._head_bytes > _HEAD_BYTES_MAX:
            message = f"The head of the request is larger than {_HEAD_BYTES_MAX} bytes: shorten its path or headers."
            self._refuse(TooLarge(message, "HEAD_TOO_LARGE"), HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def send_400_response(self, msg: str) -> None:
        """What has come is no HTTP. The parser's own words are about itself, and stay unsaid."""
        self._refuse(Invalid("This is not a request as HTTP/1.1 has it.", "MALFORMED_REQUEST"), HTTPStatus.BAD_REQUEST)

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

    def _refuse(self, refusal: Refusal, status: HTTPStatus) -> None:
        """Answer and close; what came before on this connection is answered first, and then nothing more is."""
        self._is_over = True
        cycle: Any = self.cycle
        is_idle = cycle is None or cycle.response_complete
        if not is_idle and not cycle.more_body:
            cycle.keep_alive = False
            return
        if is_idle or not (cycle.response_started or self.pipeline):
            self._answer(refusal, status)
        self.transport.close()

    def _answer(self, refusal: Refusal, status: HTTPStatus) -> None:
        body, headers = _door(self.app).refusal(refusal)
        lines = [b"HTTP/1.1 %d %s" % (status, status.phrase.encode())]
        lines += [name + b": " + value for name, value in [*self.server_state.default_headers, *headers]]
        self.transport.write(b"\r\n".join([*lines, b"connection: close", b"", body]))

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


def _door(app: Any) -> Door:
    """The door, which the HTTP server may have put into wrappers of its own."""
    while not isinstance(app, Door):
        app = app.app
    return app
