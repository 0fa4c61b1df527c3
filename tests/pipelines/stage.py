"""A run on the stage of a test: ordered, carried out in this process, and read back."""

from typing import Any

from futurone_server.eventlog import Content, Event
from futurone_server.features.keys import Mode
from futurone_server.features.runs import Budget, Order, Run, RunWork
from futurone_server.main import Server
from house import Tenant, principal


async def order_run(house: Server, tenant: Tenant, task: str, **wishes: Any) -> Run:
    """A run in test mode that waits for a worker."""
    usual: dict[str, Any] = {"agent": "research", "metadata": {}, "budget": Budget()}
    order = Order(brief=Content({"task": task}), **{**usual, **wishes})
    caller = principal(tenant.workspace_id, mode=Mode.TEST)
    return (await house.desk.runs.create(caller, order, request_id="req_test")).run


async def carry_out(house: Server, run: Run, segment: int = 1) -> Run:
    """Carry out a segment here and now, as far as it waits for a worker; returns the run as it then is."""
    conductor = house.worker.conductor
    for claimed in (await RunWork(house.desk.runs._house).claim(house.worker.engine.worker_id, 100)).runs:
        conductor.expect(claimed)
    await conductor.segment(f"{run.id}:{segment}.0")
    return await house.desk.runs.get(principal(run.workspace_id), run.id)


async def events_of(house: Server, run: Run) -> list[Event]:
    """Everything that has happened to a run."""
    return await house.desk.log.page(run.workspace_id, run.id, 0, 1_000)
