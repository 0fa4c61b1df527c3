"""What an operator allows beyond the rules: exact hosts and ports that may be private and may speak plain http."""

from dataclasses import dataclass

from futurone_server.egress.errors import EgressRefused
from futurone_server.egress.target import Target, read_host

_FORM = "write host:port, several separated by commas; an IPv6 address in brackets"


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """Hosts in their one spelling, each with one port."""

    pairs: frozenset[tuple[str, int]] = frozenset()

    def holds(self, target: Target) -> bool:
        """Whether this very host and port is allowed."""
        return (target.host, target.port) in self.pairs


def read_allow(text: str) -> Allowance:
    """Read ``FUTURONE_EGRESS_ALLOW``: ``searx.internal:8080,127.0.0.1:11434,[::1]:8080``; empty allows nothing.

    Raises ValueError that names the part which is wrong and says what would be right. There are no wildcards.
    """
    parts = [part.strip() for part in text.split(",")]
    return Allowance(pairs=frozenset(_pair(part) for part in parts if part))


def list_pairs(allow: Allowance) -> list[str]:
    """An allowance as ``read_allow`` reads it, part by part."""
    return [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in sorted(allow.pairs)]


def _pair(part: str) -> tuple[str, int]:
    host, colon, port = part.rpartition(":")
    if not colon or not host or (":" in host and not (host.startswith("[") and host.endswith("]"))):
        raise ValueError(f"{part!r} is not a host and a port; {_FORM}")
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise ValueError(f"{part!r} has no port from 1 to 65535; {_FORM}")
    try:
        return read_host(host)[0], int(port)
    except EgressRefused:
        raise ValueError(f"{part!r} has no valid host name or address; {_FORM}") from None
