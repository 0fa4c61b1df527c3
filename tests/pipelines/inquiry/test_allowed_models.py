"""A workspace says which models its runs may ask: no other is asked, and what they cannot do is done without."""

from collections.abc import Sequence

import pytest

from futurone_server.features.settings import Changes
from futurone_server.main import Server
from futurone_server.models.scripted import ScriptedModels
from house import Tenant, principal
from pipelines.inquiry.conftest import LIGHTHOUSE, research, upload

pytestmark = pytest.mark.anyio


async def engine_of(house: Server, tenant: Tenant, models: Sequence[str] | None) -> str:
    changes = Changes(models=models, all_models=models is None)
    await house.desk.settings.change(principal(tenant.workspace_id), changes)
    run = await research(house, tenant, await upload(house, tenant, "lighthouse.md", LIGHTHOUSE))
    (artifact,) = (await house.desk.deliverables.artifacts(principal(tenant.workspace_id), [run]))[run.id]
    return artifact.engine


async def test_a_run_asks_only_the_models_that_its_workspace_allows(
    house: Server, tenant: Tenant, models: ScriptedModels
) -> None:
    assert await engine_of(house, tenant, ["another:model"]) == "deterministic"
    assert await engine_of(house, tenant, []) == "deterministic"
    assert models.asked == []
    assert await engine_of(house, tenant, ["scripted:model"]) == "model"
    assert {ask.only for ask in models.asked} == {frozenset({"scripted:model"})}
    assert await engine_of(house, tenant, None) == "model"
