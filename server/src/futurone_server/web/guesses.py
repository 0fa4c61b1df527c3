"""Wrong API keys by peer address: after twenty in a minute, an address has to wait before it may try another one."""

import ipaddress
from collections import OrderedDict

from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import RateLimited
from futurone_server.web.door import Scope
from futurone_server.web.failures import Failures

_PER_MINUTE = 20
_WINDOW_S = 60.0
_KNOWN_S = 600.0
_KNOWN_MAX = 10_000
_IPV6_NETWORK = 64
"""Whoever has one IPv6 address has the 2^64 beside it."""


class Guesses:
    """Counts in this process alone, and in bounded memory: the secret of a key has 256 bits, this only saves work.

    Two are never held up: this machine itself, and a key that held within the last ten minutes, so that nobody can lock
    out the neighbours behind his address.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = Failures(clock, allowed=_PER_MINUTE, window_s=_WINDOW_S)
        self._known: OrderedDict[int, float] = OrderedDict()

    def check(self, scope: Scope, credential: str) -> None:
        """Refuse to look at a credential from an address that has sent too many wrong ones. Raises RateLimited."""
        address = address_of(scope)
        seconds = 0 if address is None else self._failures.wait_s(address)
        now = self._clock.monotonic()
        if not seconds or self._known.get(hash(credential), -_KNOWN_S) > now - _KNOWN_S:
            return
        raise RateLimited(
            f"Too many wrong API keys or links came from this address. Try again in {seconds} seconds.",
            retry_after_s=seconds,
        )

    def failed(self, scope: Scope) -> None:
        """A credential was wrong."""
        address = address_of(scope)
        if address is not None:
            self._failures.note(address)

    def held(self, credential: str) -> None:
        """A credential was right. Only its hash, which differs from process to process, is remembered."""
        self._known[hash(credential)] = self._clock.monotonic()
        self._known.move_to_end(hash(credential))
        if len(self._known) > _KNOWN_MAX:
            self._known.popitem(last=False)


def address_of(scope: Scope) -> str | None:
    """Whom a request comes from, as far as it counts; None for this machine, and where it cannot be told."""
    client = scope.get("client")
    try:
        address = ipaddress.ip_address(client[0] if client else "")
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            network = ipaddress.ip_network((address, _IPV6_NETWORK), strict=False)
            return None if address.is_loopback else str(network)
        address = address.ipv4_mapped
    return None if address.is_loopback else str(address)
