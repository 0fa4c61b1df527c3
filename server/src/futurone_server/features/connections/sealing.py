"""Secrets of connections as they are stored: each under a key of its own, for one connection of one workspace."""

from dataclasses import dataclass, field

from futurone_server.eventlog import Seals
from futurone_server.kit.crypto import Sealer, new_key


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """A secret as it is stored: the wrapped key, and what it seals."""

    key: bytes = field(repr=False)
    secret: bytes = field(repr=False)


class ConnectionSeals:
    """Seals and opens the secrets of connections."""

    def __init__(self, seals: Seals) -> None:
        self._seals = seals

    def seal(self, workspace_id: str, connection_id: str, secret: str) -> Sealed:
        """A secret under a fresh key."""
        key, owner = new_key(), f"connections|{workspace_id}|{connection_id}"
        sealed = Sealer(key).seal(secret.encode(), f"{owner}|secret")
        return Sealed(key=self._seals.wrap(key, f"{owner}|key"), secret=sealed)

    def open(self, workspace_id: str, connection_id: str, sealed: Sealed) -> str:
        """The secret itself. Raises CannotOpen."""
        owner = f"connections|{workspace_id}|{connection_id}"
        key = self._seals.unwrap(sealed.key, f"{owner}|key")
        return Sealer(key).open(sealed.secret, f"{owner}|secret").decode()
