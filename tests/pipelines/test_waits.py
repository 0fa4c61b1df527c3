"""Waiting for a person: forms and choices with their deadline and policy, and approvals of exactly what was shown."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from conftest import Databases
from futurone_server.features.keys import Mode
from futurone_server.features.runs import Action, Plan, PlanError, PlanStep, Run, Status
from futurone_server.kit import json
from futurone_server.kit.clock import ManualClock, SystemClock
from futurone_server.kit.errors import Conflict, Invalid
from futurone_server.main import Server
from futurone_server.pipelines.planning import scripted
from futurone_server.pipelines.planning.waits import check_waits
from futurone_server.pipelines.steps import scripted as scripted_step
from futurone_server.pipelines.steps.registry import STEPS
from futurone_server.store.database import SYSTEM
from house import Tenant, open_server, principal
from pipelines.stage import carry_out, events_of, order_run

pytestmark = pytest.mark.anyio
CITIES = ["Lisbon", "Porto"]
FIELDS = [{"name": "city", "label": "City", "type": "text", "required": True}]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(SystemClock().now())


@pytest.fixture
async def house(databases: Databases, database: str, clock: ManualClock) -> AsyncIterator[Server]:
    async with open_server(database, databases.role, clock=clock) as found:
        yield found


def plan_of(kind: str, **args: Any) -> Plan:
    """A step, then a wait of this kind, then another step."""
    return Plan(
        goal="Wait.",
        steps=(
            PlanStep(id="s1", kind="scripted", label="Before", args={"outcome": "complete"}),
            PlanStep(id="s2", kind=kind, label="Where?", depends_on=("s1",), args=args),
            PlanStep(id="s3", kind="scripted", label="After", depends_on=("s2",), args={"outcome": "complete"}),
        ),
    )


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which scripted steps were carried out, in order."""
    found: list[str] = []
    run = scripted_step.run

    async def counted(context: Any) -> object:
        found.append(context.step.id)
        return await run(context)

    monkeypatch.setitem(STEPS, "scripted", counted)
    return found


async def waiting(
    house: Server, tenant: Tenant, monkeypatch: pytest.MonkeyPatch, kind: str, args: Mapping[str, Any]
) -> Run:
    """A run that waits like this."""
    monkeypatch.setattr(scripted, "plan", lambda task: plan_of(kind, **args))
    return await carry_out(house, await order_run(house, tenant, "Wait."))


async def answer(house: Server, run: Run, action: Action, payload: object = None, **more: Any) -> Run:
    caller = principal(run.workspace_id, mode=Mode.TEST)
    more = {"payload": payload, "input_id": None, **more}
    return (await house.desk.signals.answer(caller, run.id, action, **more)).run


async def shown(house: Server, run: Run) -> Any:
    return await house.desk.signals.open_wait(principal(run.workspace_id), run)


async def content(house: Server, run: Run, name: str) -> Any:
    async with house.desk.db.transaction(SYSTEM) as tx:
        seal = await house.desk.log.contents.seal_of(tx, run.workspace_id, run.id)
        return await house.desk.log.contents.get(tx, seal, name)


async def test_a_choice_takes_one_of_its_options_and_nothing_before_it_runs_again(
    house: Server, tenant: Tenant, monkeypatch: pytest.MonkeyPatch, done: list[str]
) -> None:
    run = await waiting(house, tenant, monkeypatch, "choice", {"options": CITIES})
    wait = await shown(house, run)
    assert (wait.kind.value, wait.shown["fields"][0]["options"]) == ("choice", CITIES)
    for bad in ({"choice": "Faro"}, {"choice": ["Lisbon"]}, {}, {"city": "Lisbon"}, None):
        with pytest.raises(Invalid):
            await answer(house, run, Action.SUBMIT_INPUT, bad)
    with pytest.raises(Invalid):
        await answer(house, run, Action.APPROVE)
    await answer(house, run, Action.SUBMIT_INPUT, {"choice": "Porto"})
    ended = await carry_out(house, run, 2)
    assert ended.status is Status.COMPLETED
    assert (await content(house, run, "step/s2"))["payload"] == {"choice": "Porto"}
    assert done == ["s1", "s3"]


@pytest.mark.parametrize(
    ("policy", "status", "reason"),
    [("fail", Status.FAILED, "INPUT_EXPIRED"), ("escalate", Status.ESCALATED, "STEP_UNRESOLVED")],
)
async def test_when_nobody_answers_the_policy_decides(
    house: Server,
    tenant: Tenant,
    monkeypatch: pytest.MonkeyPatch,
    clock: ManualClock,
    policy: str,
    status: Status,
    reason: str,
) -> None:
    run = await waiting(house, tenant, monkeypatch, "form", {"fields": FIELDS, "timeout_s": 60, "on_timeout": policy})
    clock.advance(59)
    await house.worker.due.round()
    assert (await house.desk.runs.get(principal(run.workspace_id), run.id)).status is Status.AWAITING_INPUT
    clock.advance(1)
    await house.worker.due.round()
    ended = await house.desk.runs.get(principal(run.workspace_id), run.id)
    assert ended.status is status
    assert ((ended.error or ended.escalation) or {})["reason_code"] == reason
    with pytest.raises(Conflict) as late:
        await answer(house, run, Action.SUBMIT_INPUT, {"city": "Lisbon"}, input_id=run.input_id)
    assert late.value.reason == "INPUT_EXPIRED"


