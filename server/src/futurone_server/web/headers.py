"""The headers that mean something to more than one route: each is sent once, and has the form that it has."""

from futurone_server.kit.errors import invalid_field
from futurone_server.web.door import Scope
from futurone_server.web.idempotency import read_key

_ONCE = {b"content-type": "Content-Type", b"last-event-id": "Last-Event-ID"}


def check_headers(scope: Scope) -> None:
    """Refuse a header that is sent twice, and an Idempotency-Key that is none. Raises Invalid, naming the header."""
    names = [name for name, _ in scope["headers"]]
    for name, shown in _ONCE.items():
        if names.count(name) > 1:
            raise invalid_field(shown, "send it once")
    if scope["method"] == "POST":
        read_key(scope)
