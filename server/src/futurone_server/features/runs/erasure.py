"""The use cases of erasure: what a run held is destroyed, on request or because its time is over."""

import contextlib
from dataclasses import replace
from datetime import datetime

from futurone_server.eventlog import SYSTEM_ACTOR, Actor, AuditLine, record
from futurone_server.features.keys import Capability, Principal
from futurone_server.features.runs import rules, store
from futurone_server.features.runs.house import House
from futurone_server.features.runs.retention import store as retention
from futurone_server.features.runs.retention.store import Cause
from futurone_server.features.runs.service import CANCELLED, RunService
from futurone_server.features.runs.types import Run
from futurone_server.kit.errors import Conflict
from futurone_server.store import due
from futurone_server.store.database import Tx, of_workspace
from futurone_server.store.messages import run as send


class ErasureService:
    """Erases the content of runs, and deletes runs."""

    def __init__(self, house: House, runs: RunService) -> None:
        self._house = house
        self._runs = runs

    async def acknowledge(self, caller: Principal, run_id: str) -> Run:
        """The caller has what it needs: erase the content of an ended run now. Repeatable."""
        caller.require(Capability.RUNS_READ)
        async with self._house.db.transaction(of_workspace(caller.workspace_id)) as tx:
            run = await self._runs.find(tx, caller, run_id)
            if not run.is_terminal:
                raise Conflict("The run has not ended yet; its content can be erased afterwards.", "RUN_NOT_TERMINAL")
            if not run.is_erased:
                await self.erase(tx, run_id, caller.actor, cause=Cause.ACKNOWLEDGED)
            return await self._runs.find(tx, caller, run_id)

    async def erase(self, tx: Tx, run_id: str, actor: Actor = SYSTEM_ACTOR, *, cause: Cause = Cause.TIME_OVER) -> None:
        """Destroy a run's key, null its ciphertext, forget labels and hashes. Facts and a receipt stay. Repeatable."""
        at = self._house.clock.now()
        workspace_id = await retention.erase(tx, run_id, cause, at)
        if workspace_id is not None:
            await send(tx, *self._house.erasures(run_id, at))
            line = AuditLine(action="content.erased", actor=actor, resource=run_id, details={"cause": cause.value})
            await record(tx, workspace_id, line, at=at)

    async def was_reviewed(self, tx: Tx, run: Run) -> datetime | None:
        """The review of an escalated run has been decided: its content need not be held for that any longer.

        Its delivery window begins now, and ends at the latest when the hold would have. Returns when the content is to
        be erased; None when it is kept.
        """
        at = rules.erases_after_review(run, self._house.clock.now())
        if at is not None and not run.is_erased:
            await retention.postpone(tx, run.id, at)
            await due.put(tx, "erase", run.id, workspace_id=run.workspace_id, at=at)
        return at

    async def delete(self, caller: Principal, run_id: str) -> None:
        """Cancel if needed, then delete the run with its events and content."""
        caller.require(Capability.RUNS_CANCEL)
        async with self._house.db.transaction(of_workspace(caller.workspace_id)) as tx:
            run = await self._runs.find(tx, caller, run_id)
            if not run.is_terminal:
                with contextlib.suppress(Conflict):
                    await self._runs.end(tx, run, replace(CANCELLED, summary="Deleted on request."), caller.actor)
            await self._house.log.remove(tx, run_id)
            await store.remove(tx, run_id)
            await record(tx, run.workspace_id, caller.act("run.deleted", run_id), at=self._house.clock.now())
