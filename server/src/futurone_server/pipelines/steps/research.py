"""The steps of research: gather the sources, answer one question, compose the report, verify it in a fresh context."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from futurone_server.features.runs import Escalation
from futurone_server.features.vault import Described
from futurone_server.models.port import Routing
from futurone_server.pipelines.indexing import think
from futurone_server.pipelines.outcomes import EscalatedError, StepFailedError
from futurone_server.pipelines.research.answers import SEARCH_NEEDS_MODEL, Answer, answer
from futurone_server.pipelines.research.brief import Brief, Question
from futurone_server.pipelines.research.deliverable import Citation, Meta, Source
from futurone_server.pipelines.research.report import compose as compose_report
from futurone_server.pipelines.research.report import section
from futurone_server.pipelines.sources import Unread
from futurone_server.pipelines.steps.context import StepContext
from futurone_server.pipelines.verification.agreement import quotes_apart
from futurone_server.pipelines.verification.research import research_outcome, verify_research
from futurone_server.pipelines.verification.rubric import research_rubric
from futurone_server.pipelines.verification.verdict import Verification
from futurone_server.tools.documents.refusals import READABLE_NAMES

_SEVERITY = {True: "pass", False: "warning"}
_EMPTY = "The file holds no text."
_SCANNED = "The file holds no text: its pages are images. Give a copy whose text was recognised (OCR)."
_NOTHING_READABLE = Escalation(
    reason="NO_SOURCES",
    message="None of the documents can be read as text; the findings of the step gather say why, file by file.",
    needs=(f"Give documents with text in them as {READABLE_NAMES}; scanned pages need text recognition (OCR) first.",),
)
_NOTHING_FITS = Escalation(
    reason="NO_SOURCES",
    message="There is nothing to read: no file was given, and no document of the vault has a word of the task.",
    needs=("Give files with the run, or upload documents that cover the questions to the vault, and run it again.",),
)


async def gather(context: StepContext) -> object:
    """Choose the files and read each once; what cannot be read is an honest finding."""
    chosen = await context.sources.chosen(str(context.step.args["query"]))
    kept: list[str] = []
    sources: list[dict[str, Any]] = []
    for file in chosen:
        told = {"file": file.id, "name": file.name}
        source = _mapping(await context.call("vault.read", told, partial(_read, context, file)))
        sources.append(source)
        if source["unread"]:
            context.finding("warning", f"{file.name} could not be read", source["unread"])
        else:
            kept.append(file.id)
    context.narrate(f"{len(kept)} of {len(chosen)} documents can be searched.")
    if not kept and context.step.args.get("needs_document"):
        raise EscalatedError(_NOTHING_READABLE if chosen else _NOTHING_FITS)
    return {"files": kept, "sources": sources}


async def _read(context: StepContext, file: Described) -> object:
    found = await context.sources.document(file)
    if isinstance(found, Unread):
        unread = Source(name=file.name, media_type=file.type, sha256="", size_bytes=file.size, unread=found.message)
        return unread.to_json()
    if not found.text.strip():
        why = _SCANNED if file.type == "application/pdf" else _EMPTY
        return Source(name=file.name, media_type=file.type, sha256="", size_bytes=file.size, unread=why).to_json()
    return Source.of(found).to_json()


async def question(context: StepContext) -> object:
    """Answer one question with exact quotes, or abstain; the section goes out on the stream as it is made."""
    asked = Question.from_json(_mapping(context.step.args["question"]))
    gathered = _mapping(await context.result("gather"))
    index = await context.sources.index(gathered["files"])

    async def search() -> object:
        found = await think(lambda: answer(asked, index))
        return found.to_json()

    found = Answer.from_json(_mapping(await context.call("documents.search", {"question": asked.text}, search)))
    if _could_search(context):
        found = found.with_hint(SEARCH_NEEDS_MODEL)
    if found.abstained:
        context.finding("info", _told_open(found), found.reason)
    for one in await think(lambda: quotes_apart(found.quotes)):
        context.finding("warning", "The quotes give different values", f"One says “{one.one}”, one “{one.other}”.")
    number = int(str(context.step.args["number"]))
    part = section(asked, found, number)
    context.section("report", number, part.title, part.markdown)
    return found.to_json()


def _could_search(context: StepContext) -> bool:
    """Whether the web could be searched, were there a model."""
    return context.hand.equipment.tools.web is not None and not context.has_model(Routing.DEEP)


def _told_open(found: Answer) -> str:
    if found.is_bare:
        return "There is nothing to read"
    return "No answer was found" if found.is_limited else "The sources do not hold the answer"


async def compose(context: StepContext) -> object:
    """Put the sections together into the cited report."""
    brief = Brief.from_json(_mapping(context.step.args["brief"]))
    gathered = _mapping(await context.result("gather"))
    answers = [Answer.from_json(_mapping(await context.result(step))) for step in context.step.depends_on]
    sources = [Source.from_json(one) for one in gathered["sources"]]
    report = await think(lambda: compose_report(brief, answers, sources, Meta(title=_title(brief))))
    artifact_id = await context.artifact(
        "report", report.title, report.markdown, html=report.html, citations=len(report.citations), sources=sources
    )
    return {
        "artifact": artifact_id,
        "citations": [citation.to_json() for citation in report.citations],
        "is_limited": any(one.is_limited for one in answers),
    }


async def verify(context: StepContext) -> object:
    """Check the stored report against the original bytes of its sources, which are read anew."""
    composed = _mapping(await context.result("compose"))
    stored = _mapping(await context.content(f"artifact/{composed['artifact']}"))
    gathered = _mapping(await context.result("gather"))
    originals = await _originals(context, gathered)
    brief = Brief.from_json(_mapping(context.step.args["brief"]))
    citations = [Citation.from_json(one) for one in composed["citations"]]
    threshold = context.run.threshold
    verdict: Verification = await think(
        lambda: verify_research(
            str(stored["text"]), citations, originals, brief, research_rubric(), threshold=threshold
        )
    )
    for check in verdict.checks:
        context.finding(_SEVERITY[check.passed], check.name.replace("_", " "), check.reason)
    return research_outcome(verdict, is_limited=composed["is_limited"], could_search=_could_search(context))


async def _originals(context: StepContext, gathered: Mapping[str, Any]) -> dict[str, bytes]:
    """The bytes of each source by the digest that the report names; a changed one fails its gate."""
    read = [source for source in gathered["sources"] if not source["unread"]]
    if len(read) != len(gathered["files"]):
        raise StepFailedError("SOURCES_CHANGED", "The sources changed while the run was working.")
    pairs = zip(gathered["files"], read, strict=True)
    return {source["sha256"]: await context.sources.read(file_id) for file_id, source in pairs}


def _title(brief: Brief) -> str:
    """The question itself where there is one, else what the task says first."""
    if len(brief.questions) == 1:
        return brief.questions[0].text
    return brief.goal.partition(". ")[0].partition("\n")[0]


def _mapping(value: object) -> dict[str, Any]:
    assert isinstance(value, dict)
    return value
