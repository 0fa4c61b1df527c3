"""Wrong API keys by peer address: after twenty in a minute, an address has to wait before it may try another one."""

import ipaddress
from collections import OrderedDict

from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import RateLimited
from futurone_server.web.door import Scope

_PER_MINUTE = 20
_WINDOW_S = 60.0
_COST_S = _WINDOW_S / _PER_MINUTE
_KNOWN_S = 600.0
_ADDRESSES_MAX = 10_000
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
        self._failed: OrderedDict[str, float] = OrderedDict()
        self._known: OrderedDict[int, float] = OrderedDict()

    def check(self, scope: Scope, credential: str) -> None:
        """Refuse to look at a credential from an address that has sent too many wrong ones. Raises RateLimited."""
        address = _address(scope)
        now = self._clock.monotonic()
        wait_s = self._failed.get(address or "", now) + _COST_S - _WINDOW_S - now
        if address is None or wait_s <= 0 or self._known.get(hash(credential), -_KNOWN_S) > now - _KNOWN_S:
            return
        seconds = int(wait_s) + 1
        raise RateLimited(
            f"Too many wrong API keys came from this address. Try again in {seconds} seconds.", retry_after_s=seconds
        )

    def failed(self, scope: Scope) -> None:
        """A credential was wrong."""
        address = _address(scope)
        if address is None:
            return
        now = self._clock.monotonic()
        self._failed[address] = max(now, self._failed.get(address, now)) + _COST_S
        self._failed.move_to_end(address)
        if len(self._failed) > _ADDRESSES_MAX:
            self._failed.popitem(last=False)

    def held(self, credential: str) -> None:
        """A credential was right. Only its hash, which differs from process to process, is remembered."""
        self._known[hash(credential)] = self._clock.monotonic()
        self._known.move_to_end(hash(credential))
        if len(self._known) > _KNOWN_MAX:
            self._known.popitem(last=False)


def _address(scope: Scope) -> str | None:
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
