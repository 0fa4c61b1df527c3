"""A content or strategy run from its order to its end, over files in the vault, with or without a scripted model."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from futurone_server.eventlog import Content, EventType
from futurone_server.features.runs import Artifact, Budget, Order, Run
from futurone_server.features.vault import Label
from futurone_server.main import Server
from futurone_server.models.port import (
    Answer,
    Ask,
    Call,
    Estimate,
    Listener,
    ModelError,
    Offered,
    Routing,
    Usage,
)
from house import Tenant, principal
from pipelines.stage import carry_out, events_of

Reply = Callable[[Ask], object]


class ScriptedModels:
    """A model that answers by a script; it tells its listener what a real one would."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self.asked: list[Ask] = []

    def has(self, routing: Routing) -> bool:
        return routing in (Routing.DRAFT, Routing.DEEP)

    def offered(self) -> Sequence[Offered]:
        return ()

    async def ask(self, ask: Ask, listener: Listener) -> Answer:
        await listener.reserve(Estimate(model="scripted", tokens=ask.answer_tokens_max, cost_usd=None))
        self.asked.append(ask)
        for attempt in range(ask.repairs_max + 1):
            value = self._reply(ask)
            wrong = ask.check(value) if ask.schema is not None else None
            if isinstance(value, str):
                listener.delta(value)
            used = Usage(input_tokens=len(ask.prompt) // 4, output_tokens=10)
            call = Call(model="scripted", routing=ask.routing, outcome="ok", usage=used, price=None, latency_ms=attempt)
            await listener.settle(call)
            if wrong is None:
                return Answer(value=value, model="scripted", family="scripted")
        raise ModelError("OUTPUT_INVALID", "The model's answer did not fit after all repairs.")

    async def close(self) -> None:
        """There is nothing to close."""


def give_model(house: Server, reply: Reply) -> ScriptedModels:
    """Let the house work with a scripted model from here on."""
    models = ScriptedModels(reply)
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
