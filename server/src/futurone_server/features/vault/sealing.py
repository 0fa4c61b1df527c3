"""Sealing of files: each under a key of its own, which is wrapped by the root key and dies with the file's row."""

import structlog

from futurone_server.blobs import ChunkOpener, ChunkSealer
from futurone_server.eventlog import Seals
from futurone_server.features.vault.store import SealedFile
from futurone_server.features.vault.types import File, IndexState
from futurone_server.kit import json
from futurone_server.kit.crypto import CannotOpen, Sealer, new_key
from futurone_server.kit.errors import Gone

_log = structlog.get_logger("futurone.vault")


class FileSeal:
    """Seals one file: its bytes in chunks, and its head (name and digest)."""

    def __init__(self, workspace_id: str, file_id: str, key: bytes) -> None:
        self._key = key
        self._owner = f"{workspace_id}|{file_id}"

    def chunk_sealer(self) -> ChunkSealer:
        """What seals the file's bytes as they come."""
        return ChunkSealer(self._key, self._owner)

    def chunk_opener(self, size_bytes: int) -> ChunkOpener:
        """What opens the file's bytes."""
        return ChunkOpener(self._key, self._owner, size_bytes)

    def seal_head(self, name: str, sha256: str) -> bytes:
        """Name and digest, as they are stored."""
        return Sealer(self._key).seal(json.dump([name, sha256]), f"{self._owner}|head")

    def open_head(self, sealed: bytes) -> tuple[str, str]:
        """Name and digest. Raises CannotOpen."""
        found = json.load(Sealer(self._key).open(sealed, f"{self._owner}|head"))
        assert isinstance(found, list)
        return str(found[0]), str(found[1])


class FileSeals:
    """Makes the keys of files, and finds them again."""

    def __init__(self, seals: Seals) -> None:
        self._seals = seals

    def new(self, workspace_id: str, file_id: str) -> tuple[FileSeal, bytes]:
        """A fresh key for a file: what seals with it, and the key as it is stored (wrapped)."""
        key = new_key()
        wrapped = self._seals.wrap(key, f"{workspace_id}|{file_id}|key")
        return FileSeal(workspace_id, file_id, key), wrapped

    def of(self, row: SealedFile) -> FileSeal:
        """What opens a file. Raises Gone when its key does not open."""
        try:
            key = self._seals.unwrap(row.sealed_key, f"{row.workspace_id}|{row.id}|key")
        except CannotOpen:
            raise Gone("The key of this file does not open with this server's root key.") from None
        return FileSeal(row.workspace_id, row.id, key)

    def open(self, row: SealedFile) -> File:
        """A file as its owners see it. Raises Gone when it does not open."""
        try:
            name, sha256 = self.of(row).open_head(row.head)
        except CannotOpen:
            raise damaged(row.id) from None
        return File(
            id=row.id,
            workspace_id=row.workspace_id,
            name=name,
            type=row.type,
            size=row.size,
            folder_id=row.folder_id,
            sha256=sha256,
            index_state=IndexState(row.index_state),
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


def damaged(file_id: str) -> Gone:
    """The refusal of a file whose stored bytes are not those that were sealed; it is logged too."""
    _log.error("vault.damaged", file_id=file_id)
    return Gone("What is stored of this file is damaged. Delete it and upload it again.", "CONTENT_DAMAGED")
