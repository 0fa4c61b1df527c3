"""What a client was told and what the environment says: key, base URL and limits of patience."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

DEFAULT_BASE_URL = "http://127.0.0.1:3000"
DEFAULT_TIMEOUT_S = 60.0
DEFAULT_MAX_RETRIES = 5
DEFAULT_SILENCE_TIMEOUT_S = 45.0  # the server speaks at least every 15 s


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a client reaches its server. The key never shows in its repr."""

    base_url: str
    api_key: str | None = field(repr=False)
    timeout_s: float
    max_retries: int
    silence_timeout_s: float

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine, so that no proxy has a say."""
        return is_loopback(self.base_url)


def read_settings(
    api_key: str | None,
    base_url: str | None,
    *,
    timeout_s: float,
    max_retries: int,
    silence_timeout_s: float,
) -> Settings:
    """Settings from arguments, else from FUTURONE_API_KEY and FUTURONE_BASE_URL. Raises ValueError saying why."""
    environment = read_environment()
    return Settings(
        base_url=normalise_base_url(base_url or environment.get("FUTURONE_BASE_URL") or DEFAULT_BASE_URL),
        api_key=_check_key(api_key or environment.get("FUTURONE_API_KEY")),
        timeout_s=timeout_s,
        max_retries=max_retries,
        silence_timeout_s=silence_timeout_s,
    )


def read_environment() -> Mapping[str, str]:
    """The process environment: the one place of this distribution that looks at it."""
    return os.environ  # noqa: TID251 - the one home of the environment in the SDK


def normalise_base_url(url: str) -> str:
    """The URL without a trailing slash and without a trailing ``/v1``, so that both spellings mean the same."""
    url = url.strip()
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"The base URL must begin with http:// or https:// and name a host; got {url!r}")
    if parts.username is not None or parts.password is not None:
        raise ValueError("The base URL must not hold a user name or password: the key goes into FUTURONE_API_KEY")
    if parts.query or parts.fragment:
        raise ValueError(f"The base URL must not have a query or a fragment; got {url!r}")
    return url.rstrip("/").removesuffix("/v1").rstrip("/")


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine: localhost, 127.0.0.0/8 or ::1."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_key(key: str | None) -> str | None:
    key = (key or "").strip()
    if not all("!" <= char <= "~" for char in key):
        raise ValueError("The API key holds a character that no key has; copy it again")
    return key or None
