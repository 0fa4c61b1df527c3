"""What tests of reviews share: runs that end as a test says, with a verifier's score, and time that a test owns."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from conftest import Databases
from futurone_server.eventlog import Content
from futurone_server.features.keys import Principal
from futurone_server.features.reviews import Decision, Ruling, Shown
from futurone_server.features.runs import Budget, Ending, Escalation, Order, Run, Score, Status
from futurone_server.kit.clock import ManualClock, SystemClock
from futurone_server.main import Server
from futurone_server.store.database import of_workspace
from house import Tenant, add_tenant, carry_out, open_server


class Desk:
    """A workspace with a house: whatever a test of reviews does is done here."""

    def __init__(self, server: Server, tenant: Tenant, clock: ManualClock) -> None:
        self.server = server
        self.tenant = tenant
        self.clock = clock

    @property
    def owner(self) -> Principal:
        """Who may do everything."""
        return self.tenant.owner

    async def place(self, task: str = "A task", caller: Principal | None = None, **changes: Any) -> Run:
        """A run in the queue."""
        order = Order(agent="research", brief=Content({"task": task}), metadata={}, budget=Budget(), **changes)
        placed = await self.server.desk.runs.create(caller or self.owner, order, request_id="req_" + "0" * 26)
        return placed.run

    async def scripted(self, task: str = "[test:escalate]") -> Run:
        """A test run that was carried out, so that it has made something."""
        tester = replace(self.owner, mode=self.test_mode)
        run = await self.place(task, tester)
        await carry_out(self.server)
        return await self.server.desk.runs.get(self.owner, run.id)

    @property
    def test_mode(self) -> Any:
        """The mode of test keys."""
        return type(self.owner.mode)("test")

    async def ended(self, status: Status, *, raw: float = 0.6, gates: bool = True, **changes: Any) -> Run:
        """A live run that its verifier has given this confidence."""
        run = await self.place(**changes)
        checks = ({"name": "quotes_verbatim", "kind": "gate", "passed": gates, "score": float(gates)},)
        score = Score(rubric="research", version=1, passed=int(gates), total=1, checks=checks, raw=raw)
        escalation = None
        if status is Status.ESCALATED:
            escalation = Escalation(reason="VERIFICATION_BELOW_THRESHOLD", message="It is below.", needs=("A source.",))
        ending = Ending(status=status, summary="Ended.", confidence=raw, score=score, escalation=escalation)
        async with self.server.desk.db.transaction(of_workspace(self.tenant.workspace_id)) as tx:
            await self.server.desk.runs.end(tx, run, ending)
        return await self.server.desk.runs.get(self.owner, run.id)

    async def review_of(self, run: Run, caller: Principal | None = None) -> Shown:
        """The review that a run is held for."""
        assert run.escalation is not None
        return await self.server.desk.reviews.get(caller or self.owner, str(run.escalation["review_id"]))

    async def decide(self, shown: Shown, decision: str, caller: Principal | None = None, **changes: Any) -> Shown:
        """A decision over what was shown."""
        usual: dict[str, Any] = {"content_hash": shown.content_hash, "decision": Decision(decision)}
        ruling = Ruling(**{**usual, **changes})
        return await self.server.desk.decisions.decide(
            caller or self.owner, shown.review.id, ruling, request_id="req_" + "1" * 26
        )

    async def lines(self) -> list[str]:
        """What the audit trail says was done."""
        async with self.server.desk.db.transaction(of_workspace(self.tenant.workspace_id)) as tx:
            found = await tx.exec_driver_sql("SELECT action FROM audit_lines ORDER BY seq")
            return list(found.scalars())


@pytest.fixture
async def desk(databases: Databases, database: str) -> AsyncIterator[Desk]:
    """A workspace in a house of its own."""
    clock = ManualClock(SystemClock().now())
    async with open_server(database, databases.role, clock=clock) as server:
        yield Desk(server, await add_tenant(server), clock)
