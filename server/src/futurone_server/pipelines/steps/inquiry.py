"""The steps of research with a model: look into a question, check its claims, put the report together, verify it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from futurone_server.models.port import Ask
from futurone_server.pipelines.deliverables.page import page
from futurone_server.pipelines.indexing import think
from futurone_server.pipelines.inquiry.asking import as_text, draft_prompt
from futurone_server.pipelines.inquiry.draft import Draft, read_draft, wrongs_of
from futurone_server.pipelines.inquiry.evidence import Evidence, snapshot_of
from futurone_server.pipelines.inquiry.report import compose, section_alone, told
from futurone_server.pipelines.outcomes import ReplanError
from futurone_server.pipelines.prompting import load_prompt
from futurone_server.pipelines.research.brief import Question
from futurone_server.pipelines.research.deliverable import Citation, Source
from futurone_server.pipelines.steps.context import StepContext
from futurone_server.pipelines.toolbox import DOCUMENTS_SEARCH, WEB_SEARCH
from futurone_server.pipelines.verification.disputes import disputes_in
from futurone_server.pipelines.verification.judging import judge_draft
from futurone_server.pipelines.verification.rubric import load_rubric
from futurone_server.pipelines.verification.written import verify_written_report, written_outcome
from futurone_server.pipelines.verification.written_case import Original, open_written

_EARLIER_CHARS_MAX = 2000
_SEVERITY = {True: "pass", False: "warning"}


async def investigate(context: StepContext) -> object:
    """Find passages for one question, then have it answered from them, every sentence with its citation."""
    asked = Question.from_json(_mapping(context.step.args["question"]))
    queries = [asked.text, *map(str, _sequence(context.step.args["queries"]))]
    gathered = _mapping(await context.result("gather"))
    evidence = Evidence(context, await context.sources.index(gathered["files"]))
    if DOCUMENTS_SEARCH in context.step.tools and gathered["files"]:
        await evidence.look_up(queries)
    web = None
    if WEB_SEARCH in context.step.tools:
        web = context.hand.equipment.tools.web_tools(lambda snapshot: evidence.keep(snapshot, queries))
    if web is not None:
        await evidence.look_around(queries[:3], *web)
    draft = await _draft(context, asked, evidence)
    number = int(str(context.step.args["number"]))
    context.section("report", number, asked.text, section_alone(number, asked.text, draft))
    for page_unread in evidence.unread:
        context.finding("warning", f"{page_unread.name} could not be read", page_unread.unread)
    return {
        "draft": draft.to_json(),
        "sources": [source.to_json() for source in evidence.sources],
        "unread": [source.to_json() for source in evidence.unread],
    }


async def _draft(context: StepContext, asked: Question, evidence: Evidence) -> Draft:
    if not evidence.passages:
        final = [error for error in evidence.failures if not error.is_transient]
        if final and len(final) == len(evidence.failures):
            raise ReplanError(
                "TOOL_FAILED",
                f"Nothing could be searched for a question: {final[0].reason_code}.",
                without=frozenset({WEB_SEARCH}),
            )
        context.finding("info", "The sources do not hold the answer", "Nothing was found for the question.")
        return Draft(question_id=asked.id, paragraphs=(), passages=(), missing="Nothing was found for it.")
    # The web was asked before, in the words of the plan. Whoever has read passages is offered nothing that reaches out:
    # what stands in one could ask to have the others carried away in a query or an address.
    offered = [evidence.tool()] if DOCUMENTS_SEARCH in context.step.tools else []
    offered += context.hand.equipment.tools.others(context.step.tools)
    prompt = load_prompt("inquiry-draft")
    answer = await context.ask(
        Ask(
            routing=prompt.routing,
            instructions=prompt.instructions,
            prompt=draft_prompt(asked.text, evidence.passages, earlier=await _earlier(context)),
            check=_patient(lambda text: wrongs_of(text, evidence.passages)),
            tools=offered,
            answer_tokens_max=prompt.answer_tokens_max,
        ),
        is_shown=True,
    )
    paragraphs, missing = read_draft(str(answer.value))
    if not paragraphs:
        context.finding("info", "The sources do not hold the answer", missing)
    return Draft(
        question_id=asked.id,
        paragraphs=paragraphs,
        passages=tuple(evidence.passages),
        missing=missing,
        model=answer.model,
        family=answer.family,
    )


async def _earlier(context: StepContext) -> list[str]:
    """What the questions before this one found out, for those that build on it."""
    texts = []
    for step_id in context.step.depends_on:
        if step_id != "gather":
            found = Draft.from_json(_mapping(await context.result(step_id))["draft"])
            texts.append(as_text(found)[:_EARLIER_CHARS_MAX])
    return texts


async def check_claims(context: StepContext) -> object:
    """Hold each claim of an answer against its passages; have what fails reworked once, and mark what still does."""
    question = str(context.step.args["question"])
    found = _mapping(await context.result(str(context.step.args["of"])))
    draft = Draft.from_json(found["draft"])
    judged = await judge_draft(context, question, draft)
    if judged.doubts:
        context.narrate(f"{len(judged.doubts)} of {len(draft.claims)} sentences do not hold; they are reworked.")
        draft = await _reworked(context, question, draft, told(judged.doubts))
        judged = await judge_draft(context, question, draft)
    refuted = judged.refuted
    if refuted:
        context.finding("warning", f"Left out: {len(refuted)} sentences", " ".join(refuted.values()))
        draft, judged = draft.without(refuted), judged.without(refuted)
    doubts = {**await think(lambda: disputes_in(draft)), **judged.doubts}
    for number, reason in sorted(doubts.items()):
        context.finding("warning", "Doubtful", reason, f"question {draft.question_id}, sentence {number}")
    kept = {name: found.get(name, []) for name in ("sources", "unread")}
    return {"draft": draft.doubting(doubts).to_json(), **kept, "judge": judged.judge}


async def _reworked(context: StepContext, question: str, draft: Draft, wrong: Sequence[str]) -> Draft:
    prompt = load_prompt("inquiry-draft")
    answer = await context.ask(
        Ask(
            routing=prompt.routing,
            instructions=prompt.instructions,
            prompt=draft_prompt(question, draft.passages, draft=as_text(draft), wrong=wrong),
            check=_patient(lambda text: wrongs_of(text, draft.passages)),
            answer_tokens_max=prompt.answer_tokens_max,
        )
    )
    paragraphs, missing = read_draft(str(answer.value))
    return Draft(
        question_id=draft.question_id,
        paragraphs=paragraphs,
        passages=draft.passages,
        missing=missing,
        model=answer.model,
        family=answer.family,
    )


async def compose_written(context: StepContext) -> object:
    """Put the checked answers together into one report, its citations numbered through."""
    gathered = _mapping(await context.result("gather"))
    checked = [_mapping(await context.result(step)) for step in context.step.depends_on]
    drafts = [Draft.from_json(one["draft"]) for one in checked]
    sources = {source["sha256"]: source for one in checked for source in one["sources"]}
    unread = {(page["name"], page["unread"]): page for one in checked for page in one["unread"]}
    listed = [Source.from_json(one) for one in [*gathered["sources"], *sources.values(), *unread.values()]]
    questions = _mapping(context.step.args["questions"])
    asked = [str(questions[draft.question_id]) for draft in drafts]
    title = str(context.step.args["title"])
    markdown, citations = await think(lambda: compose(title, asked, drafts, listed))
    html = await think(lambda: page(title, markdown))
    artifact_id = await context.artifact(
        "report",
        title,
        markdown,
        html=html,
        citations=len(citations),
        engine="model",
        sources=listed,
        models=[draft.model for draft in drafts if draft.model],
    )
    return {
        "artifact": artifact_id,
        "questions": asked,
        "citations": [citation.to_json() for citation in citations],
        "families": sorted({draft.family for draft in drafts} - {""}),
        "fetched": sorted(sources),
    }


async def verify_written(context: StepContext) -> object:
    """Verify the stored report against the original bytes of its sources, which are read anew."""
    composed = _mapping(await context.result("compose"))
    stored = _mapping(await context.content(f"artifact/{composed['artifact']}"))
    originals = await _originals(context, composed)
    citations = [Citation.from_json(one) for one in composed["citations"]]
    markdown, questions = str(stored["text"]), [str(one) for one in composed["questions"]]
    case = await think(lambda: open_written(markdown, questions, citations, originals))
    judged = []
    for section in case.sections:
        draft = case.draft_of(section, ",".join(composed["families"]))
        judged.append(await judge_draft(context, section.title, draft))
    rubric = load_rubric("inquiry")
    threshold = context.run.threshold
    verdict = await think(lambda: verify_written_report(case, judged, rubric, threshold=threshold))
    for check in verdict.checks:
        context.finding(_SEVERITY[check.passed], check.name.replace("_", " "), check.reason)
    return written_outcome(verdict)


async def _originals(context: StepContext, composed: Mapping[str, Any]) -> dict[str, Original]:
    """The bytes of each source, and what they hold as read again, by the digest that the report names."""
    gathered = _mapping(await context.result("gather"))
    found: dict[str, Original] = {}
    read = [source for source in gathered["sources"] if not source["unread"]]
    for file_id, source in zip(gathered["files"], read, strict=True):
        data = await context.sources.read(file_id)
        name, media_type = str(source["name"]), str(source["media_type"])
        found[source["sha256"]] = await think(partial(Original.of_file, name, media_type, data))
    for digest in composed["fetched"]:
        kept = _mapping(await context.content(f"snapshot/{digest}"))
        found[digest] = await think(partial(Original.of_page, snapshot_of(kept, str(digest))))
    return found


def _patient(wrong: Callable[[str], str | None], tries: int = 2) -> Callable[[object], str | None]:
    """Asks for repair so often and no more: what is still wrong then is shown as doubtful."""
    left = [tries]

    def check(value: object) -> str | None:
        found = wrong(str(value))
        if found is None or not left[0]:
            return None
        left[0] -= 1
        return found

    return check


def _mapping(value: object) -> dict[str, Any]:
    assert isinstance(value, dict)
    return value


def _sequence(value: object) -> Sequence[Any]:
    assert isinstance(value, list | tuple)
    return value
