"""A small HTTP server on loopback that answers as a test tells it to, faults included."""

import json
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

End = Literal["complete", "cut", "silent"]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A request as it arrived. Header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What to send back: a body in one piece, or ``chunks`` as they are, and how the connection ends.

    ``cut`` closes the connection before the answer is complete (with ``status`` 0 before it has begun); ``silent`` says
    nothing more until the server is closed.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    chunks: Sequence[bytes] | None = None
    end: End = "complete"


Answering = Answer | Callable[[Seen], Answer]


def as_json(value: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """A JSON answer."""
    content = {"content-type": "application/json", **(headers or {})}
    return Answer(status=status, body=json.dumps(value).encode(), headers=content)


def refusal(status: int, error_type: str, reason_code: str = "", **headers: str) -> Answer:
    """An error in the API's one shape."""
    error = {"type": error_type, "code": "SOME_CODE", "message": f"refused as {error_type}", "details": {"field": "x"}}
    body = {"error": error, "reason_code": reason_code, "request_id": "req_1"}
    return as_json(body, status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})


def stream(*chunks: bytes, end: End = "complete") -> Answer:
    """An event stream, sent piece by piece."""
    return Answer(headers={"content-type": "text/event-stream"}, chunks=chunks, end=end)


dropped = Answer(status=0, end="cut")


class StandIn:
    """The server: ``on`` says what to answer, the last answer for ever; ``seen`` is what was asked."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.closing = threading.Event()
        self._answers: defaultdict[tuple[str, str], deque[Answering]] = defaultdict(deque)
        self._lock = threading.Lock()
        self._http = _Http(self)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.002}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def on(self, method: str, path: str, *answers: Answering) -> None:
        with self._lock:
            self._answers[method, path] = deque(answers)

    def asked(self, method: str, path: str) -> list[Seen]:
        return [each for each in self.seen if (each.method, each.path) == (method, path)]

    def answer(self, request: Seen) -> Answer:
        with self._lock:
            self.seen.append(request)
            answers = self._answers[request.method, request.path]
            if not answers:
                return refusal(404, "not_found", "NOT_FOUND")
            answering = answers.popleft() if len(answers) > 1 else answers[0]
        return answering(request) if callable(answering) else answering

    def close(self) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, standin: StandIn) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.standin = standin

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            with suppress(ConnectionError):  # a client that goes away is what many tests are about
                self.finish_request(request, client_address)
        finally:
            self.shutdown_request(request)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Http

    def do_any(self) -> None:
        body = self._read_body()
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = parse_qs(url.query, keep_blank_values=True)
        seen = Seen(method=self.command, path=url.path, query=query, headers=headers, body=body)
        self._send(self.server.standin.answer(seen))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_any  # noqa: N815 - the names http.server looks for

    def _read_body(self) -> bytes:
        if self.headers.get("transfer-encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("content-length", "0")))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _send(self, answer: Answer) -> None:
        if answer.status:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.chunks is None:
                self._send_whole(answer)
            else:
                self._send_chunks(answer.chunks)
        if answer.end == "silent":
            self.server.standin.closing.wait()
        if answer.end == "complete":
            self.wfile.write(b"0\r\n\r\n" if answer.chunks is not None else b"")
        else:
            self.close_connection = True

    def _send_whole(self, answer: Answer) -> None:
        if answer.status != 204:
            self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body if answer.end == "complete" else answer.body[:-1])

    def _send_chunks(self, chunks: Sequence[bytes]) -> None:
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for chunk in filter(None, chunks):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the inherited name
        """Tests look at ``seen`` instead."""
