"""The use cases of the blind index, for workers: what is to be indexed, and which files fit some words."""

from collections.abc import Iterable, Mapping

from futurone_server.eventlog import Seals
from futurone_server.features.vault.search import store
from futurone_server.features.vault.types import IndexState
from futurone_server.kit.crypto import authenticate, derive
from futurone_server.store.database import SYSTEM, Database, of_workspace

_LEXEME_BYTES = 12
_FILES_MAX = 20
_PENDING_MAX = 200


class VaultSearch:
    """Finds files by their words, and never stores a word."""

    def __init__(self, db: Database, seals: Seals) -> None:
        self._db = db
        self._root = seals.purpose_key("vault-lexemes")

    def _lexemes(self, workspace_id: str, terms: Iterable[str]) -> dict[str, bytes]:
        key = derive(self._root, workspace_id)
        return {term: authenticate(key, term.encode())[:_LEXEME_BYTES] for term in terms}

    async def put(self, workspace_id: str, file_id: str, terms: Mapping[str, int]) -> None:
        """Index a file by how often each term occurs in it. Does nothing when the file is gone."""
        lexemes = self._lexemes(workspace_id, terms)
        counts = {lexemes[term]: count for term, count in terms.items()}
        async with self._db.transaction(of_workspace(workspace_id)) as tx:
            if await store.mark(tx, file_id, IndexState.READY.value):
                await store.put(tx, workspace_id, file_id, counts)

    async def leave_out(self, workspace_id: str, file_id: str) -> None:
        """Note that a file holds no text that could be indexed."""
        async with self._db.transaction(of_workspace(workspace_id)) as tx:
            await store.mark(tx, file_id, IndexState.NONE.value)

    async def has_any(self, workspace_id: str) -> bool:
        """Whether a workspace has files that can be found by their words, or soon will."""
        async with self._db.transaction(of_workspace(workspace_id)) as tx:
            return await store.count(tx, workspace_id, [IndexState.READY.value, IndexState.PENDING.value]) > 0

    async def pending(self, workspace_id: str) -> list[str]:
        """Files that are still to be indexed, oldest first."""
        async with self._db.transaction(of_workspace(workspace_id)) as tx:
            return await store.pending(tx, workspace_id, _PENDING_MAX)

    async def workspace_of(self, file_id: str) -> str | None:
        """The workspace of a file; None when the file is gone."""
        async with self._db.transaction(SYSTEM) as tx:
            return await store.workspace_of(tx, file_id)

    async def rank(self, workspace_id: str, terms: Iterable[str]) -> list[str]:
        """The ids of the files that fit some terms best, best first; at most twenty."""
        lexemes = list(self._lexemes(workspace_id, terms).values())
        async with self._db.transaction(of_workspace(workspace_id)) as tx:
            return await store.rank(tx, workspace_id, lexemes, _FILES_MAX)
