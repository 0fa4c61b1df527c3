"""The sender: a process for one message. It reads a letter from its parent, and says in a line what came of it.

It loads the code of one service, goes behind the walls, and only then looks at the URL. Nothing that a service or a
library says comes back but a class of failure and a status, so that no part of the URL can slip into a log.
"""

import signal
import sys
from importlib import import_module
from typing import Any, TypeGuard

from apprise import Apprise, AppriseAsset, NotifyFormat

from futurone_server.egress.addresses import is_denied, read_address
from futurone_server.egress.allowance import read_allow
from futurone_server.egress.channels.services import BadChannelError, Service, check_names, read_channel
from futurone_server.egress.channels.walls import Walls
from futurone_server.kit import json

_LETTER_BYTES_MAX = 64 << 10
_DEADLINE_S = 20
_DIAL_S, _ANSWER_S = 5.0, 15.0
_DEFAULT_PORTS = {"https": 443, "http": 80}
_NAME = "FuturOne"


def main() -> None:
    """Answer one letter: ``{"url", "allow", "deadline_s", "title", "body", "type"}``.

    Without a title the URL is only looked at. After ``deadline_s`` seconds the process ends, parent or not.
    """
    letter = json.load(sys.stdin.buffer.read(_LETTER_BYTES_MAX))
    assert isinstance(letter, dict)
    signal.alarm(letter.get("deadline_s", _DEADLINE_S))
    sys.stdout.buffer.write(json.dump(_answer(letter)) + b"\n")
    sys.stdout.flush()


def _answer(letter: dict[str, Any]) -> dict[str, object]:
    walls = Walls(read_allow(letter["allow"]))
    try:
        service = read_channel(letter["url"])
        kind = getattr(import_module(f"apprise.plugins.{service.module}"), service.kind)
        walls.put_up()
        channel = _open(kind, letter["url"])
        host = _check_place(channel, service, walls)
    except BadChannelError as error:
        return {"refused": str(error)}
    if "title" not in letter:
        return {"service": service.name, "host": host}
    asset = Apprise(asset=_asset())
    asset.add(channel)
    is_taken = asset.notify(
        body=letter["body"], title=letter["title"], notify_type=letter["type"], body_format=NotifyFormat.TEXT
    )
    return _outcome(walls, is_taken=bool(is_taken))


def _open(kind: Any, url: str) -> Any:
    """A service's own object for a URL, with what is decided here. Raises BadChannelError."""
    try:
        found = kind.parse_url(url)
        if found:
            check_names(found.get("qsd", {}))
        channel = kind(**found, asset=_asset()) if found else None
    except BadChannelError:
        raise
    except Exception:  # noqa: BLE001 - whatever a service thinks of what somebody typed
        channel = None
    if channel is None:
        raise BadChannelError("is not what this service's Apprise URLs look like")
    channel.verify_certificate, channel.redirects = True, False
    channel.socket_connect_timeout, channel.socket_read_timeout = _DIAL_S, _ANSWER_S
    channel.retry, channel.persistent_storage = 0, False
    return channel


def _check_place(channel: Any, service: Service, walls: Walls) -> str | None:
    """The host that a URL names, if it names one, once it is known to be allowed. Raises BadChannelError."""
    if not service.is_hosted:
        _check_number(channel, walls)
        return None
    if service.name == "mailto":
        host, port, is_secure = channel.smtp_host, channel.port, channel.secure_mode != "insecure"
        if not channel.targets:
            raise BadChannelError("must name somebody whom the mail goes to")
    else:
        host, is_secure = channel.host, bool(channel.secure)
        port = channel.port or _DEFAULT_PORTS["https" if is_secure else "http"]
    if not _is_text(host):
        raise BadChannelError("must name a host")
    host = host.removeprefix("[").removesuffix("]")
    why = walls.refusal(host, port, is_secure=is_secure)
    if why is not None:
        unless = "unless the operator allows its host and port in FUTURONE_EGRESS_ALLOW"
        raise BadChannelError(f"names a host that no message is sent to: {why}, {unless}")
    return host


def _check_number(channel: Any, walls: Walls) -> None:
    """Refuse a private address where a token usually stands: some of these services can be one's own."""
    host = getattr(channel, "host", None)
    address = read_address(host.removeprefix("[").removesuffix("]")) if _is_text(host) else None
    if address is not None and is_denied(address) and not walls.holds(str(address), channel.port or 443):
        raise BadChannelError(
            "names a host that no message is sent to: its address is private or reserved, unless the operator allows"
            " its host and port in FUTURONE_EGRESS_ALLOW"
        )


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value != ""


def _outcome(walls: Walls, *, is_taken: bool) -> dict[str, object]:
    """What came of it. A service that says yes is believed only when something has left."""
    if is_taken and walls.connections:
        return {"status": walls.status, "fault": None}
    # An answer is a word of the service; what was noted before it is no longer why.
    is_answered = walls.status is not None and walls.fault in (None, "connect", "dns")
    return {"status": walls.status, "fault": "status" if is_answered else walls.fault or "broken"}


def _asset() -> AppriseAsset:
    """Our name instead of the library's, no pictures from anywhere, nothing kept, one thing after another."""
    return AppriseAsset(
        app_id=_NAME,
        app_desc=_NAME,
        app_url="",
        image_url_mask="",
        image_url_logo="",
        image_path_mask="",
        async_mode=False,
        storage_mode="memory",
        service_timeout=0,
    )


if __name__ == "__main__":
    main()
