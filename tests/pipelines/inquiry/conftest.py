"""A server whose model is a script, and documents to look into."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from futurone_server.eventlog import Content
from futurone_server.features.runs import Budget, Order, Run
from futurone_server.features.vault import Label
from futurone_server.main import Server
from futurone_server.models.scripted import ScriptedModels
from futurone_server.pipelines.toolbox import Toolbox
from house import Tenant, open_server, principal
from pipelines.inquiry.standin import Researcher
from pipelines.stage import carry_out

LIGHTHOUSE = b"""# The lighthouse of Port Harrow

## History

The lighthouse was built in 1874 by the engineer Ada Wells. It replaced a wooden tower that burned down in 1869.
Its lamp has been electric since 1931.

## Height and range

The tower is 42 metres high. Its light can be seen from a distance of 31 kilometres in clear weather.
The light does not turn; a screen turns around it.

## Visits

Visitors may climb the tower from April to October. Children under 8 years are not admitted.
"""
HARBOUR = b"""# The harbour of Port Harrow

The harbour of Port Harrow has a depth of 11 metres. The lighthouse tower is 42 metres high and stands on its north
mole. Ferries leave for the islands twice a day.
"""


@pytest.fixture
def mind() -> Researcher:
    """What the model does; a test may change it."""
    return Researcher("How high is the lighthouse tower?", "When was the lighthouse built?")


@pytest.fixture
def models(mind: Researcher) -> ScriptedModels:
    """The models of the house, and what they were asked."""
    return ScriptedModels(mind)


@pytest.fixture
def tools() -> Toolbox:
    """What there is to use; a test file may have other tools."""
    return Toolbox()


@pytest.fixture
async def house(databases: Any, database: str, models: ScriptedModels, tools: Toolbox) -> AsyncIterator[Server]:
    """A whole server in this process whose model is a script."""
    async with open_server(database, databases.role, models=models, tools=tools) as server:
        yield server


async def upload(house: Server, tenant: Tenant, name: str, text: bytes) -> str:
    """A file in the vault; returns its id."""

    async def chunks() -> AsyncIterator[bytes]:
        yield text

    caller = principal(tenant.workspace_id)
    return (await house.desk.vault.upload(caller, chunks(), lambda _: Label(name=name))).file.id


async def research(house: Server, tenant: Tenant, *files: str, budget: Budget | None = None) -> Run:
    """A research run over files, carried out here and now."""
    order = Order(
        agent="research",
        brief=Content({"task": "How high is the lighthouse, and when was it built?"}),
        files=files,
        metadata={},
        budget=budget or Budget(),
    )
    run = (await house.desk.runs.create(principal(tenant.workspace_id), order, request_id="req_test")).run
    return await carry_out(house, run)
