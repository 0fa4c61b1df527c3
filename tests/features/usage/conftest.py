"""Usage on a real database: a house whose models are a script, and runs whose calls a test says."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from futurone_server.eventlog import Content
from futurone_server.features.keys import Principal
from futurone_server.features.runs import Budget, Order, Run
from futurone_server.features.vault import Label
from futurone_server.main import Server
from futurone_server.models.scripted import ScriptedModels
from house import Tenant, carry_out, open_server, principal
from pipelines.inquiry.conftest import LIGHTHOUSE
from pipelines.inquiry.standin import Researcher

Ordering = Callable[..., Any]


@pytest.fixture
def mind() -> Researcher:
    """What the model does; a test may change it."""
    return Researcher("How high is the lighthouse tower?")


@pytest.fixture
async def house(databases: Any, database: str, mind: Researcher) -> AsyncIterator[Server]:
    """A whole server in this process whose model is a script."""
    async with open_server(database, databases.role, models=ScriptedModels(mind)) as server:
        yield server


async def upload(house: Server, workspace_id: str) -> str:
    """A file in the vault; returns its id."""

    async def chunks() -> AsyncIterator[bytes]:
        yield LIGHTHOUSE

    caller = principal(workspace_id)
    return (await house.desk.vault.upload(caller, chunks(), lambda _: Label(name="lighthouse.md"))).file.id


async def order_live(house: Server, caller: Principal, **wishes: Any) -> Run:
    """A live research run over a file, queued."""
    usual: dict[str, Any] = {"agent": "research", "metadata": {}, "budget": Budget()}
    usual |= {"files": (await upload(house, caller.workspace_id),)}
    brief = Content({"task": "How high is the lighthouse?"})
    order = Order(brief=brief, **{**usual, **wishes})
    return (await house.desk.runs.create(caller, order, request_id="req_test")).run


async def carried_out(house: Server, run: Run) -> Run:
    """Carry out what waits; the run as it then is."""
    await carry_out(house)
    return await house.desk.runs.get(principal(run.workspace_id), run.id)


async def live_run(house: Server, tenant: Tenant, caller: Principal | None = None, **wishes: Any) -> Run:
    """A live research run over a file, carried out here and now."""
    return await carried_out(house, await order_live(house, caller or tenant.owner, **wishes))
