"""The walls around a process whose library opens sockets by itself: what it may dial is decided as everywhere.

A name leads to the addresses that were checked when it was looked up, and nothing else can be dialled: the audit hook
of the interpreter sees every connection, also those of compiled code, and cannot be taken away. The same hook refuses
programs, other processes, and files that are no library.
"""

import os
import smtplib
import socket
import ssl
import sys
import sysconfig
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import requests

from futurone_server.egress.addresses import is_denied, read_address
from futurone_server.egress.allowance import Allowance
from futurone_server.egress.errors import EgressRefused
from futurone_server.egress.target import Target, read_host, read_target

PORTS = frozenset({443, 465, 587})
"""Where messages are protected on their way: HTTPS, and mail with TLS from the start or from the first words."""

_DIAL_S, _ANSWER_S = 5.0, 15.0
_ANSWER_BYTES_MAX = 64 << 10
_ZONES = ("/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo")
_NEVER = (
    "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "pty.", "ctypes.dlopen",
    "socket.bind", "socket.sendto", "socket.sendmsg", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link",
    "os.symlink", "os.truncate", "os.chmod", "os.chown", "os.kill", "os.putenv", "shutil.", "tempfile.", "ftplib.",
    "imaplib.", "poplib.", "telnetlib.", "webbrowser.", "sqlite3.",
)  # fmt: skip
"""Events of the interpreter (docs.python.org/3/library/audit_events.html), or how they begin, that never go through."""


class WalledInError(PermissionError):
    """What was tried is not allowed here. An OSError, because libraries expect those of sockets and files."""


