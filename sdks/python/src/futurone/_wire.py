"""The edge to httpx2: requests of ours become arguments of its clients, and its failures exceptions of ours."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx2

from futurone._errors import AuthenticationError, ConnectionFailed, TimedOut
from futurone._requests import KeyUse, Reply, Request
from futurone._settings import Settings
from futurone._version import VERSION

CONNECT_TIMEOUT_S = 10.0


def client_options(settings: Settings) -> dict[str, Any]:
    """How an httpx2 client is made: no redirects, any number of streams, no proxy between this machine and itself."""
    return {
        "headers": {"user-agent": f"futurone-python/{VERSION}", "accept": "application/json"},
        "trust_env": not settings.is_loopback,
        "verify": _tls_context(settings),
        "limits": httpx2.Limits(max_connections=None, max_keepalive_connections=20),
        "follow_redirects": False,
    }


def arguments(settings: Settings, request: Request, *, read_timeout_s: float | None = None) -> dict[str, Any]:
    """A request, without its file, as arguments of httpx2's ``request``. Raises AuthenticationError without a key."""
    silence_s = read_timeout_s if read_timeout_s is not None else settings.timeout_s + request.hold_s
    return {
        "method": request.method,
        "url": settings.base_url + request.url if request.url.startswith("/") else request.url,
        "params": list(request.query) or None,
        "content": request.content,
        "headers": {**request.headers, **_authorization(settings, request)},
        "timeout": httpx2.Timeout(
            settings.timeout_s, read=silence_s, connect=min(CONNECT_TIMEOUT_S, settings.timeout_s)
        ),
    }


def is_foreign(settings: Settings, request: Request) -> bool:
    """Whether a request leaves for another origin than the base URL's: a signed link to where the files are kept."""
    if request.url.startswith("/"):
        return False
    return urlsplit(request.url)[:2] != urlsplit(settings.base_url)[:2]


def reply_of(response: httpx2.Response) -> Reply:
    """The answer as a plain value; the response has been read."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Reply(status=response.status_code, headers=headers, body=response.content)


@contextmanager
def plain_failures(settings: Settings) -> Iterator[None]:
    """Raises TimedOut and ConnectionFailed in place of httpx2's exceptions."""
    try:
        yield
    except httpx2.TimeoutException as error:
        raise TimedOut(f"{settings.base_url} did not answer in time ({type(error).__name__})") from error
    except httpx2.RequestError as error:
        why = str(error) or type(error).__name__
        message = f"{settings.base_url} cannot be reached: {why}"
        raise ConnectionFailed(message, base_url=settings.base_url) from error


def _authorization(settings: Settings, request: Request) -> dict[str, str]:
    if request.key_use is KeyUse.NEVER:
        return {}
    if settings.api_key:
        return {"authorization": f"Bearer {settings.api_key}"}
    if request.key_use is KeyUse.OPTIONAL:
        return {}
    raise AuthenticationError(
        "There is no API key: set FUTURONE_API_KEY or pass api_key", reason_code="AUTH_MISSING_HEADER"
    )


def _tls_context(settings: Settings) -> ssl.SSLContext:
    """The machine's authorities; none for a server on plain HTTP, because loading them takes longer than a call."""
    if settings.base_url.startswith("https:"):
        return httpx2.create_ssl_context()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
