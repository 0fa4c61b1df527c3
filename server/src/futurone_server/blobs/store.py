"""Blobs in PostgreSQL: chunks as rows, in the transactions of those who own them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from futurone_server.blobs.port import Blob, BlobVanished
from futurone_server.blobs.tables import blob_chunks, blobs
from futurone_server.store.database import Tx


class PostgresBlobs:
    """Keeps sealed chunks in the product's own database."""

    async def add(self, tx: Tx, blob: Blob, chunks: Sequence[bytes], *, first: int, at: datetime) -> None:
        """Add chunks from number ``first`` on; 0 begins the blob. Raises BlobVanished."""
        if first == 0:
            row = {"ref": blob.ref, "workspace_id": blob.workspace_id, "touched_at": at}
            await tx.execute(insert(blobs).values(row))
        else:
            await self._change(tx, blob, touched_at=at)
        rows = [
            {"ref": blob.ref, "workspace_id": blob.workspace_id, "n": n, "sealed": sealed}
            for n, sealed in enumerate(chunks, first)
        ]
        await tx.execute(insert(blob_chunks), rows)

    async def settle(self, tx: Tx, blob: Blob) -> None:
        """All chunks are there: keep them until they are removed. Raises BlobVanished."""
        await self._change(tx, blob, is_settled=True)

    async def _change(self, tx: Tx, blob: Blob, **values: object) -> None:
        mine = (blobs.c.workspace_id == blob.workspace_id, blobs.c.ref == blob.ref, ~blobs.c.is_settled)
        changed = await tx.execute(update(blobs).where(*mine).values(values))
        if changed.rowcount != 1:
            raise BlobVanished(blob.ref)

    async def load(self, tx: Tx, blob: Blob, *, first: int, count: int) -> list[bytes]:
        """Up to ``count`` chunks from number ``first`` on, in order; fewer where there are no more."""
        c = blob_chunks.c
        mine = (c.workspace_id == blob.workspace_id, c.ref == blob.ref, c.n >= first, c.n < first + count)
        found = (await tx.execute(select(c.n, c.sealed).where(*mine).order_by(c.n))).all()
        # A gap ends what can be had: whoever asks must never take a later chunk for an earlier one.
        return [row.sealed for n, row in enumerate(found, first) if row.n == n]

    async def abandon(self, tx: Tx, blob: Blob) -> None:
        """Remove a blob unless it is settled; without effect when there is none."""
        mine = (blobs.c.workspace_id == blob.workspace_id, blobs.c.ref == blob.ref, ~blobs.c.is_settled)
        await tx.execute(delete(blobs).where(*mine))

    async def remove(self, tx: Tx, blob: Blob) -> None:
        """Remove a blob, settled or not; without effect when there is none."""
        await tx.execute(delete(blobs).where(blobs.c.workspace_id == blob.workspace_id, blobs.c.ref == blob.ref))

    async def sweep(self, tx: Tx, older_than: datetime) -> int:
        """Remove leftovers that nothing was added to since a moment; returns how many there were."""
        gone = await tx.execute(delete(blobs).where(~blobs.c.is_settled, blobs.c.touched_at < older_than))
        return gone.rowcount
