"""Where browsers come from: which names this server answers to, and which other sites may read its answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from futurone_server.kit.errors import Invalid

Scope = Mapping[str, Any]
Headers = list[tuple[bytes, bytes]]

_METHODS = b"GET, POST, PUT, PATCH, DELETE"
_SENT = b"Authorization, Content-Type, Accept, Idempotency-Key, Last-Event-ID"
_READ = (
    b"X-Request-Id, Retry-After, Idempotent-Replayed, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset,"
    b" RateLimit, RateLimit-Policy, Content-Disposition"
)
_PREFLIGHT_S = 600


@dataclass(frozen=True, kw_only=True)
class Edges:
    """``hosts``: the names in a Host header that are answered, None for any. ``origins``: sites that may read answers.

    A page that makes its own name point to 127.0.0.1 would otherwise be let in by the browser (DNS rebinding).
    """

    hosts: frozenset[str] | None = None
    origins: frozenset[str] = frozenset()

    def check(self, scope: Scope) -> None:
        """Refuse a request that was sent to another name. Raises Invalid."""
        given = _header(scope, b"host")
        if self.hosts is None or given is None or name_of(given) in self.hosts:
            return
        raise Invalid(
            "Host: this server listens on loopback and answers to its own names only. Set FUTURONE_PUBLIC_URL to the"
            " address it is reached by, or start it with --behind-proxy.",
            "HOST_NOT_ALLOWED",
            details={"field": "Host"},
        )

    def headers(self, scope: Scope) -> Headers:
        """What an answer says to browsers: nothing, unless it is asked for by a page of a site on the list."""
        if not self.origins:
            return []
        origin = _header(scope, b"origin")
        if origin not in self.origins:
            return [(b"vary", b"Origin")]
        return [
            (b"vary", b"Origin"),
            (b"access-control-allow-origin", str(origin).encode()),
            (b"access-control-expose-headers", _READ),
        ]

    def preflight(self, scope: Scope) -> Headers | None:
        """What a browser is told that asks before it sends; None when this is no such question of a listed site."""
        asked = scope["method"] == "OPTIONS" and _header(scope, b"access-control-request-method") is not None
        if not asked or _header(scope, b"origin") not in self.origins:
            return None
        return [
            (b"access-control-allow-methods", _METHODS),
            (b"access-control-allow-headers", _SENT),
            (b"access-control-max-age", b"%d" % _PREFLIGHT_S),
        ]


OPEN = Edges()
"""Answers to any name, and lets no other site read its answers."""


def name_of(host: str) -> str:
    """The name in a Host header, without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].rstrip(".").lower()


def loopback_names(*others: str | None) -> frozenset[str]:
    """The names of this machine itself, and others."""
    return frozenset({"localhost", "127.0.0.1", "::1", *(one.lower() for one in others if one)})


def _header(scope: Scope, name: bytes) -> str | None:
    found: Iterable[bytes] = (value for one, value in scope["headers"] if one == name)
    first = next(iter(found), None)
    return None if first is None else first.decode("latin-1")
