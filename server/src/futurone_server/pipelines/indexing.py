"""Indexing: a vault file's words go into the blind index soon after the upload, or when a run needs them at once."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from futurone_server.features.vault import VaultSearch, VaultService
from futurone_server.kit.errors import Gone, NotFound
from futurone_server.tools.documents import UnreadableDocument, parse
from futurone_server.tools.retrieval import Lexicon

T = TypeVar("T")
_READING = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reading")


async def think(work: Callable[[], T]) -> T:
    """Do work for the processor off the event loop, one piece at a time: reading, counting, ranking."""
    return await asyncio.get_running_loop().run_in_executor(_READING, work)


class Indexing:
    """Reads files and counts their words."""

    def __init__(self, vault: VaultService, search: VaultSearch) -> None:
        self._vault = vault
        self._search = search

    async def index(self, file_id: str) -> None:
        """Index one file, by its id alone, as the due table knows it."""
        workspace_id = await self._search.workspace_of(file_id)
        if workspace_id is not None:
            await self._index(workspace_id, file_id)

    async def catch_up(self, workspace_id: str) -> None:
        """Index what a workspace still has waiting."""
        for file_id in await self._search.pending(workspace_id):
            await self._index(workspace_id, file_id)

    async def terms(self, text: str) -> list[str]:
        """The terms of a query."""
        return await think(lambda: list(Lexicon().count(text, 0, len(text))))

    async def _index(self, workspace_id: str, file_id: str) -> None:
        try:
            (file,) = await self._vault.describe(workspace_id, [file_id])
            data = await self._vault.read(workspace_id, file_id)
            counts = await think(lambda: _count(file.name, file.type, data))
        except (NotFound, Gone):
            return
        except UnreadableDocument:
            await self._search.leave_out(workspace_id, file_id)
            return
        await self._search.put(workspace_id, file_id, counts)


def _count(name: str, media_type: str, data: bytes) -> dict[str, int]:
    document = parse(name, media_type, data)
    text = f"{name}\n{document.text}"
    return Lexicon().count(text, 0, len(text))
