"""A receiver of webhooks on loopback: takes, fails and breaks as a test says, and remembers what it was sent."""

import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR
from typing import Any

from faults.tools.servers import until


class Receiver:
    """An address on loopback that fails so often as a test says, and remembers every event it was sent.

    ``meet`` sees each event first, and may answer it with a status of its own.
    """

    def __init__(self, *, failures: float = 0, resets: float = 0) -> None:
        self.meet: Callable[[Any], int | None] = lambda _: None
        self.sent: Counter[str] = Counter()
        self.taken: dict[str, Any] = {}
        self._chance = random.Random(7)
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                event = json.loads(self.rfile.read(int(self.headers["content-length"])))
                fate = receiver.meet(event) or receiver.note(event, failures, resets)
                if fate is None:
                    self.connection.shutdown(SHUT_RDWR)
                    return
                self.send_response(fate)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]

    def wait_more(self, count: int) -> None:
        """Wait until so many more were sent than until now."""
        seen = sum(self.sent.values())
        until("some are sent", lambda: sum(self.sent.values()) > seen + count, within_s=30)

    def note(self, event: Any, failures: float, resets: float) -> int | None:
        """Remember an event; the status to answer, or None to break the connection."""
        with self._lock:
            self.sent[event["data"]["run_id"]] += 1
            draw = self._chance.random()
            if draw < failures:
                return 500
            if draw < failures + resets:
                return None
            self.taken[event["data"]["run_id"]] = event
            return 204


@contextmanager
def receiving(**fate: float) -> Iterator[Receiver]:
    """Such a receiver, for the length of a block."""
    receiver = Receiver(**fate)
    thread = threading.Thread(target=receiver.server.serve_forever, daemon=True)
    thread.start()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()
    thread.join()
