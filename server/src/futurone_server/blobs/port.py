"""The port: what a place for sealed bytes must be able to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from futurone_server.store.database import Tx


@dataclass(frozen=True, kw_only=True)
class Blob:
    """The name of one stream of sealed bytes: whose it is, and the id of the thing it belongs to."""

    workspace_id: str
    ref: str


class BlobVanished(Exception):
    """The blob was given up, or swept as a leftover, while bytes were still being added to it."""


class Blobs(Protocol):
    """Keeps sealed chunks by number, counted from 0. What it keeps, it cannot read.

    Every method takes the caller's transaction: an adapter that keeps bytes outside the database writes down there what
    it must do once the transaction commits. A blob is *settled* when all of it is there; what is not settled is a
    leftover as soon as nobody adds to it any more.
    """

    async def add(self, tx: Tx, blob: Blob, chunks: Sequence[bytes], *, first: int, at: datetime) -> None:
        """Add chunks from number ``first`` on; 0 begins the blob. Raises BlobVanished."""
        ...

    async def settle(self, tx: Tx, blob: Blob) -> None:
        """All chunks are there: keep them until they are removed. Raises BlobVanished."""
        ...

    async def load(self, tx: Tx, blob: Blob, *, first: int, count: int) -> list[bytes]:
        """Up to ``count`` chunks from number ``first`` on, in order; fewer where there are no more."""
        ...

    async def abandon(self, tx: Tx, blob: Blob) -> None:
        """Remove a blob unless it is settled; without effect when there is none."""
        ...

    async def remove(self, tx: Tx, blob: Blob) -> None:
        """Remove a blob, settled or not; without effect when there is none."""
        ...

    async def sweep(self, tx: Tx, older_than: datetime) -> int:
        """Remove leftovers that nothing was added to since a moment; returns how many there were."""
        ...
