"""The plan of a research task as a model makes it: questions as a graph, each looked into, checked and put together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from futurone_server.features.runs import Plan, PlanError, PlanStep
from futurone_server.models.port import Ask
from futurone_server.pipelines.inquiry.asking import plan_prompt, replan_prompt
from futurone_server.pipelines.outcomes import StepFailedError
from futurone_server.pipelines.planning.context import PlanContext, Trouble
from futurone_server.pipelines.prompting import load_prompt
from futurone_server.pipelines.research.brief import Question, Wanted
from futurone_server.pipelines.research.escaping import without_unseen
from futurone_server.pipelines.toolbox import DOCUMENTS_SEARCH, WEB_SEARCH
from futurone_server.tools.documents import make_visible

_HEAD = "gather"


async def plan(context: PlanContext, *, has_documents: bool) -> Plan:
    """Ask for the plan and check it. No source has been read yet, and nothing that is read later can change it."""
    offers = dict(context.hand.equipment.tools.offers())
    if not has_documents:
        offers.pop(DOCUMENTS_SEARCH)
    prompt = load_prompt("inquiry-plan")
    answer = await context.ask(
        Ask(
            routing=prompt.routing,
            instructions=prompt.instructions,
            prompt=plan_prompt(context.task, await _told(context, offers), list(offers.items())),
            schema=prompt.schema,
            check=_checking(offers, has_documents=has_documents),
            answer_tokens_max=prompt.answer_tokens_max,
        )
    )
    assert isinstance(answer.value, dict)
    return graph(answer.value, has_documents=has_documents)


async def replan(context: PlanContext, before: Plan, trouble: Trouble) -> Plan:
    """Ask for other questions in place of those that are not done, without the tools that failed."""
    offers = dict(context.hand.equipment.tools.offers())
    has_documents = any(DOCUMENTS_SEARCH in step.tools for step in before.steps)
    for name in (*trouble.cause.without, *(() if has_documents else (DOCUMENTS_SEARCH,))):
        offers.pop(name, None)
    if not {DOCUMENTS_SEARCH, WEB_SEARCH} & offers.keys():
        raise StepFailedError(trouble.cause.reason, trouble.cause.message)
    done = [step for step in trouble.done if step.kind == "investigate"]
    left = [step for step in before.steps if step.kind == "investigate" and step not in done]
    prompt = load_prompt("inquiry-plan")
    answer = await context.ask(
        Ask(
            routing=prompt.routing,
            instructions=prompt.instructions,
            prompt=replan_prompt(context.task, [step.label for step in done], [step.label for step in left], offers),
            schema=prompt.schema,
            check=_checking(offers, has_documents=has_documents),
            answer_tokens_max=prompt.answer_tokens_max,
        )
    )
    assert isinstance(answer.value, dict)
    return _joined(before, done, _fresh(answer.value, before), has_documents=has_documents)


def _fresh(value: Mapping[str, Any], before: Plan) -> Mapping[str, Any]:
    """A model's answer with ids that no step of the plan has had yet."""
    taken = [int(step.id[1:]) for step in before.steps if step.kind == "investigate"]
    names = {step["id"]: f"s{number}" for number, step in enumerate(value["steps"], max(taken, default=0) + 1)}
    steps = [
        {**step, "id": names[step["id"]], "depends_on": [names[one] for one in step["depends_on"]]}
        for step in value["steps"]
    ]
    return {**value, "steps": steps}


def _joined(before: Plan, done: Sequence[PlanStep], value: Mapping[str, Any], *, has_documents: bool) -> Plan:
    """One plan of what is done and what comes instead of the rest; nothing that is done runs again."""
    kept = [_as_answer(step) for step in done]
    whole = graph({**value, "steps": [*kept, *value["steps"]]}, has_documents=has_documents)
    by_id = {step.id: step for step in before.steps}
    as_before = {_HEAD, *(step.id for step in done)}
    steps = tuple(by_id[step.id] if step.id in as_before else step for step in whole.steps)
    return replace(before, steps=steps, success_criteria=whole.success_criteria, revision=before.revision + 1)


def _as_answer(step: PlanStep) -> dict[str, Any]:
    return {
        "id": step.id,
        "question": step.label,
        "queries": [],
        "depends_on": [one for one in step.depends_on if one != _HEAD],
        "tools": list(step.tools),
        "success_criteria": list(step.success_criteria),
    }