@pytest.mark.parametrize(
    ("kind", "args", "default"),
    [("choice", {"options": CITIES}, {"choice": "Lisbon"}), ("form", {"fields": FIELDS}, {"city": "Faro"})],
)
async def test_with_a_default_the_run_goes_on_and_says_that_nobody_answered(
    house: Server,
    tenant: Tenant,
    monkeypatch: pytest.MonkeyPatch,
    clock: ManualClock,
    done: list[str],
    kind: str,
    args: dict[str, Any],
    default: dict[str, Any],
) -> None:
    policy = {"timeout_s": 60, "on_timeout": "default", "default": default}
    run = await waiting(house, tenant, monkeypatch, kind, {**args, **policy})
    clock.advance(60)
    await house.worker.due.round()
    await house.worker.due.round()
    ended = await carry_out(house, run, 2)
    assert ended.status is Status.COMPLETED
    result = await content(house, run, "step/s2")
    assert (result["payload"], result["is_default"]) == (default, True)
    told = [event.facts["action"] for event in await events_of(house, run) if event.type.value == "input_received"]
    assert told == ["default"]
    assert done == ["s1", "s3"]


async def test_many_waits_end_with_the_first_look_after_a_time_of_downtime(
    house: Server, tenant: Tenant, monkeypatch: pytest.MonkeyPatch, clock: ManualClock
) -> None:
    """The table is looked at once a second, so this is within two seconds of the deadline or of the restart."""
    args = {"fields": FIELDS, "timeout_s": 60}
    runs = [await waiting(house, tenant, monkeypatch, "form", args) for _ in range(50)]
    clock.advance(3_600)
    await house.worker.due.round()
    ended = [await house.desk.runs.get(principal(run.workspace_id), run.id) for run in runs]
    assert {run.status for run in ended} == {Status.FAILED}


async def test_an_answer_and_the_deadline_at_once_end_the_wait_once(
    house: Server, tenant: Tenant, monkeypatch: pytest.MonkeyPatch, clock: ManualClock
) -> None:
    for _ in range(10):
        run = await waiting(house, tenant, monkeypatch, "form", {"fields": FIELDS, "timeout_s": 60})
        assert run.input_id is not None
        given = answer(house, run, Action.SUBMIT_INPUT, {"city": "Lisbon"}, input_id=run.input_id)
        made, _ = await asyncio.gather(given, house.desk.signals.expire(run.input_id), return_exceptions=True)
        now = await house.desk.runs.get(principal(run.workspace_id), run.id)
        assert now.status is (Status.FAILED if isinstance(made, Conflict) else Status.RUNNING)
        told = [event.type.value for event in await events_of(house, run)]
        assert told.count("input_received") + told.count("ended") == 1


async def test_an_approval_is_bound_to_the_digest_of_what_is_shown_and_the_trail_keeps_it(
    house: Server, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await waiting(house, tenant, monkeypatch, "approval", {"prompt": "May it go on?"})
    wait = await shown(house, run)
    bound = wait.shown["binding"]
    assert (bound["tool"], bound["args"], bound["step"]) == (None, {"prompt": "May it go on?"}, "s2")
    assert (bound["run_id"], len(bound["nonce"])) == (run.id, 32)
    assert wait.digest == hashlib.sha256(json.canonical(bound)).hexdigest()
    await answer(house, run, Action.APPROVE)
    async with house.desk.db.transaction(SYSTEM) as tx:
        found = await tx.exec_driver_sql(
            "SELECT action, convert_from(line, 'UTF8')::jsonb->'details'->>'digest' AS digest FROM audit_lines"
            " WHERE action LIKE 'input.%%' ORDER BY seq"
        )
        lines = [tuple(row) for row in found]
    assert lines == [("input.requested", wait.digest), ("input.answered", wait.digest)]


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("approval", {"on_timeout": "default", "default": {}}, "approval has no default"),
    ("form", {"fields": FIELDS, "on_timeout": "default"}, "default is no answer"),
    ("form", {"fields": FIELDS, "on_timeout": "default", "default": {"town": "x"}}, "default is no answer"),
    ("form", {"fields": FIELDS, "default": {"city": "x"}}, "goes with on_timeout"),
    ("choice", {"options": CITIES, "on_timeout": "default", "default": {"choice": "Faro"}}, "default is no answer"),
    ("choice", {"options": []}, "1 to 100 options"),
    ("choice", {}, "1 to 100 options"),
    ("choice", {"options": ["a", "a"]}, "each another"),
    ("choice", {"options": ["a", 5]}, "must be a text"),
    ("form", {"on_timeout": "guess"}, "on_timeout"),
    ("form", {"timeout_s": 0}, "timeout_s"),
    ("form", {"timeout_s": True}, "timeout_s"),
    ("approval", {"timeout_s": 31 * 86_400}, "timeout_s"),
]


@pytest.mark.parametrize(("kind", "args", "why"), REFUSED)
def test_a_plan_that_could_not_wait_like_this_is_refused(kind: str, args: dict[str, Any], why: str) -> None:
    with pytest.raises(PlanError, match=why):
        check_waits(plan_of(kind, **args))


async def test_such_a_plan_ends_its_run_before_anything_is_done(
    house: Server, tenant: Tenant, monkeypatch: pytest.MonkeyPatch, done: list[str]
) -> None:
    args = {"on_timeout": "default", "default": {}}
    run = await waiting(house, tenant, monkeypatch, "approval", args)
    assert run.status is Status.FAILED
    assert (run.error or {})["reason_code"] == "PLAN_INVALID"
    assert done == []
