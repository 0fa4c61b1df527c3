"""The client that everything outward goes through: it checks, resolves, checks again, and dials what it checked.

The rules, for every hop: a strict URL; https unless plain http was asked for; port 443 or 80; every address of the host
public; the address that was checked is the one that is dialled. An operator's allowance lifts them for exact pairs of
host and port. Nothing is taken from the environment but certificates.
"""

import asyncio
import ssl
from collections.abc import Mapping, Sequence

from futurone_server.egress.addresses import DENIED, Address, Network, is_denied, read_address
from futurone_server.egress.allowance import Allowance
from futurone_server.egress.errors import (
    REFUSED_ADDRESS,
    REFUSED_URL,
    TIMEOUT,
    TOO_MANY_REDIRECTS,
    UNKNOWN_HOST,
    refused,
    unavailable,
)
from futurone_server.egress.exchange import REDIRECTS, Incoming, Outgoing, check_headers
from futurone_server.egress.resolving import Resolve, SystemResolver
from futurone_server.egress.target import PORTS, Target, join, read_target

USER_AGENT = "FuturOne"

_UNLESS = ", unless an operator allows its host and port in FUTURONE_EGRESS_ALLOW."

_KEPT_ELSEWHERE = frozenset({"accept", "accept-language", "user-agent"})
"""Headers that go along to another origin. Everything else may be a secret meant for the first one."""


class Egress:
    """A guarded HTTP client, safe for URLs that users, models and pages name.

    ``resolve``, ``denied`` and ``tls`` are for tests and for hosts with their own ways; the defaults are the system's
    resolver, the full table and the system's certificates.
    """

    def __init__(
        self,
        allow: Allowance | None = None,
        *,
        resolve: Resolve | None = None,
        denied: Sequence[Network] = DENIED,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allow = allow or Allowance()
        self._resolve = resolve or SystemResolver()
        self._denied = denied
        self._tls = tls

    async def fetch(self, request: Outgoing) -> Incoming:
        """Send a request and read the whole answer, whatever its status.

        Raises EgressRefused (``EGRESS_REFUSED_URL``, ``EGRESS_REFUSED_ADDRESS``, ``EGRESS_REFUSED_HEADER``,
        ``EGRESS_TOO_MANY_REDIRECTS``), EgressTooLarge, and EgressUnavailable (``EGRESS_TIMEOUT``,
        ``EGRESS_UNKNOWN_HOST``, ``EGRESS_UNREACHABLE``, ``EGRESS_TLS``, ``EGRESS_BROKEN_ANSWER``).
        """
        check_headers(request.headers)
        try:
            async with asyncio.timeout(request.deadline_s):
                return await self._follow(request)
        except TimeoutError:
            raise unavailable(TIMEOUT) from None

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes,
        deadline_s: float,
        bytes_max: int,
        redirects_max: int = 0,
        may_be_http: bool = False,
    ) -> Incoming:
        """``fetch`` with its members spelled out: the form in which tools ask, who do not know this package."""
        return await self.fetch(
            Outgoing(
                url=url,
                method=method,
                headers=headers,
                body=body,
                deadline_s=deadline_s,
                bytes_max=bytes_max,
                redirects_max=redirects_max,
                may_be_http=may_be_http,
            )
        )

    async def _follow(self, request: Outgoing) -> Incoming:
        target, headers, may_be_http = read_target(request.url), dict(request.headers), request.may_be_http
        for _ in range(request.redirects_max + 1):
            answer = await self._exchange(target, request, headers=headers, may_be_http=may_be_http)
            location = answer.headers.get("location")
            if not request.redirects_max or answer.status not in REDIRECTS or location is None:
                return answer
            following = join(target, location)
            if following.origin != target.origin:
                headers = {name: value for name, value in headers.items() if name.lower() in _KEPT_ELSEWHERE}
            may_be_http = may_be_http and target.scheme == "http"
            target = following
        raise refused(TOO_MANY_REDIRECTS)

    async def _exchange(
        self, target: Target, request: Outgoing, *, headers: Mapping[str, str], may_be_http: bool
    ) -> Incoming:
        """One hop: checked, then dialled."""
        from futurone_server.egress.wire import (  # noqa: PLC0415 - loaded with the first request that leaves
            exchange,
            tls_context,
        )

        addresses = await self._checked(target, may_be_http=may_be_http)
        if self._tls is None:
            self._tls = tls_context()
        return await exchange(
            target,
            request,
            headers=[*_named(headers), *headers.items()],
            addresses=addresses,
            tls=self._tls,
            may_be_this_host=self._allow.holds(target),
        )

    async def _checked(self, target: Target, *, may_be_http: bool) -> Sequence[Address]:
        """The addresses that may be dialled for this target: all that its host has, or none."""
        is_allowed = self._allow.holds(target)
        if not is_allowed:
            if target.scheme == "http" and not may_be_http:
                raise refused(REFUSED_URL, f"This URL is not used: it must begin with https://{_UNLESS}")
            if target.port not in PORTS.values():
                raise refused(REFUSED_URL, f"This URL is not used: only ports 443 and 80 are{_UNLESS}")
        addresses = [target.address] if target.address else await self._addresses(target)
        if not is_allowed and any(is_denied(address, self._denied) for address in addresses):
            raise refused(REFUSED_ADDRESS)
        return addresses

    async def _addresses(self, target: Target) -> list[Address]:
        try:
            answers = await self._resolve(target.host, target.port)
        except (OSError, UnicodeError):
            raise unavailable(UNKNOWN_HOST) from None
        addresses = [read_address(answer) for answer in answers]
        found = [address for address in addresses if address is not None]
        if not found or len(found) != len(addresses):
            raise unavailable(UNKNOWN_HOST)
        return found


def _named(headers: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    """Our name, where the caller gives no other."""
    return [] if any(name.lower() == "user-agent" for name in headers) else [("User-Agent", USER_AGENT)]
