"""Research with a model: what it writes is cited, checked by a reader who did not write it, paid for, and shown."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from futurone_server.eventlog import EventType
from futurone_server.features.runs import Budget, Run, Status
from futurone_server.main import Server
from futurone_server.models.port import ModelError
from futurone_server.models.scripted import ScriptedModels
from house import Tenant, principal
from pipelines.inquiry.conftest import HARBOUR, LIGHTHOUSE, research, upload
from pipelines.inquiry.standin import Researcher
from pipelines.stage import events_of

pytestmark = pytest.mark.anyio


async def report_of(house: Server, tenant: Tenant, run: Run) -> str:
    caller = principal(tenant.workspace_id)
    (artifact,) = (await house.desk.deliverables.artifacts(caller, [run]))[run.id]
    assert artifact.engine == "model"
    _, content = await house.desk.deliverables.artifact(caller, run.id, artifact.id)
    return str(content["text"])


async def verified(house: Server, tenant: Tenant, run: Run) -> Mapping[str, Any]:
    _, account = await house.desk.deliverables.verification(principal(tenant.workspace_id), run.id)
    assert account is not None
    return account


async def both(house: Server, tenant: Tenant) -> tuple[str, str]:
    return (
        await upload(house, tenant, "lighthouse.md", LIGHTHOUSE),
        await upload(house, tenant, "harbour.md", HARBOUR),
    )


async def test_a_report_is_written_cited_verified_and_completed(
    house: Server, tenant: Tenant, models: ScriptedModels
) -> None:
    run = await research(house, tenant, *await both(house, tenant))
    assert run.status is Status.COMPLETED, (run.error, run.escalation, await verified(house, tenant, run))
    text = await report_of(house, tenant, run)
    assert "42 metres" in text
    assert "1874" in text
    assert re.search(r"\[1\]", text)
    account = await verified(house, tenant, run)
    assert account["rubric_id"] == "inquiry"
    assert all(check["passed"] for check in account["checks"] if check["kind"] == "gate"), account["checks"]
    assert run.confidence is not None
    assert 0.85 <= run.confidence <= 0.99, "what is not calibrated is never certain"
    assert not account["calibrated"]


async def test_independent_questions_run_side_by_side_and_the_plan_is_shown_first(
    house: Server, tenant: Tenant
) -> None:
    run = await research(house, tenant, *await both(house, tenant))
    events = await events_of(house, run)
    types = [event.type for event in events]
    assert types.index(EventType.PLAN) < types.index(EventType.TOOL_CALL)
    begun = [event.facts["step"] for event in events if event.type is EventType.STEP_STARTED]
    done = [event.facts["step"] for event in events if event.type is EventType.STEP_DONE]
    assert begun.index("s2") < begun.index("check_s1")
    assert done[-1] == "verify"


async def test_no_source_has_been_read_when_the_plan_is_made(
    house: Server, tenant: Tenant, models: ScriptedModels
) -> None:
    await research(house, tenant, *await both(house, tenant))
    assert "42 metres" not in models.asked[0].prompt
    assert models.asked[0].tools == ()


async def test_every_call_is_counted_priced_and_in_the_log_without_content(
    house: Server, tenant: Tenant, models: ScriptedModels
) -> None:
    run = await research(house, tenant, *await both(house, tenant))
    calls = [event for event in await events_of(house, run) if event.type is EventType.MODEL_CALL]
    assert len(calls) == len(models.asked)
    assert run.spent.input_tokens == sum(int(str(call.facts["input_tokens"])) for call in calls) > 0
    assert run.spent.cost_usd > 0
    assert run.spent.is_priced
    assert all(call.content is None for call in calls)
    assert calls[0].facts["price"] == {"input_usd": "1", "output_usd": "2", "source": "script"}


async def test_what_a_model_writes_is_streamed(house: Server, tenant: Tenant) -> None:
    run = await research(house, tenant, *await both(house, tenant))
    deltas = [event for event in await events_of(house, run) if event.type is EventType.DELTA]
    text = "".join(str((event.content or {})["text"]) for event in deltas if event.facts["step"] == "s1")
    assert "42 metres high [" in text


async def test_a_budget_ends_the_run_before_the_call_that_would_break_it(
    house: Server, tenant: Tenant, models: ScriptedModels
) -> None:
    run = await research(house, tenant, *await both(house, tenant), budget=Budget(max_tokens=4000))
    assert run.status is Status.FAILED
    assert run.error is not None
    assert run.error["reason_code"] == "LIMIT_EXCEEDED"
    assert run.spent.tokens <= 4000
    dear = await research(house, tenant, *await both(house, tenant), budget=Budget(max_cost_usd=0.001))
    assert dear.error is not None
    assert dear.error["reason_code"] == "LIMIT_EXCEEDED"


async def test_a_number_that_no_passage_holds_is_reworked_once(
    house: Server, tenant: Tenant, mind: Researcher, models: ScriptedModels
) -> None:
    def hurried(prompt: str) -> str:
        text = mind.quote(prompt)
        return text if "<wrong>" in prompt else text.replace("42", "57")

    mind.write = hurried
    run = await research(house, tenant, *await both(house, tenant))
    assert run.status is Status.COMPLETED
    text = await report_of(house, tenant, run)
    assert "57" not in text
    assert any("The number 57" in ask.prompt for ask in models.asked)


async def test_what_is_refuted_still_is_left_out_and_told_and_the_run_is_held(
    house: Server, tenant: Tenant, mind: Researcher
) -> None:
    mind.write = lambda prompt: mind.quote(prompt).replace("42", "57")
    run = await research(house, tenant, *await both(house, tenant))
    assert run.status is Status.ESCALATED
    text = await report_of(house, tenant, run)
    assert "57 metres high" not in text
    assert "did not hold against the sources" in text
    assert run.escalation is not None
    assert run.escalation["needs"] == ["Question 1: give a document that covers it."]


async def test_what_is_doubtful_is_marked_with_the_reason(house: Server, tenant: Tenant, mind: Researcher) -> None:
    def unsure(prompt: str) -> Mapping[str, Any]:
        told = mind.look_up(prompt)
        return {**told, "claims": [{**one, "probability": 0.2} for one in told["claims"]]}

    mind.write = lambda prompt: mind.quote(prompt).replace("The tower", "The famous tower")
    mind.judge = unsure
    run = await research(house, tenant, *await both(house, tenant))
    assert run.status is Status.ESCALATED
    text = await report_of(house, tenant, run)
    assert "‡" in text
    assert re.search(r"- Doubtful, sentence \d: ", text)
    account = await verified(house, tenant, run)
    assert all(check["passed"] for check in account["checks"] if check["kind"] == "gate"), account["checks"]


async def test_a_judge_catches_what_words_alone_do_not(house: Server, tenant: Tenant, mind: Researcher) -> None:
    mind.write = lambda prompt: mind.quote(prompt).replace("does not turn", "does turn")
    mind.questions = ("Does the light turn, or does a screen turn around it?",)
    run = await research(house, tenant, *await both(house, tenant))
    assert run.status is Status.ESCALATED


async def test_a_question_that_the_sources_do_not_answer_is_declared(
    house: Server, tenant: Tenant, mind: Researcher
) -> None:
    mind.questions = ("How high is the lighthouse tower?", "Which quasars emit gamma radiation?")
    run = await research(house, tenant, *await both(house, tenant))
    assert run.status is Status.ESCALATED
    text = await report_of(house, tenant, run)
    assert "- Question 2: Which quasars" in text
    assert "The sources do not hold the answer." in text


async def test_a_sentence_without_a_citation_is_asked_for_again(
    house: Server, tenant: Tenant, mind: Researcher, models: ScriptedModels
) -> None:
    seen: list[str] = []

    def sloppy(prompt: str) -> str:
        seen.append(prompt)
        text = mind.quote(prompt)
        return text if seen.count(prompt) > 1 else re.sub(r" \[\d+\]", "", text)

    mind.write = sloppy
    run = await research(house, tenant, *await both(house, tenant))
    assert run.status is Status.COMPLETED


async def test_a_plan_with_an_unknown_tool_or_a_cycle_is_repaired(
    house: Server, tenant: Tenant, mind: Researcher, models: ScriptedModels
) -> None:
    turns = iter(["tool", "cycle"])

    def careless(prompt: str) -> Mapping[str, Any]:
        plan: Any = mind.outline(prompt)
        turn = next(turns, "good")
        if turn == "tool":
            plan["steps"][0]["tools"] = ["send_mail"]
        if turn == "cycle":
            plan["steps"][0]["depends_on"], plan["steps"][1]["depends_on"] = ["s2"], ["s1"]
        return plan  # type: ignore[no-any-return]  # as it was made

    mind.plan = careless
    run = await research(house, tenant, *await both(house, tenant))
    assert run.status is Status.COMPLETED
    said = [ask.check(value) for ask, value in [(models.asked[0], careless_value(mind))]]
    assert said == ["Step s1 names the tool send_mail; there are documents_search, calculate, run_program."]


def careless_value(mind: Researcher) -> Mapping[str, Any]:
    plan: Any = mind.outline("")
    plan["steps"][0]["tools"] = ["send_mail"]
    return plan  # type: ignore[no-any-return]  # as it was made


async def test_without_a_judge_an_answer_about_something_else_is_held(
    house: Server, tenant: Tenant, mind: Researcher
) -> None:
    def away(prompt: str) -> Mapping[str, Any]:
        raise ModelError("MODEL_UNAVAILABLE", "No model of this class answered.")

    mind.questions = ("How do bees make honey in the lighthouse?",)
    mind.judge = away
    mind.write = lambda prompt: "The lighthouse was built in 1874 by the engineer Ada Wells [1]."
    run = await research(house, tenant, *await both(house, tenant))
    assert run.status is Status.ESCALATED, run.confidence
    (section,) = (await verified(house, tenant, run))["sections"]
    assert section["claims"][0] > 0.9, "it is true"
    assert section["confidence"] < 0.85, "and no answer"
    assert "No judge said" in section["reason"]


async def test_sources_that_contradict_one_another_are_shown_both_and_the_run_is_held(
    house: Server, tenant: Tenant, mind: Researcher
) -> None:
    mind.questions = ("What is the thermal power of the reactor?",)
    files = (
        await upload(house, tenant, "first.md", b"# Reactor\n\nThe thermal power of the reactor is 20 megawatts.\n"),
        await upload(house, tenant, "second.md", b"# Reactor\n\nThe thermal power of the reactor is 99 megawatts.\n"),
    )
    run = await research(house, tenant, *files)
    assert run.status is Status.ESCALATED
    text = await report_of(house, tenant, run)
    assert "20 megawatts. [1]†‡" in text
    assert "99 megawatts. [2]†‡" in text
    assert "this sentence says “20 megawatts”, sentence 2 says “99 megawatts”" in text
    account = await verified(house, tenant, run)
    (check,) = [one for one in account["checks"] if one["name"] == "sources_agree"]
    assert not check["passed"]
    assert "“20 megawatts”" in check["reason"]
    assert "“99 megawatts”" in check["reason"]
    assert account["confidence"] < 0.5
    assert run.escalation is not None
    assert "contradicting" in str(run.escalation["needs"])
