"""Where a request goes: a URL read once, strictly, so that nothing later can read it differently."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import quote, urljoin

import idna

from futurone_server.egress.addresses import Address, read_address
from futurone_server.egress.errors import REFUSED_URL, EgressRefused, refused

URL_CHARS_MAX = 4_096
PORTS = {"https": 443, "http": 80}

_URL = re.compile(r"(https?)://([^/?#]*)([^#]*)", re.IGNORECASE)
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]@%]+)(?::([0-9]{1,5}))?", re.IGNORECASE)
_NAME = re.compile(
    r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


@dataclass(frozen=True, kw_only=True)
class Target:
    """A URL taken apart: ``host`` is ASCII, lower case and without brackets; ``path`` has the query; no fragment."""

    scheme: str
    host: str
    port: int
    path: str
    address: Address | None
    """The address itself where the URL names no host but one."""

    @property
    def origin(self) -> str:
        """Scheme, host and, where it is not the scheme's own, port."""
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """What stands in the ``Host`` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole URL in its one spelling."""
        return self.origin + self.path


def read_target(url: str) -> Target:
    """Read an absolute http or https URL.

    Raises EgressRefused (``EGRESS_REFUSED_URL``) for another scheme, user information, white space, backslashes,
    control characters, numbers as hosts in any but the canonical form, and what is no valid host or port.
    """
    _check_characters(url)
    found = _URL.match(url)
    if found is None:
        raise _refused("it must begin with https:// and name a host")
    scheme, authority, rest = found.group(1).lower(), found.group(2), found.group(3)
    if "@" in authority:
        raise _refused("it must not hold a user name or password")
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise _refused("its host or port is not valid")
    host, address = read_host(parts.group(1))
    port = int(parts.group(2) or PORTS[scheme])
    if not 0 < port < 65_536:
        raise _refused("its port is not valid")
    path = quote(rest if rest.startswith("/") else "/" + rest, safe=_PRINTABLE)
    return Target(scheme=scheme, host=host, port=port, path=path, address=address)


def join(base: Target, location: str) -> Target:
    """Where a redirect leads, ``location`` being the header's bytes as Latin-1. Raises as ``read_target`` does."""
    try:
        location = location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        raise _refused("the redirect's target is not UTF-8") from None
    _check_characters(location)
    try:
        joined = urljoin(base.url, location)
    except ValueError:
        raise _refused("the redirect's target is not valid") from None
    return read_target(joined)


def read_host(text: str) -> tuple[str, Address | None]:
    """A host in its one spelling, and the address it is if it names none. Raises EgressRefused."""
    if text.startswith("["):
        address = read_address(text[1:-1])
        if not isinstance(address, IPv6Address):
            raise _refused("its host is not a valid IPv6 address")
        return str(address), address
    name = _ascii(text.removesuffix(".")).lower()
    if _NUMBER.fullmatch(name):
        address = read_address(name)
        if address is None:
            raise _refused("its host is a number but not a canonical IPv4 address")
        return name, address
    if not _NAME.fullmatch(name):
        raise _refused("its host is not a valid name")
    return name, None


def _ascii(name: str) -> str:
    if name.isascii():
        return name
    try:
        return idna.encode(name.lower()).decode("ascii")
    except UnicodeError:
        raise _refused("its host is not a valid international name") from None


def _check_characters(url: str) -> None:
    if len(url) > URL_CHARS_MAX:
        raise _refused(f"it is longer than {URL_CHARS_MAX} characters")
    if "\\" in url or any(char.isspace() or not char.isprintable() for char in url):
        raise _refused("it holds white space, a backslash or a character that does not show")


def _refused(why: str) -> EgressRefused:
    return refused(REFUSED_URL, f"This URL is not used: {why}.")
