"""Receive webhooks: verify who sent them, take each event once, answer at once. (tested with: test key)

With a port, and the endpoint's secret in WEBHOOK_SECRET, it serves until it is stopped. Without, it shows itself: it
has ``futurone listen`` forward the outcome of one run to it, and ends.
"""

import base64
import os
import secrets
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from futurone import FuturOne, SignatureError, WebhookEvent, verify_webhook

BODY_BYTES_MAX = 64 << 10


class Receiver(ThreadingHTTPServer):
    """Knows the secret, and which events it has taken already. A real one keeps those in its database."""

    def __init__(self, port: int, secret: str) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.secret = secret
        self.taken: dict[str, WebhookEvent] = {}
        self.arrived = threading.Event()

    def take(self, event: WebhookEvent) -> None:
        """Webhooks come at least once and in any order: the event's id tells what is known already."""
        if self.taken.setdefault(event.id, event) is event:
            sys.stdout.write(f"{event.type} {event.data['run_id']} {event.data['metadata']}\n")
        self.arrived.set()


class Handler(BaseHTTPRequestHandler):
    """One request. The answer is given at once; whatever takes longer belongs into a queue."""

    server: Receiver

    def do_POST(self) -> None:
        """204 for what is genuine, 400 for all else."""
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(min(length, BODY_BYTES_MAX))
        try:
            event = verify_webhook(body, dict(self.headers), self.server.secret)
        except SignatureError as error:
            self.send_error(400, error.message)
            return
        self.server.take(event)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing for each request."""


def show() -> None:
    """One run, its outcome forwarded to a receiver in this very program."""
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    with Receiver(0, secret) as receiver, FuturOne() as client:
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{receiver.server_address[1]}/hook"
        command = ["futurone", "listen", "--forward-to", url, "--secret", secret, "--count", "1"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as listening:  # noqa: S603 - our own
            assert listening.stdout is not None
            listening.stdout.readline()  # from here on, what happens is told
            run = client.runs.create(agent="research", task="[test:complete]", metadata={"ticket": "RES-1042"})
            assert receiver.arrived.wait(60)
        receiver.shutdown()
        (event,) = receiver.taken.values()
        assert client.runs.get(str(event.data["run_id"])).id == run.id  # webhooks are thin: the rest is fetched


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Receiver(int(sys.argv[1]), os.environ["WEBHOOK_SECRET"]).serve_forever()  # noqa: TID251 - its own program
    else:
        show()
