"""The connection itself: dials only addresses that were checked, sends one request, reads one bounded answer.

On httpcore2, which lies under httpx2 and takes its network from outside: it has no redirects, cookies, proxies,
environment or decoding to switch off. Every request has a connection of its own, so none outlives the check of its
address.
"""

import asyncio
import ssl
from collections.abc import Sequence
from ipaddress import ip_address

import httpcore2

from futurone_server.egress.addresses import Address
from futurone_server.egress.errors import (
    BROKEN_ANSWER,
    REFUSED_ADDRESS,
    TIMEOUT,
    TLS,
    UNREACHABLE,
    refused,
    too_large,
    unavailable,
)
from futurone_server.egress.exchange import HEADER_BYTES_MAX, HEADERS_MAX, REDIRECTS, Incoming, Outgoing
from futurone_server.egress.inflating import Body
from futurone_server.egress.target import Target

DIALS_MAX = 4
DIAL_S_MAX = 5.0


def tls_context() -> ssl.SSLContext:
    """TLS that verifies names against the system's certificates (or ``SSL_CERT_FILE``, ``SSL_CERT_DIR``)."""
    return httpcore2.default_ssl_context()


class _Dialler(httpcore2.AsyncNetworkBackend):
    """A network in which a name leads to the addresses that were checked, and nowhere else."""

    def __init__(self, addresses: Sequence[Address], *, may_be_this_host: bool) -> None:
        self._network = httpcore2.AnyIOBackend()
        self._addresses = addresses
        self._may_be_this_host = may_be_this_host
        self.peer = ""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        local_address: str | None = None,
        socket_options: object = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first checked address that answers; ``host`` is not looked at."""
        del host, timeout, local_address, socket_options
        for address in self._addresses[:DIALS_MAX]:
            try:
                async with asyncio.timeout(DIAL_S_MAX):
                    stream = await self._network.connect_tcp(str(address), port)
            except (httpcore2.ConnectError, TimeoutError):
                continue
            await self._check(stream)
            self.peer = str(address)
            return stream
        raise unavailable(UNREACHABLE)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        socket_options: object = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Refuse: nothing outside is a file."""
        del path, timeout, socket_options
        raise refused(REFUSED_ADDRESS)

    async def _check(self, stream: httpcore2.AsyncNetworkStream) -> None:
        """A connection whose two ends have one address stays on this machine, whatever public address that is."""
        ends = [_end(stream, name) for name in ("client_addr", "server_addr")]
        if None in ends:
            await stream.aclose()
            raise unavailable(UNREACHABLE)
        if ends[0] == ends[1] and not self._may_be_this_host:
            await stream.aclose()
            raise refused(REFUSED_ADDRESS)


def _end(stream: httpcore2.AsyncNetworkStream, name: str) -> Address | None:
    """The address at one end of a connection; None where the other side is gone already."""
    try:
        found = stream.get_extra_info(name)
    except (OSError, AttributeError):
        # What a connection without a socket raises depends on the event loop.
        return None
    return ip_address(found[0]) if found else None


async def exchange(
    target: Target,
    request: Outgoing,
    *,
    headers: Sequence[tuple[str, str]],
    addresses: Sequence[Address],
    tls: ssl.SSLContext,
    may_be_this_host: bool,
) -> Incoming:
    """Send one request to one of these addresses. Redirects are not followed; one that will be has no body read."""
    network = _Dialler(addresses, may_be_this_host=may_be_this_host)
    origin = httpcore2.Origin(target.scheme.encode(), target.host.encode(), target.port)
    connection = httpcore2.AsyncHTTPConnection(origin, ssl_context=tls, network_backend=network)
    try:
        response = await connection.handle_async_request(_message(target, request, headers))
        found = _headers(response.headers)
        is_left = not request.is_body_read or (request.redirects_max > 0 and response.status in REDIRECTS)
        body = b"" if is_left else await _body(response, found, request)
    except httpcore2.TimeoutException:
        raise unavailable(TIMEOUT) from None
    except httpcore2.ConnectError:
        # The dialler answers for TCP itself: what is left of connecting is TLS.
        raise unavailable(TLS) from None
    except (httpcore2.NetworkError, httpcore2.ProtocolError):
        raise unavailable(BROKEN_ANSWER) from None
    finally:
        await connection.aclose()
    return Incoming(status=response.status, headers=found, body=body, url=target.url, peer=network.peer)


def _message(target: Target, request: Outgoing, headers: Sequence[tuple[str, str]]) -> httpcore2.Request:
    raw = [("Host", target.authority), *headers, ("Accept-Encoding", "identity"), ("Connection", "close")]
    if request.body or request.method in {"POST", "PUT", "PATCH"}:
        raw.append(("Content-Length", str(len(request.body))))
    url = httpcore2.URL(
        scheme=target.scheme.encode(), host=target.host.encode(), port=target.port, target=target.path.encode()
    )
    encoded = [(name.encode("ascii"), value.encode("latin-1")) for name, value in raw]
    return httpcore2.Request(request.method, url, headers=encoded, content=request.body or None)


def _headers(raw: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    if len(raw) > HEADERS_MAX or sum(len(name) + len(value) for name, value in raw) > HEADER_BYTES_MAX:
        raise too_large()
    found: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        if key != "set-cookie":
            found[key] = f"{found[key]}, {text}" if key in found else text
    return found


async def _body(response: httpcore2.Response, headers: dict[str, str], request: Outgoing) -> bytes:
    stated = headers.get("content-length", "")
    if request.method == "HEAD":
        return b""
    if stated.isdigit() and int(stated[:20]) > request.bytes_max:
        raise too_large()
    body = Body(headers.get("content-encoding", ""), request.bytes_max)
    async for chunk in response.aiter_stream():
        body.feed(chunk)
    return body.whole()