class Walls:
    """The rules of this process, and what happened under them. ``put_up`` cannot be undone."""

    def __init__(self, allow: Allowance) -> None:
        self._allow = allow
        self._checked: dict[tuple[str, int], bool] = {}
        self._readable: tuple[str, ...] = ()
        self.connections = 0
        self.status: int | None = None
        self.fault: str | None = None

    def holds(self, host: str, port: int) -> bool:
        """Whether the operator allows this host and port whatever they are."""
        return (host, port) in self._allow.pairs

    def refusal(self, host: str, port: int, *, is_secure: bool) -> str | None:
        """Why nothing is sent to this host and port, as far as that is known without a look-up; None where it is."""
        try:
            name, address = read_host(f"[{host}]" if ":" in host else host)
        except EgressRefused as error:
            return error.message.removeprefix("This URL is not used: ").removesuffix(".")
        if self.holds(name, port):
            return None
        if not is_secure:
            return "it must use TLS"
        if port not in PORTS:
            return f"only the ports {', '.join(map(str, sorted(PORTS)))} are used"
        return "its address is private or reserved" if address is not None and is_denied(address) else None

    def put_up(self) -> None:
        """Put this process behind the walls, for good."""
        folders = {*sysconfig.get_paths().values(), *filter(os.path.isdir, sys.path), *_ZONES}
        self._readable = tuple(os.path.realpath(folder) + os.sep for folder in folders)
        _replace(socket, "getaddrinfo", self._look_up)
        _replace(socket.socket, "connect", self._connect)
        _replace(ssl.SSLSocket, "do_handshake", self._shake_hands)
        _replace(smtplib.SMTP, "getreply", self._get_reply)
        _replace(requests.Session, "send", self._send)
        sys.addaudithook(self._watch)

    def _note(self, fault: str) -> None:
        if self.fault != "blocked":
            self.fault = fault

    def _block(self, why: str) -> WalledInError:
        self.fault = "blocked"
        return WalledInError(why)

    def _watch(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            address = arguments[1]
            if not isinstance(address, tuple) or (str(address[0]), address[1]) not in self._checked:
                raise self._block("this address was not checked")
        elif event == "open":
            self._check_open(*arguments)
        elif event.startswith(_NEVER):
            raise WalledInError(event)

    def _check_open(self, path: object, mode: object, flags: int) -> None:
        if isinstance(path, int):
            return
        is_written = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
        place = os.path.realpath(os.fsdecode(path))  # type: ignore[arg-type]  # what "open" was called with
        if is_written or not place.startswith(self._readable):
            raise WalledInError("no file but libraries")

    def _look_up(
        self, usual: Callable[..., Any], host: str | bytes | None, port: str | int | None, *rest: Any, **named: Any
    ) -> Any:
        """Every address of a host, all of them checked; one that is denied spoils the others."""
        text = host.decode() if isinstance(host, bytes) else host or ""
        try:
            name, _ = read_host(f"[{text}]" if ":" in text else text)
            number = int(port or 0)
        except (EgressRefused, ValueError):
            raise self._block("no valid host and port") from None
        is_allowed = self.holds(name, number)
        if not is_allowed and number not in PORTS:
            raise self._block("this port is not used")
        try:
            found = usual(name, number, *rest, **named)
        except OSError:
            self._note("dns")
            raise
        addresses = {str(one[4][0]) for one in found}
        if not is_allowed and any(_is_private(one) for one in addresses):
            raise self._block("a private or reserved address")
        self._checked |= dict.fromkeys(((one, number) for one in addresses), is_allowed)
        return found

    def _connect(self, usual: Callable[..., Any], connection: socket.socket, address: Any) -> None:
        try:
            usual(connection, address)
        except WalledInError:
            raise
        except OSError as error:
            self._note("timeout" if isinstance(error, TimeoutError) else "connect")
            raise
        self.connections += 1
        # A connection whose two ends have one address stays on this machine, whatever public address that is.
        is_this_machine = connection.getsockname()[0] == connection.getpeername()[0]
        if is_this_machine and not self._checked[str(address[0]), address[1]]:
            raise self._block("this machine itself")

    def _shake_hands(self, usual: Callable[..., Any], *rest: Any, **named: Any) -> None:
        try:
            usual(*rest, **named)
        except ssl.SSLError:
            self._note("tls")
            raise

    def _get_reply(self, usual: Callable[..., Any], *rest: Any) -> Any:
        reply = usual(*rest)
        # The last word about the message: what says no is kept, and a polite QUIT is answered with 221.
        if reply[0] != 221 and (self.status is None or self.status < 400):
            self.status = reply[0]
        return reply

    def _send(self, usual: Callable[..., Any], session: object, request: Any, **named: Any) -> Any:
        """One request: over HTTPS, no redirects, no proxies, no client certificate, a bounded answer."""
        try:
            target: Target = read_target(str(request.url))
        except EgressRefused as error:
            raise self._block(error.message) from None
        if target.scheme != "https" and not self._allow.holds(target):
            raise self._block("plain http")
        named |= {"allow_redirects": False, "proxies": {}, "cert": None, "stream": True}
        named |= {"verify": _certificates(), "timeout": (_DIAL_S, _ANSWER_S)}
        try:
            response = usual(session, request, **named)
        except requests.Timeout:
            self._note("timeout")
            raise
        self.status = int(response.status_code)
        # What stands in the answer matters little, and that it came has been seen: it is cut rather than missed.
        response._content = b""
        with suppress(Exception):
            response._content = response.raw.read(_ANSWER_BYTES_MAX, decode_content=True)
        return response


def _certificates() -> str:
    """The certificates of the system, as for everything else that leaves; those of a package where it has none."""
    return ssl.get_default_verify_paths().cafile or str(requests.utils.DEFAULT_CA_BUNDLE_PATH)


def _is_private(text: str) -> bool:
    address = read_address(text)
    return address is None or is_denied(address)


def _replace(owner: Any, name: str, by: Callable[..., Any]) -> None:
    """Have a function of a library go through ours, which is handed the one that it replaces."""
    usual = getattr(owner, name)

    def through(*given: Any, **named: Any) -> Any:
        return by(usual, *given, **named)

    setattr(owner, name, through)
