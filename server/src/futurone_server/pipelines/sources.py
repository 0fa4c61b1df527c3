"""Where a run's documents come from: the vault files it was given, or those of the vault that may hold the answer."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from futurone_server.features.runs import Run
from futurone_server.features.vault import Described, VaultSearch, VaultService
from futurone_server.kit.errors import NotFound
from futurone_server.pipelines.indexing import Indexing, think
from futurone_server.pipelines.outcomes import StepFailedError
from futurone_server.tools.documents import Document, UnreadableDocument, parse
from futurone_server.tools.retrieval import Index

_CHANGED = ("SOURCES_CHANGED", "A file of this run was deleted while it was working.")


@dataclass(frozen=True, kw_only=True)
class Unread:
    """A file that could not be read, and why."""

    name: str
    reason_code: str
    message: str


class Sources:
    """The documents of one run in hand. They are held in this worker's memory and nowhere else."""

    def __init__(self, vault: VaultService, search: VaultSearch, indexing: Indexing, run: Run) -> None:
        self._vault = vault
        self._search = search
        self._indexing = indexing
        self._run = run
        self._index: tuple[tuple[str, ...], Index] | None = None
        self._building = asyncio.Lock()

    async def has_any(self, *, may_search: bool) -> bool:
        """Whether there is anything at all to look into: files given, or a vault that may be searched."""
        return bool(self._run.files) or (may_search and await self._search.has_any(self._run.workspace_id))

    async def chosen(self, query: str) -> Sequence[Described]:
        """The files to read: those given with the run, else those of the vault whose words fit the query best."""
        files: Sequence[str] = self._run.files
        if not files:
            await self._indexing.catch_up(self._run.workspace_id)
            files = await self._search.rank(self._run.workspace_id, await self._indexing.terms(query))
        return await self.describe(files)

    async def describe(self, file_ids: Sequence[str]) -> Sequence[Described]:
        """Name, type and size of files. Raises StepFailedError when one was deleted meanwhile."""
        try:
            return await self._vault.describe(self._run.workspace_id, file_ids)
        except NotFound as error:
            raise StepFailedError(*_CHANGED) from error

    async def read(self, file_id: str) -> bytes:
        """The bytes of one file. Raises StepFailedError when it was deleted meanwhile."""
        try:
            return await self._vault.read(self._run.workspace_id, file_id)
        except NotFound as error:
            raise StepFailedError(*_CHANGED) from error

    async def document(self, file: Described) -> Document | Unread:
        """One file as text that can be quoted, or why it cannot be read."""
        try:
            data = await self._vault.read(self._run.workspace_id, file.id)
        except NotFound:
            return Unread(name=file.name, reason_code="DELETED", message="The file was deleted meanwhile.")
        try:
            return await think(lambda: parse(file.name, file.type, data))
        except UnreadableDocument as error:
            return Unread(name=file.name, reason_code=error.reason_code, message=str(error))

    async def index(self, file_ids: Sequence[str]) -> Index:
        """An index over files, built once for all steps of the run that run here."""
        wanted = tuple(file_ids)
        async with self._building:
            if self._index is None or self._index[0] != wanted:
                found = [await self.document(file) for file in await self.describe(wanted)]
                documents = [one for one in found if isinstance(one, Document)]
                self._index = (wanted, await think(lambda: Index(documents)))
        return self._index[1]
