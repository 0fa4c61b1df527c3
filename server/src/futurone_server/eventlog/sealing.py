"""Sealing: every run's content under a key of its own, wrapped by the key of an hour, or by the root key if it is kept.

Destroying a run's key makes its content unreadable in the database. Copies of the wrapped key survive in old
write-ahead log and in old backups: they open as long as the file with the hour's key exists, and that is destroyed soon
after the hour (``epochs``). Keys of runs whose content is kept are wrapped by the root key, and survive with backups.
"""

from collections import OrderedDict
from dataclasses import dataclass

from futurone_server.eventlog.epochkeys import EpochKeys
from futurone_server.kit import ids, json
from futurone_server.kit.crypto import CannotOpen, Sealer, derive, new_key
from futurone_server.kit.errors import Gone

KEPT = "kept"
"""What stands where the id of an epoch would: the run's key is wrapped by the long-lived key."""

EPOCH_PREFIX = "ep_"
_BY_EPOCH = b"\x02"
_ID_BYTES = len(EPOCH_PREFIX) + ids.LENGTH
_SAMPLE = "sample"
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


@dataclass(frozen=True, kw_only=True)
class Wrapping:
    """What wraps the keys of new runs: the key of an hour, by its id, or the long-lived key."""

    epoch: str
    sealer: Sealer

    def wrap(self, key: bytes, place: str) -> bytes:
        """A key as it is stored. It says itself by what it is wrapped."""
        sealed = self.sealer.seal(key, place)
        return sealed if self.epoch == KEPT else _BY_EPOCH + self.epoch.encode() + sealed


@dataclass(frozen=True, kw_only=True)
class NewSeal:
    """The key of a new run: what seals with it, the key as it is stored, by what it is wrapped, and a sample of it."""

    seal: RunSeal
    wrapped: bytes
    epoch: str
    sample: bytes


class Seals:
    """Makes, wraps and unwraps the keys of runs and of workspaces."""

    def __init__(self, root_key: bytes, epochs: EpochKeys | None = None) -> None:
        """``epochs`` are needed where keys of runs are wrapped by an hour's key; nothing else asks for them."""
        self._root = Sealer(derive(root_key, "wrap"))
        self._fingerprints = derive(root_key, "fingerprint")
        self._epochs = epochs
        self._cached: OrderedDict[str, RunSeal] = OrderedDict()

    @property
    def epochs(self) -> EpochKeys:
        """The keys of hours."""
        assert self._epochs is not None
        return self._epochs

    def kept(self) -> Wrapping:
        """The long-lived key, for runs whose content is kept."""
        return Wrapping(epoch=KEPT, sealer=self._root)

    def new_run(self, workspace_id: str, run_id: str, wrapping: Wrapping) -> NewSeal:
        """A fresh key for a run."""
        key = new_key()
        seal = RunSeal(workspace_id, run_id, key)
        self._remember(run_id, seal)
        wrapped = wrapping.wrap(key, key_place(workspace_id, run_id))
        return NewSeal(seal=seal, wrapped=wrapped, epoch=wrapping.epoch, sample=seal.seal(_SAMPLE, b""))

    def of_run(self, workspace_id: str, run_id: str, wrapped: bytes | None) -> RunSeal:
        """What opens a run's content. Raises Gone once its key has been destroyed, KeyMissing when it is elsewhere."""
        if wrapped is None:
            self.forget(run_id)
            raise Gone("The content of this run has been erased.")
        seal = self._cached.get(run_id)
        if seal is None:
            seal = RunSeal(workspace_id, run_id, self.key_of(workspace_id, run_id, wrapped))
            self._remember(run_id, seal)
        return seal

    def key_of(self, workspace_id: str, run_id: str, wrapped: bytes) -> bytes:
        """A run's key itself. Raises Gone and KeyMissing."""
        epoch = epoch_of(wrapped)
        sealer = self._root if epoch is None else self.epochs.get(epoch)
        try:
            return sealer.open(wrapped if epoch is None else wrapped[1 + _ID_BYTES :], key_place(workspace_id, run_id))
        except CannotOpen:
            raise Gone("The key of this run does not open with this server's root key.") from None

    def rewrap(self, workspace_id: str, run_id: str, wrapped: bytes, wrapping: Wrapping) -> tuple[bytes, bytes]:
        """A run's key under another wrapping, and a sample of it. Raises Gone and KeyMissing."""
        key = self.key_of(workspace_id, run_id, wrapped)
        sample = RunSeal(workspace_id, run_id, key).seal(_SAMPLE, b"")
        return wrapping.wrap(key, key_place(workspace_id, run_id)), sample

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


def epoch_of(wrapped: bytes) -> str | None:
    """The id of the epoch whose key wraps a run's key; None when that is the root key."""
    return wrapped[1 : 1 + _ID_BYTES].decode() if wrapped[:1] == _BY_EPOCH else None


def key_place(workspace_id: str, run_id: str) -> str:
    """For which place a run's key is wrapped."""
    return f"{workspace_id}|{run_id}|key"


def sample_place(workspace_id: str, run_id: str) -> str:
    """For which place the sample of a run's key is sealed."""
    return f"{workspace_id}|{run_id}|{_SAMPLE}"
