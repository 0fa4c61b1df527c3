"""A tool that changes something outside is used only as a person approved it, and once."""

from collections.abc import Mapping

import pytest

from futurone_server.features.runs import Action, Run, Status
from futurone_server.main import Server
from futurone_server.models.scripted import ScriptedModels, ToolUse
from futurone_server.pipelines.toolbox import Toolbox
from futurone_server.store.database import SYSTEM
from futurone_server.tools.port import Tool
from house import Tenant, principal
from pipelines.inquiry.conftest import LIGHTHOUSE, research, upload
from pipelines.inquiry.standin import Researcher
from pipelines.stage import carry_out

pytestmark = pytest.mark.anyio
TEXT = {
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
    "additionalProperties": False,
}


@pytest.fixture
def sent() -> list[str]:
    return []


@pytest.fixture
def tools(sent: list[str]) -> Toolbox:
    async def send(args: Mapping[str, object]) -> object:
        sent.append(str(args["text"]))
        return {"sent": True}

    mail = Tool(
        name="send_mail",
        description="Sends a mail.",
        args=TEXT,
        result={"type": "object"},
        timeout_s=5,
        use=send,
        has_effects=True,
    )
    look = Tool(
        name="ask_around",
        description="Asks others.",
        args=TEXT,
        result={"type": "object"},
        timeout_s=5,
        use=send,
        reaches_out=True,
    )
    return Toolbox(others=(mail, look))


@pytest.fixture
def mind() -> Researcher:
    return Researcher("How high is the lighthouse tower?", tools=("documents_search", "send_mail"))


async def _begun(house: Server, tenant: Tenant, mind: Researcher, text: str = "hello") -> Run:
    def write(prompt: str) -> object:
        return mind.quote(prompt) if "<result>" in prompt else ToolUse(tool="send_mail", args={"text": text})

    mind.write = write  # type: ignore[assignment]  # a script may ask for a tool
    return await research(house, tenant, await upload(house, tenant, "lighthouse.md", LIGHTHOUSE))


async def test_nothing_is_sent_before_a_person_has_seen_exactly_what(
    house: Server, tenant: Tenant, mind: Researcher, sent: list[str]
) -> None:
    run = await _begun(house, tenant, mind)
    assert run.status is Status.AWAITING_INPUT
    assert sent == []
    wait = await house.desk.signals.open_wait(principal(tenant.workspace_id), run)
    assert wait is not None
    assert wait.shown is not None
    assert wait.shown["prompt"] == 'May the tool send_mail be used with these arguments? {"text":"hello"}'


async def test_once_approved_it_is_sent_once_and_the_run_goes_on(
    house: Server, tenant: Tenant, mind: Researcher, sent: list[str]
) -> None:
    run = await _begun(house, tenant, mind)
    await house.desk.signals.answer(principal(tenant.workspace_id), run.id, Action.APPROVE, payload=None, input_id=None)
    ended = await carry_out(house, run, segment=2)
    assert ended.status is Status.COMPLETED, (ended.error, ended.escalation)
    assert sent == ["hello"]


async def test_an_approval_holds_for_what_was_shown_and_nothing_else(
    house: Server, tenant: Tenant, mind: Researcher, sent: list[str]
) -> None:
    run = await _begun(house, tenant, mind)
    await house.desk.signals.answer(principal(tenant.workspace_id), run.id, Action.APPROVE, payload=None, input_id=None)
    mind.write = lambda prompt: ToolUse(tool="send_mail", args={"text": "all the secrets"})  # type: ignore[assignment,return-value]  # a script may ask for a tool
    again = await carry_out(house, run, segment=2)
    assert again.status is Status.AWAITING_INPUT
    assert sent == []


async def test_an_answer_that_is_not_the_approval_of_this_very_use_has_no_effect(
    house: Server, tenant: Tenant, mind: Researcher, sent: list[str]
) -> None:
    """The digest is made again just before the effect, whatever has become of the answer meanwhile."""
    run = await _begun(house, tenant, mind)
    await house.desk.signals.answer(principal(tenant.workspace_id), run.id, Action.APPROVE, payload=None, input_id=None)
    contents = house.desk.log.contents
    async with house.desk.db.transaction(SYSTEM) as tx:
        seal = await contents.seal_of(tx, run.workspace_id, run.id)
        (name,) = (await tx.exec_driver_sql("SELECT name FROM run_contents WHERE name LIKE 'answer/%%'")).scalars()
        answer = await contents.get(tx, seal, name)
        assert isinstance(answer, dict)
        other = {**answer["binding"], "expires_at": "2030-01-01T00:00:00Z"}
        await contents.put(tx, seal, name, {**answer, "binding": other})
    await carry_out(house, run, segment=2)
    assert sent == []


async def test_a_rejection_ends_the_run(house: Server, tenant: Tenant, mind: Researcher, sent: list[str]) -> None:
    run = await _begun(house, tenant, mind)
    answered = await house.desk.signals.answer(
        principal(tenant.workspace_id), run.id, Action.REJECT, payload={"reason": "No."}, input_id=None
    )
    assert answered.run.status is Status.FAILED
    assert sent == []


async def test_what_only_asks_others_is_shown_first_as_well_because_a_question_can_carry_anything_away(
    house: Server, tenant: Tenant, mind: Researcher, sent: list[str]
) -> None:
    mind.tools = ("documents_search", "ask_around")
    mind.write = lambda prompt: ToolUse(tool="ask_around", args={"text": "the secret"})  # type: ignore[assignment,return-value]  # a script may ask for a tool
    run = await research(house, tenant, await upload(house, tenant, "lighthouse.md", LIGHTHOUSE))
    assert run.status is Status.AWAITING_INPUT
    assert sent == []


async def test_what_a_plan_did_not_allow_is_not_even_offered(
    house: Server, tenant: Tenant, mind: Researcher, models: ScriptedModels
) -> None:
    mind.tools = ("documents_search",)
    await research(house, tenant, await upload(house, tenant, "lighthouse.md", LIGHTHOUSE))
    assert "send_mail" not in {tool.name for ask in models.asked for tool in ask.tools}


async def test_what_cannot_be_shown_in_full_is_not_even_asked_for(
    house: Server, tenant: Tenant, mind: Researcher, sent: list[str]
) -> None:
    run = await _begun(house, tenant, mind, text="hello" + " " * 5000 + "all the secrets")
    assert run.status is Status.COMPLETED
    assert sent == []


async def test_a_person_sees_what_an_argument_hides(house: Server, tenant: Tenant, mind: Researcher) -> None:
    run = await _begun(house, tenant, mind, text="to \u202eelpmaxe\u202c\u200b \U000e0041 now")
    wait = await house.desk.signals.open_wait(principal(tenant.workspace_id), run)
    assert wait is not None
    assert wait.shown is not None
    assert '{"text":"to \\u{202e}elpmaxe\\u{202c}\\u{200b} \\u{e0041} now"}' in str(wait.shown["prompt"])
