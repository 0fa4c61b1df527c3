"""Signing secrets as they are stored: sealed for their owner, an endpoint or a workspace."""

from datetime import datetime

from futurone_server.eventlog import Seals
from futurone_server.features.keys import Mode
from futurone_server.kit import crypto


def secret_id(workspace_id: str, mode: Mode) -> str:
    """The id of what signs for the addresses that a workspace's runs name."""
    return f"{workspace_id}.{mode.value}"


class SecretSeals:
    """Makes and opens signing secrets. ``owner`` is the id of an endpoint or of a workspace's secret."""

    def __init__(self, seals: Seals) -> None:
        self._seals = seals

    def new(self, owner: str) -> tuple[bytes, bytes]:
        """A fresh secret, and the same as it is stored."""
        secret = crypto.new_key()
        return secret, self._seals.wrap(secret, _place(owner))

    def valid(
        self, owner: str, secret: bytes, old_secret: bytes | None, old_until: datetime | None, now: datetime
    ) -> tuple[bytes, ...]:
        """The secrets that sign now, the newest first: during an overlap there are two."""
        sealed = [secret]
        if old_secret is not None and old_until is not None and old_until > now:
            sealed.append(old_secret)
        return tuple(self._seals.unwrap(one, _place(owner)) for one in sealed)


def _place(owner: str) -> str:
    return f"webhook_secrets|{owner}"
