"""Chunks: a stream of bytes sealed piece by piece under one key, so that no piece can be moved, swapped or cut off.

Every chunk but the last holds exactly ``chunk_bytes``. Its number, and whether it is the last, are part of the place it
is sealed for: a chunk that stands elsewhere does not open, nor does one that became the last because others were cut
off.
"""

from futurone_server.kit import limits
from futurone_server.kit.crypto import Sealer


def _place(owner: str, n: int, *, is_last: bool) -> str:
    return f"{owner}|chunk {n}|{'last' if is_last else 'more'}"


class ChunkSealer:
    """Seals a stream as it comes; never holds more than one chunk of it in plain form."""

    def __init__(self, key: bytes, owner: str, *, chunk_bytes: int = limits.BLOB_CHUNK_BYTES) -> None:
        """``key`` is this stream's alone. ``owner`` says whose bytes these are, and must be said again to open them."""
        self._sealer = Sealer(key)
        self._owner = owner
        self._chunk_bytes = chunk_bytes
        self._held = bytearray()
        self._sealed = 0

    def add(self, plain: bytes) -> list[bytes]:
        """Take the next bytes; returns the chunks that they filled, sealed, in order."""
        self._held += plain
        filled = []
        # A full chunk waits until more follows: whether it is the last is not known before.
        while len(self._held) > self._chunk_bytes:
            filled.append(self._seal(bytes(self._held[: self._chunk_bytes]), is_last=False))
            del self._held[: self._chunk_bytes]
        return filled

    def end(self) -> bytes:
        """No more bytes follow: the last chunk, sealed. An empty stream has one empty chunk."""
        last = self._seal(bytes(self._held), is_last=True)
        self._held.clear()
        return last

    def _seal(self, plain: bytes, *, is_last: bool) -> bytes:
        sealed = self._sealer.seal(plain, _place(self._owner, self._sealed, is_last=is_last))
        self._sealed += 1
        return sealed


class ChunkOpener:
    """Opens the chunks of a stream of ``size_bytes``."""

    def __init__(self, key: bytes, owner: str, size_bytes: int, *, chunk_bytes: int = limits.BLOB_CHUNK_BYTES) -> None:
        """Key, owner and chunk size are those that the stream was sealed with."""
        self._sealer = Sealer(key)
        self._owner = owner
        self.count = max(1, -(-size_bytes // chunk_bytes))

    def open(self, n: int, sealed: bytes) -> bytes:
        """The bytes of chunk ``n``, counted from 0. Raises CannotOpen."""
        return self._sealer.open(sealed, _place(self._owner, n, is_last=n == self.count - 1))
