"""The use cases of retention: the receipt of an erasure, its proof, and how retention stands as a whole."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from futurone_server.eventlog.sealing import KEPT
from futurone_server.features.keys import Capability, Principal
from futurone_server.features.runs.house import House
from futurone_server.features.runs.retention import proof, store
from futurone_server.features.runs.retention.proof import Check
from futurone_server.features.runs.retention.receipts import receipt_of, wrapping_key
from futurone_server.features.runs.service import RunService
from futurone_server.features.workspaces import RetentionMode
from futurone_server.kit.clock import to_second
from futurone_server.kit.errors import Conflict, Gone, NotFound, Unavailable
from futurone_server.kit.signing import Signer
from futurone_server.store.database import SYSTEM, of_workspace

ALARM_S = 60
"""So long after its time an erasure that has not happened is an alarm."""

_EPOCH_ALARM_S = 3_600


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How retention stands: erasures that are overdue, since when, and keys of hours that should not be as they are.

    ``missing`` counts, by hour's key, the runs whose content cannot be opened here; ``late`` names keys of hours that
    were left long ago and are not destroyed, and ``elsewhere`` such as are not in this key directory.
    """

    overdue: int
    since: datetime | None
    missing: Mapping[str, int]
    late: tuple[str, ...]
    elsewhere: tuple[str, ...]


class RetentionService:
    """Says what was destroyed, proves it, and tells when something was not."""

    def __init__(self, house: House, runs: RunService, key_dir: Path) -> None:
        self._house = house
        self._runs = runs
        self._key_dir = key_dir
        self.signer = Signer(house.seals.purpose_key("receipts"))

    async def receipt(self, caller: Principal, run_id: str) -> Mapping[str, object]:
        """The signed receipt of a run's erasure. Raises Conflict (CONTENT_NOT_ERASED) before it."""
        caller.require(Capability.RUNS_READ)
        async with self._house.db.transaction(of_workspace(caller.workspace_id)) as tx:
            run = await self._runs.find(tx, caller, run_id)
            erasure = await store.erasure(tx, run_id)
        if erasure is not None:
            is_here = await asyncio.to_thread(self._is_here, erasure)
            return receipt_of(erasure, at=self._house.clock.now(), is_here=is_here, signer=self.signer)
        if run.is_erased:
            raise NotFound("The run was erased by a version of the server that wrote no receipts.")
        at = None if run.erases_at is None else to_second(run.erases_at)
        when = f"at {at}, or when it is acknowledged" if at else "when it is acknowledged or deleted"
        if at is None and run.retention.mode is RetentionMode.ZERO and not run.is_terminal:
            when = "after the run has ended"
        raise Conflict(
            f"The content has not been erased yet; it will be {when}.", "CONTENT_NOT_ERASED", details={"erases_at": at}
        )

    async def verify(self, run_id: str) -> list[Check]:
        """Look for anything that could still open a run's content, in the database and the key directory.

        For the operator: crosses workspaces. Raises NotFound.
        """
        async with self._house.db.transaction(SYSTEM) as tx:
            erasure = await store.erasure(tx, run_id)
            left = await store.left_of(tx, run_id)
            columns = await store.key_columns(tx)
            wrapped = await store.wrapped_keys(tx)
        if erasure is None:
            raise NotFound("There is no run of this id with a receipt: it has not been erased, or never was.")
        keys = self._keys(wrapped)
        files = sorted(path for path in self._key_dir.rglob("*") if path.is_file())
        scan = await asyncio.to_thread(proof.check_keys, erasure, files, columns, keys)
        is_here = await asyncio.to_thread(self._is_here, erasure)
        return [*proof.check_columns(left), _check_wrapping(erasure, is_here=is_here), scan]

    def _is_here(self, erasure: store.Erasure) -> bool:
        """Whether the key of the hour that wrapped the run's is in this key directory. Blocking."""
        return self._house.seals.epochs.files.read(erasure.key_epoch or KEPT) is not None

    def _keys(self, wrapped: list[tuple[str, str, bytes]]) -> Iterator[bytes]:
        """Every run's key that can be unwrapped here."""
        for workspace_id, run_id, one in wrapped:
            try:
                yield self._house.seals.key_of(workspace_id, run_id, one)
            except (Gone, Unavailable):
                continue

    async def standing(self) -> Standing:
        """How retention stands in the whole database."""
        now = self._house.clock.now()
        async with self._house.db.transaction(SYSTEM) as tx:
            count, since = await store.overdue(tx, now - timedelta(seconds=ALARM_S))
            named = await store.epochs_in_use(tx)
            left = await store.epochs_left(tx, now - timedelta(seconds=_EPOCH_ALARM_S))
        epochs = self._house.seals.epochs
        missing = {epoch: runs for epoch, runs in named.items() if epochs.find(epoch) is None}
        here = set(await asyncio.to_thread(epochs.files.names))
        late, elsewhere = (tuple(one for one in left if (one in here) is wanted) for wanted in (True, False))
        return Standing(overdue=count, since=since, missing=missing, late=late, elsewhere=elsewhere)


def _check_wrapping(erasure: store.Erasure, *, is_here: bool) -> Check:
    told = wrapping_key(erasure, is_here=is_here)
    details = {
        "kept": "the run's key was wrapped by the long-lived key: backups from before still open with it",
        "pending": f"{told['id']} still exists; it is destroyed by {told['destroyed_by']}, try again then",
        "elsewhere": f"{told['id']} is not in this key directory, and not known to be destroyed: after a restore, it is"
        " for the server that was backed up to destroy, or for whoever deletes that server's keys/epochs",
        "destroyed": f"{told['id']} was destroyed at {told['destroyed_at']}" + (", but is here" if is_here else ""),
    }
    is_well = told["state"] == "destroyed" and not is_here
    return Check(name="wrapping key", is_well=is_well, detail=details[str(told["state"])])
