"""One house for all injections: real tools, a way out that lets everything through, and a model that obeys."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from futurone_server.egress import Egress
from futurone_server.kit.clock import SystemClock
from futurone_server.main import Server
from futurone_server.models.scripted import ScriptedModels
from futurone_server.pipelines.toolbox import Toolbox, Web
from futurone_server.tools.port import Tool
from futurone_server.tools.web import PageFetcher
from futurone_server.tools.web.providers import SearXNG
from house import open_server
from pipelines.inquiry.injections.scene import Everywhere, Obedient, World


@pytest.fixture(scope="module")
async def world() -> AsyncIterator[World]:
    async with World() as made:
        yield made


@pytest.fixture(scope="module")
def mind() -> Obedient:
    return Obedient()


@pytest.fixture(scope="module")
def models(mind: Obedient) -> ScriptedModels:
    return ScriptedModels(mind)


@pytest.fixture(scope="module")
def sent() -> list[object]:
    """What the one tool that changes something outside was used for."""
    return []


@pytest.fixture(scope="module")
def tools(world: World, sent: list[object]) -> Toolbox:
    async def send(args: Mapping[str, object]) -> object:
        sent.append(args)
        return {"sent": True}

    mail = Tool(
        name="send_mail",
        description="Sends a mail.",
        args={"type": "object"},
        result={"type": "object"},
        timeout_s=5,
        use=send,
        has_effects=True,
    )
    way = Egress(Everywhere(), resolve=world.resolve, denied=())
    search = SearXNG(way=way, base_url=f"http://search.example:{world.port}")
    return Toolbox(Web(search=search, fetcher=PageFetcher(way, SystemClock())), others=(mail,))


@pytest.fixture(scope="module")
async def house(databases: Any, models: ScriptedModels, tools: Toolbox) -> AsyncIterator[Server]:
    url = databases.fresh()
    async with open_server(url, databases.role, models=models, tools=tools) as server:
        yield server
    databases.drop(url)
