"""What the use cases of runs stand on."""

from dataclasses import dataclass

from futurone_server.eventlog import EventLog, Seals
from futurone_server.features.runs.types import Askings, Consequences, Erasures, Gate, Run
from futurone_server.features.workspaces import WorkspaceService
from futurone_server.kit.clock import Clock
from futurone_server.store.database import Database


async def _open(run: Run) -> None:
    """Every run may be taken."""
    del run


@dataclass(frozen=True, kw_only=True)
class House:
    """What the use cases of runs stand on."""

    db: Database
    log: EventLog
    seals: Seals
    clock: Clock
    workspaces: WorkspaceService
    consequences: Consequences
    askings: Askings
    gate: Gate = _open
    erasures: Erasures = lambda run_id, at: ()
