"""The keys of the hours: each in a file of its own, wrapped by the root key, held in memory while it is needed."""

from futurone_server.kit.crypto import CannotOpen, Sealer, derive, new_key
from futurone_server.kit.errors import Unavailable
from futurone_server.store.keyfiles import KeyFiles

_HELD_MAX = 1_000


class KeyMissing(Unavailable):
    """The key of the hour that wraps a run's key is not in this process's key directory.

    Either the directory is not the one that the other processes of this database use, or the database is older than the
    directory (restored from a backup), and then what this key sealed is gone.
    """


def _missing() -> KeyMissing:
    return KeyMissing("The content cannot be opened here: a key is missing in this server's key directory.")


class EpochKeys:
    """Makes, opens and destroys the keys of hours in one key directory."""

    def __init__(self, files: KeyFiles, root_key: bytes) -> None:
        self.files = files
        self._root = Sealer(derive(root_key, "wrap-epoch"))
        self._held: dict[str, Sealer] = {}

    def make(self, epoch_id: str) -> None:
        """A new key under a name, durable before this returns. Raises OSError."""
        self.files.write(epoch_id, self._root.seal(new_key(), epoch_id))

    def find(self, epoch_id: str) -> Sealer | None:
        """What wraps and unwraps under an hour's key; None when it is not here, or no longer."""
        sealer = self._held.get(epoch_id)
        if sealer is None:
            wrapped = self.files.read(epoch_id)
            if wrapped is None:
                return None
            try:
                sealer = Sealer(self._root.open(wrapped, epoch_id))
            except CannotOpen:
                return None
            if len(self._held) >= _HELD_MAX:
                self._held.clear()
            self._held[epoch_id] = sealer
        return sealer

    def get(self, epoch_id: str) -> Sealer:
        """The same. Raises KeyMissing."""
        sealer = self.find(epoch_id)
        if sealer is None:
            raise _missing()
        return sealer

    def forget(self, epoch_id: str) -> None:
        """Drop an hour's key from this process."""
        self._held.pop(epoch_id, None)
