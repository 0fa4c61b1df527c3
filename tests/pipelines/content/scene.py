"""A content or strategy run from its order to its end, over files in the vault, with or without a scripted model."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from futurone_server.eventlog import Content, EventType
from futurone_server.features.runs import Artifact, Budget, Order, Run
from futurone_server.features.vault import Label
from futurone_server.main import Server
from futurone_server.models.scripted import Script, ScriptedModels
from house import Tenant, principal
from pipelines.stage import carry_out, events_of


def give_model(house: Server, script: Script) -> ScriptedModels:
    """Let the house work with a scripted model from here on."""
    models = ScriptedModels(script)
    conductor = house.worker.conductor
    conductor._equipment = replace(conductor._equipment, models=models)
    return models


async def upload(house: Server, tenant: Tenant, name: str, data: str | bytes) -> str:
    """A file in the vault; returns its id."""
    raw = data.encode() if isinstance(data, str) else data

    async def chunks() -> AsyncIterator[bytes]:
        yield raw

    stored = await house.desk.vault.upload(principal(tenant.workspace_id), chunks(), lambda _: Label(name=name))
    return stored.file.id


async def play(
    house: Server, tenant: Tenant, agent: str, task: str, files: Mapping[str, str | bytes] | None = None
) -> Run:
    """Order a run over some files and carry it out to its end."""
    ids = tuple([await upload(house, tenant, name, data) for name, data in (files or {}).items()])
    order = Order(agent=agent, brief=Content({"task": task}), files=ids, metadata={}, budget=Budget())
    caller = principal(tenant.workspace_id)
    run = (await house.desk.runs.create(caller, order, request_id="req_test")).run
    return await carry_out(house, run)


async def artifacts_of(house: Server, run: Run) -> list[tuple[Artifact, Mapping[str, Any]]]:
    """The artifacts of a run with their contents."""
    caller = principal(run.workspace_id)
    found = (await house.desk.deliverables.artifacts(caller, [run]))[run.id]
    return [await house.desk.deliverables.artifact(caller, run.id, one.id) for one in found]


async def text_of(house: Server, run: Run, kind: str) -> str:
    """The text of a run's artifact of a kind."""
    return next(str(content["text"]) for artifact, content in await artifacts_of(house, run) if artifact.type == kind)


async def checks_of(house: Server, run: Run) -> dict[str, bool]:
    """The checks of a run's verification: name and whether it passed."""
    _, account = await house.desk.deliverables.verification(principal(run.workspace_id), run.id)
    assert account is not None
    checks = account["checks"]
    assert isinstance(checks, list)
    return {check["name"]: check["passed"] for check in checks}


async def said(house: Server, run: Run, kind: EventType) -> list[Mapping[str, Any]]:
    """The content of a run's events of a kind."""
    return [event.content or {} for event in await events_of(house, run) if event.type is kind]
