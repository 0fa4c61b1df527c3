"""Sealing: every run's content under a key of its own, wrapped by a root key that is not in the database.

Destroying the run's key makes its content unreadable in the database. A copy of the wrapped key may survive in old
write-ahead log and in old backups, and opens with the root key: so a backup of the database and one of the key
directory must not lie in the same place (``docs/decisions``).
"""

from collections import OrderedDict
from dataclasses import dataclass

from futurone_server.kit import json
from futurone_server.kit.crypto import CannotOpen, Sealer, derive, new_key
from futurone_server.kit.errors import Gone

_CACHED_KEYS_MAX = 4_096


@dataclass(frozen=True)
class Content:
    """Something a person or a tool wrote. It does not print, so that it cannot slip into a log by accident."""

    value: object

    def __repr__(self) -> str:
        return "<content>"

    __str__ = __repr__


class RunSeal:
    """Seals and opens one run's content. A place is ``table|row``; what is moved elsewhere does not open."""

    def __init__(self, workspace_id: str, run_id: str, key: bytes) -> None:
        self.workspace_id = workspace_id
        self.run_id = run_id
        self._sealer = Sealer(key)
        self._owner = f"{workspace_id}|{run_id}"

    def seal(self, place: str, plain: bytes) -> bytes:
        """Seal bytes for one place of this run."""
        return self._sealer.seal(plain, f"{self._owner}|{place}")

    def open(self, place: str, sealed: bytes) -> bytes:
        """The bytes sealed for this place. Raises CannotOpen."""
        return self._sealer.open(sealed, f"{self._owner}|{place}")

    def seal_json(self, place: str, value: object) -> bytes:
        """Seal a JSON value for one place of this run."""
        return self.seal(place, json.dump(value))

    def open_json(self, place: str, sealed: bytes) -> object:
        """The JSON value sealed for this place. Raises CannotOpen."""
        return json.load(self.open(place, sealed))


class Seals:
    """Makes, wraps and unwraps the keys of runs and of workspaces."""

    def __init__(self, root_key: bytes) -> None:
        self._root = Sealer(derive(root_key, "wrap"))
        self._fingerprints = derive(root_key, "fingerprint")
        self._cached: OrderedDict[str, RunSeal] = OrderedDict()

    def new_run(self, workspace_id: str, run_id: str) -> tuple[RunSeal, bytes]:
        """A fresh key for a run: what seals with it, and the key as it is stored (wrapped)."""
        key = new_key()
        seal = RunSeal(workspace_id, run_id, key)
        self._remember(run_id, seal)
        return seal, self._root.seal(key, f"{workspace_id}|{run_id}|key")

    def of_run(self, workspace_id: str, run_id: str, wrapped: bytes | None) -> RunSeal:
        """What opens a run's content. Raises Gone once its key has been destroyed."""
        if wrapped is None:
            self.forget(run_id)
            raise Gone("The content of this run has been erased.")
        seal = self._cached.get(run_id)
        if seal is None:
            try:
                key = self._root.open(wrapped, f"{workspace_id}|{run_id}|key")
            except CannotOpen:
                raise Gone("The key of this run does not open with this server's root key.") from None
            seal = RunSeal(workspace_id, run_id, key)
            self._remember(run_id, seal)
        return seal

    def forget(self, run_id: str) -> None:
        """Drop a run's key from this process."""
        self._cached.pop(run_id, None)

    def purpose_key(self, purpose: str) -> bytes:
        """A key for one purpose that is not a run's: cursors, fingerprints, signed links."""
        return derive(self._fingerprints, purpose)

    def wrap(self, key: bytes, place: str) -> bytes:
        """A key of a vault file or a workspace, as it is stored."""
        return self._root.seal(key, place)

    def unwrap(self, wrapped: bytes, place: str) -> bytes:
        """The key that was wrapped for this place. Raises CannotOpen."""
        return self._root.open(wrapped, place)

    def _remember(self, run_id: str, seal: RunSeal) -> None:
        self._cached[run_id] = seal
        if len(self._cached) > _CACHED_KEYS_MAX:
            self._cached.popitem(last=False)
