"""Where a run's documents come from: the vault files it was given."""

from futurone_server.features.runs import Run
from futurone_server.features.vault import VaultService


class VaultSources:
    """The files of one run, read from the vault; nothing of them is kept here."""

    def __init__(self, vault: VaultService, run: Run) -> None:
        self._vault = vault
        self._run = run

    async def names(self) -> list[tuple[str, str, str]]:
        """Id, name and media type of each file that was given."""
        found = await self._vault.describe(self._run.workspace_id, self._run.files)
        return [(one[0], one[1], one[2]) for one in found]

    async def read(self, file_id: str) -> bytes:
        """The bytes of one file. Raises NotFound when it was deleted meanwhile."""
        return await self._vault.read(self._run.workspace_id, file_id)
