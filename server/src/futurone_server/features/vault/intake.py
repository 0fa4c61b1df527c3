"""A file on its way in: sealed as its bytes come, stored about a MiB at a time, and visible only when complete."""

import contextlib
import hashlib
from datetime import datetime

from futurone_server.blobs import Blob, Blobs
from futurone_server.features.vault import rules
from futurone_server.features.vault.media import HEAD_BYTES, sniff
from futurone_server.features.vault.sealing import FileSeals
from futurone_server.features.vault.store import SealedFile
from futurone_server.features.vault.types import File, IndexState, Label
from futurone_server.kit import limits
from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import Unavailable
from futurone_server.kit.ids import new_id
from futurone_server.store.database import Database, Tx, of_workspace


class Intake:
    """Takes one file in. Small ones reach the database in the one transaction that makes them visible.

    Until then the file's key exists in this object only: what an interrupted upload leaves behind opens for nobody.
    """

    def __init__(self, db: Database, clock: Clock, blobs: Blobs, seals: FileSeals, *, workspace_id: str) -> None:
        self._db = db
        self._clock = clock
        self._blobs = blobs
        self._blob = Blob(workspace_id=workspace_id, ref=new_id(rules.PREFIX, clock.now()))
        self._seal, self._sealed_key = seals.new(workspace_id, self._blob.ref)
        self._chunks = self._seal.chunk_sealer()
        self._waiting: list[bytes] = []
        self._stored = 0
        self._size = 0
        self._head = b""
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """The digest of what has come so far, in hex."""
        return self._digest.hexdigest()

    @property
    def file_id(self) -> str:
        """The id that the file will have."""
        return self._blob.ref

    async def take(self, plain: bytes) -> None:
        """Take the next bytes. Raises TooLarge (FILE_TOO_LARGE), BlobVanished, Unavailable."""
        self._size += len(plain)
        if self._size > limits.UPLOAD_BYTES_MAX:
            raise rules.too_large()
        self._digest.update(plain)
        if len(self._head) < HEAD_BYTES:
            self._head += plain[: HEAD_BYTES - len(self._head)]
        self._waiting += self._chunks.add(plain)
        if len(self._waiting) >= rules.BATCH_CHUNKS:
            async with self._db.transaction(of_workspace(self._blob.workspace_id)) as tx:
                await self._store(tx)

    async def _store(self, tx: Tx) -> None:
        await self._blobs.add(tx, self._blob, self._waiting, first=self._stored, at=self._clock.now())
        self._stored += len(self._waiting)
        self._waiting = []

    async def settle(self, tx: Tx) -> None:
        """All bytes have come: store the rest of them for good. Raises BlobVanished."""
        self._waiting.append(self._chunks.end())
        await self._store(tx)
        await self._blobs.settle(tx, self._blob)

    async def abandon(self, tx: Tx) -> None:
        """Leave nothing of it."""
        if self._stored:
            await self._blobs.abandon(tx, self._blob)

    async def clear(self) -> None:
        """Leave nothing of it, if that can be done now; otherwise it is swept later."""
        if self._stored:
            with contextlib.suppress(Unavailable):
                async with self._db.transaction(of_workspace(self._blob.workspace_id)) as tx:
                    await self.abandon(tx)

    def file(self, label: Label, at: datetime) -> File:
        """The file that all of this makes. Raises Invalid when what is said of it does not hold."""
        rules.check_folder(label.folder_id)
        name = rules.display_name(label.name)
        return File(
            id=self.file_id,
            workspace_id=self._blob.workspace_id,
            name=name,
            type=sniff(name, self._head, label.declared_type),
            size=self._size,
            folder_id=label.folder_id,
            sha256=self.sha256,
            index_state=IndexState.PENDING,
            created_at=at,
            updated_at=at,
        )

    def row(self, file: File) -> SealedFile:
        """The file as it is stored."""
        return SealedFile(
            id=file.id,
            workspace_id=file.workspace_id,
            sealed_key=self._sealed_key,
            head=self._seal.seal_head(file.name, file.sha256),
            type=file.type,
            size=file.size,
            folder_id=file.folder_id,
            index_state=file.index_state.value,
            created_at=file.created_at,
            updated_at=file.updated_at,
        )