async def _told(context: PlanContext, offers: Mapping[str, str]) -> str:
    """What there is to look into, in our words: names of files are content, but nobody's instructions."""
    count = len(context.run.files)
    given = f"{count} documents were given." if count else "No document was given with the task."
    vault = " The vault may be searched." if context.may_search_vault and not count else ""
    web = " The web can be searched." if WEB_SEARCH in offers else ""
    return f"{given}{vault}{web}"


def _checking(offers: Mapping[str, str], *, has_documents: bool) -> Callable[[object], str | None]:
    def check(value: object) -> str | None:
        assert isinstance(value, dict)
        for step in value["steps"]:
            unknown = [name for name in step["tools"] if name not in offers]
            if unknown:
                return f"Step {step['id']} names the tool {unknown[0][:40]}; there are {', '.join(offers)}."
        try:
            graph(value, has_documents=has_documents).in_order()
        except PlanError as error:
            return str(error)
        return None

    return check


def graph(value: Mapping[str, Any], *, has_documents: bool) -> Plan:
    """The plan that a model's answer comes to, with the steps that every research has."""
    steps = list(value["steps"])
    first = _gather(steps, needs_document=not any(WEB_SEARCH in step["tools"] for step in steps))
    looks = [_investigate(number, step, has_documents=has_documents) for number, step in enumerate(steps, 1)]
    checks = [_check(step) for step in steps]
    ids = tuple(f"check_{step['id']}" for step in steps)
    compose = PlanStep(
        id="compose",
        kind="compose_written",
        label="Put the report together",
        depends_on=ids,
        args={"title": _line(value["goal"]), "questions": {step["id"]: _line(step["question"]) for step in steps}},
        inputs=("answers",),
        outputs=("report",),
        success_criteria=("Every sentence names the passages it rests on.",),
    )
    verify = PlanStep(
        id="verify",
        kind="verify_written",
        label="Check the report against its sources",
        depends_on=("compose",),
        inputs=("report", "sources"),
        outputs=("verification",),
        success_criteria=("Each sentence is held against its passages again, by a reader who did not write it.",),
    )
    return Plan(
        goal=_line(value["goal"]),
        constraints=tuple(map(_line, value["constraints"])),
        quality_bar=_line(value["quality_bar"]),
        success_criteria=tuple(map(_line, value["success_criteria"])),
        steps=(first, *looks, *checks, compose, verify),
    )


def _gather(steps: Sequence[Mapping[str, Any]], *, needs_document: bool) -> PlanStep:
    words = [_line(text) for step in steps for text in (step["question"], *step["queries"])]
    return PlanStep(
        id=_HEAD,
        kind="gather",
        label="Gather and read the sources",
        args={"query": " ".join(words)[:4000], "needs_document": needs_document},
        outputs=("sources",),
        success_criteria=("Every source is read, or it is said why not.",),
    )


def _investigate(number: int, step: Mapping[str, Any], *, has_documents: bool) -> PlanStep:
    question = Question(id=step["id"], text=_line(step["question"]), wanted=Wanted.ANY)
    tools = tuple(dict.fromkeys([*([DOCUMENTS_SEARCH] if has_documents else []), *step["tools"]]))
    return PlanStep(
        id=step["id"],
        kind="investigate",
        label=question.text,
        depends_on=(_HEAD, *dict.fromkeys(step["depends_on"])),
        args={"question": question.to_json(), "number": number, "queries": [_line(one) for one in step["queries"]]},
        tools=tools,
        inputs=("sources",),
        outputs=("answer",),
        success_criteria=tuple(map(_line, step["success_criteria"])),
    )


def _check(step: Mapping[str, Any]) -> PlanStep:
    return PlanStep(
        id=f"check_{step['id']}",
        kind="check_claims",
        label=f"Check the answer: {_line(step['question'])}",
        depends_on=(step["id"],),
        args={"of": step["id"], "question": _line(step["question"])},
        inputs=("answer",),
        outputs=("checked answer",),
        success_criteria=("Claims that do not hold are reworked once, or marked as doubtful.",),
    )


def _line(value: object) -> str:
    return " ".join(without_unseen(make_visible(str(value))[0]).split())
