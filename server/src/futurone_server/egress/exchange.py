"""One request and its answer, as plain values; what may be in a header is decided here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from futurone_server.egress.errors import REFUSED_HEADER, refused

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
HEADERS_MAX = 200
HEADER_BYTES_MAX = 64 << 10
REDIRECTS_MAX = 10
REDIRECTS = frozenset({301, 302, 303, 307, 308})
"""Statuses that lead elsewhere."""

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
_VALUE = re.compile(r"(?!\s)[\x20-\x7e\x80-\xff\t]{0,8192}(?<!\s)")
_OURS = frozenset({
    "host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect",
    "accept-encoding", "proxy-authorization", "proxy-connection",
})  # fmt: skip
"""Set by this client alone: they decide where a message ends and how it is read."""


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """What is sent, and the bounds of what may come back.

    ``deadline_s`` is for all of it: names, connections, redirects, the last byte. ``bytes_max`` bounds the answer's
    body as sent and as inflated. Redirects are returned as they are unless ``redirects_max`` lets some be followed
    (GET and HEAD only; headers are dropped at another origin, and https never leads to http). ``may_be_http`` lets a
    public host be asked over plain http; hosts on the operator's list always may. Where ``is_body_read`` is false only
    status and headers are waited for, and ``body`` is empty: for receivers whose word is their status.
    """

    url: str = field(repr=False)
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    deadline_s: float = 20.0
    bytes_max: int = 1 << 20
    redirects_max: int = 0
    may_be_http: bool = False
    is_body_read: bool = True

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ValueError(f"method must be one of {', '.join(sorted(METHODS))}")
        if self.redirects_max and self.method not in {"GET", "HEAD"}:
            raise ValueError("redirects are followed for GET and HEAD only")
        if not 0 <= self.redirects_max <= REDIRECTS_MAX or self.bytes_max < 0 or self.deadline_s <= 0:
            raise ValueError("redirects_max, bytes_max or deadline_s is out of bounds")


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """What came back. ``headers`` has lower-case names, without cookies; ``url`` is where it came from in the end."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    url: str = field(repr=False)
    peer: str
    """The address that was dialled."""


def check_headers(headers: Mapping[str, str]) -> None:
    """Refuse headers that could end a message early or lie about it. Raises EgressRefused."""
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise refused(REFUSED_HEADER, "A header's name or value holds characters that headers cannot carry.")
        if name.lower() in _OURS:
            raise refused(REFUSED_HEADER, "A header that only the client itself may set was given.")
    if len(headers) > HEADERS_MAX or sum(len(name) + len(value) for name, value in headers.items()) > HEADER_BYTES_MAX:
        raise refused(REFUSED_HEADER, "There are too many headers, or they are too long.")
