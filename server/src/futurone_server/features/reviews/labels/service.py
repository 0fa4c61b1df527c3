"""The use cases of calibration: learn from a label, tell the curve in force, report how well it holds."""

from futurone_server.features.keys import Capability, Principal
from futurone_server.features.reviews.labels import rules, store
from futurone_server.features.reviews.labels.types import InForce, JudgedWork, Kind, Report
from futurone_server.kit.calibration import fit
from futurone_server.kit.clock import Clock
from futurone_server.store.database import SYSTEM, Database, Tx, of_workspace


class CalibrationService:
    """What people's decisions say about the confidence of verifiers."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def learn(self, tx: Tx, workspace_id: str, one: JudgedWork) -> None:
        """Keep a label, and make the curve of its kind anew, in the transaction of the decision.

        Work with a failed gate is kept and teaches nothing: its confidence is not calibrated either.
        """
        if not await store.add(tx, workspace_id, one) or not one.gates:
            return
        await store.lock(tx, workspace_id, one.kind)
        works = await store.newest(tx, workspace_id, one.kind, limit=rules.LABELS_MAX)
        curve = fit([(work.raw, work.right) for work in works if work.gates])
        if curve is not None:
            labels = await store.count(tx, workspace_id, one.kind)
            await store.put_curve(tx, workspace_id, one.kind, curve, labels=labels, at=self._clock.now())

    async def in_force(self, workspace_id: str, kind: Kind) -> InForce:
        """The curve that new work of a kind gets. For workers: no caller comes here."""
        async with self._db.transaction(SYSTEM) as tx:
            return await store.in_force(tx, workspace_id, kind)

    async def reports(self, caller: Principal, agent: str | None) -> list[Report]:
        """How well the confidence of each kind of work has held, for the agents in the caller's reach."""
        caller.require(Capability.RUNS_READ)
        found = []
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            for kind in await store.kinds(tx, caller.workspace_id, agent):
                if caller.agents is None or kind.agent in caller.agents:
                    works = await store.newest(tx, caller.workspace_id, kind, limit=rules.LABELS_MAX)
                    found.append(rules.report(kind, works, await store.in_force(tx, caller.workspace_id, kind)))
        return found
