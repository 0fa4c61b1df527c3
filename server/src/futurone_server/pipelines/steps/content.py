"""The steps of content work: look drafts through, gather quotes, make briefs, write sections, take a second look."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from futurone_server.features.runs import Escalation
from futurone_server.features.vault import Described
from futurone_server.models.port import Ask, Routing
from futurone_server.pipelines.content import lint_report as reports
from futurone_server.pipelines.content import source_brief as briefs
from futurone_server.pipelines.content import written as texts
from futurone_server.pipelines.content.assignment import Assignment
from futurone_server.pipelines.content.bank import Point, asked_point, bank, open_points
from futurone_server.pipelines.content.finding import Severity
from futurone_server.pipelines.content.lint import Lint, lint
from futurone_server.pipelines.content.writing import Section, cleaned, section_prompt, wrongs
from futurone_server.pipelines.deliverables.page import page
from futurone_server.pipelines.indexing import think
from futurone_server.pipelines.outcomes import EscalatedError
from futurone_server.pipelines.prompting import load_prompt
from futurone_server.pipelines.research.answers import Quote
from futurone_server.pipelines.research.deliverable import Source
from futurone_server.pipelines.sources import Unread
from futurone_server.pipelines.steps.context import StepContext
from futurone_server.pipelines.verification import content as verifying
from futurone_server.pipelines.verification.rubric import load_rubric
from futurone_server.tools.documents import Document, UnreadableDocument, parse

_SHOWN_FINDINGS_MAX = 40
_SEVERITY = {Severity.ERROR: "warning", Severity.WARNING: "info"}
_UNREADABLE = Escalation(
    reason="NO_SOURCES",
    message="None of the files that were given can be read as text.",
    needs=("Give the files as txt, md, html, csv, docx or pdf with text in it, and run the task again.",),
)


async def lint_draft(context: StepContext) -> object:
    """Look one draft through; each error and warning goes out on the stream with its line."""
    assignment = Assignment.from_json(_mapping(context.step.args["assignment"]))
    file = (await context.sources.describe([str(context.step.args["file"])]))[0]
    others = [one for one in context.run.files if one != file.id]
    beside = (await context.sources.index(others)).documents if others else ()

    async def look() -> object:
        found = await context.sources.document(file)
        if isinstance(found, Unread):
            return {"unread": [file.name, found.message]}
        return (await think(lambda: lint(found, assignment.constraints, beside))).to_json()

    looked = _mapping(await context.call("draft.lint", {"file": file.id, "name": file.name}, look))
    if "unread" in looked:
        context.finding("warning", f"{file.name} could not be read", looked["unread"][1])
        return {"file": file.id, **looked}
    made = Lint.from_json(looked)
    shown = [finding for finding in made.findings if finding.severity in _SEVERITY]
    for finding in shown[:_SHOWN_FINDINGS_MAX]:
        detail = f"“{finding.excerpt}”: {finding.message} {finding.suggestion}".strip()
        location = f"{made.name}:{finding.line}"
        context.finding(_SEVERITY[finding.severity], finding.rule.value, detail, location)
    context.narrate(f"{len(made.findings)} findings in {made.name}.")
    return {"file": file.id, "lint": looked}


async def lint_report(context: StepContext) -> object:
    """Put what was found in the drafts together into one report."""
    results = [_mapping(await context.result(step)) for step in context.step.depends_on]
    unread = [(str(one["unread"][0]), str(one["unread"][1])) for one in results if "unread" in one]
    lints = [Lint.from_json(one["lint"]) for one in results if "lint" in one]
    if not lints:
        raise EscalatedError(_UNREADABLE)
    title, markdown = await think(lambda: reports.compose(lints, unread))
    artifact = await context.artifact("lint_report", title, markdown, html=page(title, markdown), sources=lints)
    return {"artifact": artifact, "files": [one["file"] for one in results if "lint" in one]}


async def quote_bank(context: StepContext) -> object:
    """Read the sources and gather exact quotes for each point of the outline."""
    assignment = Assignment.from_json(_mapping(context.step.args["assignment"]))
    sections = [Section.from_json(one) for one in _list(context.step.args["sections"])]
    has_any = await context.sources.has_any(may_search=_may_search(context))
    chosen = await context.sources.chosen(assignment.subject) if has_any else ()
    sources: list[dict[str, Any]] = []
    kept: list[str] = []
    for file in chosen:
        told = {"file": file.id, "name": file.name}
        source = _mapping(await context.call("vault.read", told, partial(_read, context, file)))
        sources.append(source)
        if source["unread"]:
            context.finding("warning", f"{file.name} could not be read", source["unread"])
        else:
            kept.append(file.id)
    if chosen and not kept:
        raise EscalatedError(_UNREADABLE)
    index = await context.sources.index(kept)

    async def gather() -> object:
        if sections:
            made = await think(
                lambda: [asked_point(f"{one.heading} {one.look_for}", assignment.subject, index) for one in sections]
            )
        else:
            made = list(await think(lambda: bank(assignment, index)))
        return [point.to_json() for point in made]

    points = _list(await context.call("documents.quote", {"subject": assignment.subject}, gather))
    read = [Point.from_json(one) for one in points]
    still_open = await think(lambda: list(open_points(assignment, read, index)))
    context.narrate(f"{sum(len(point.quotes) for point in read)} quotes from {len(kept)} documents.")
    return {"files": kept, "sources": sources, "points": points, "open": still_open}


async def source_brief(context: StepContext) -> object:
    """Put the source brief together."""
    assignment = Assignment.from_json(_mapping(context.step.args["assignment"]))
    gathered = _mapping(await context.result("bank"))
    points = [Point.from_json(one) for one in gathered["points"]]
    sources = [Source.from_json(one) for one in gathered["sources"]]
    title, markdown = await think(lambda: briefs.compose(assignment, points, sources, gathered["open"]))
    citations = sum(len(point.quotes) for point in points)
    html = page(title, markdown)
    artifact = await context.artifact("source_brief", title, markdown, html=html, citations=citations, sources=sources)
    return {"artifact": artifact, "files": gathered["files"]}


async def write_section(context: StepContext) -> object:
    """Write one section with a model, and have it written once more where something in it does not hold."""
    section = Section.from_json(_mapping(context.step.args["section"]))
    assignment = Assignment.from_json(_mapping(context.step.args["assignment"]))
    quotes = _numbered(_mapping(await context.result("bank"))["points"], section.number)

    async def write(again: Sequence[str] = ()) -> str:
        prompt = load_prompt("content-section")
        ask = Ask(
            routing=Routing(prompt.routing),
            instructions=prompt.instructions,
            prompt=section_prompt(assignment.task, section, assignment, quotes, again=again),
            answer_tokens_max=prompt.answer_tokens_max,
        )
        return cleaned(str((await context.ask(ask, is_shown=True)).value))

    text = await write()
    found = wrongs(text, section, assignment, quotes, assignment.task)
    if found:
        context.narrate(f"“{section.heading}” is written again: {len(found)} things in it do not hold.")
        second = await write((text, *found))
        left = wrongs(second, section, assignment, quotes, assignment.task)
        text, found = (second, left) if len(left) <= len(found) else (text, found)
    for wrong in found:
        context.finding("warning", f"Section {section.number}", wrong)
    parts = "\n\n".join(texts.section_parts(section.heading, text))
    context.section("text", section.number, section.heading, parts)
    return {"text": text, "wrongs": list(found), "models": list(context.models)}


async def assemble_text(context: StepContext) -> object:
    """Put the sections together, with the quotes they cite."""
    gathered = _mapping(await context.result("bank"))
    sections = [Section.from_json(one) for one in _list(context.step.args["sections"])]
    results = [_mapping(await context.result(step)) for step in context.step.depends_on]
    sources = [Source.from_json(one) for one in gathered["sources"]]
    title = str(context.step.args["title"])
    quotes = _numbered(gathered["points"])
    pairs = list(zip(sections, (str(one["text"]) for one in results), strict=True))
    markdown, citations = await think(lambda: texts.compose(title, pairs, quotes, sources))
    html = page(title, markdown)
    artifact = await context.artifact(
        "text",
        title,
        markdown,
        html=html,
        citations=citations,
        engine="model",
        sources=sources,
        models=[str(model) for one in results for model in one["models"]],
    )
    return {"artifact": artifact, "files": gathered["files"]}


async def verify_content(context: StepContext) -> object:
    """Check what was made against the files, which are fetched and parsed again."""
    assignment = Assignment.from_json(_mapping(context.step.args["assignment"]))
    made = verifying.Made(str(context.step.args["made"]))
    produced = _mapping(await context.result(str(context.step.args["from"])))
    stored = _mapping(await context.content(f"artifact/{produced['artifact']}"))
    originals, documents = await _again(context, produced["files"])
    verdict = await think(
        lambda: verifying.verify_content(
            made,
            str(stored["text"]),
            assignment,
            originals,
            documents,
            rubric=load_rubric("content"),
            threshold=context.run.threshold,
        )
    )
    for check in verdict.checks:
        context.finding("pass" if check.passed else "warning", check.name.replace("_", " "), check.reason)
    return verifying.content_outcome(verdict, made, has_model=context.has_model(Routing.DRAFT))


async def _again(context: StepContext, files: Sequence[str]) -> tuple[dict[str, bytes], dict[str, Document]]:
    originals: dict[str, bytes] = {}
    documents: dict[str, Document] = {}
    for file in await context.sources.describe(files):
        data = await context.sources.read(file.id)
        try:
            document = await think(partial(parse, file.name, file.type, data))
        except UnreadableDocument:
            continue
        originals[document.sha256] = data
        documents.setdefault(document.sha256, document)
    return originals, documents


async def _read(context: StepContext, file: Described) -> object:
    found = await context.sources.document(file)
    if isinstance(found, Unread):
        unread = Source(name=file.name, media_type=file.type, sha256="", size_bytes=file.size, unread=found.message)
        return unread.to_json()
    return Source.of(found).to_json()


def _numbered(points: Sequence[Mapping[str, Any]], only: int | None = None) -> dict[int, Quote]:
    """The quotes of the bank by their number, or those of one point alone."""
    numbered: dict[int, Quote] = {}
    number = 0
    for at, point in enumerate(points, 1):
        for quote in Point.from_json(point).quotes:
            number += 1
            if only in (None, at):
                numbered[number] = quote
    return numbered


def _may_search(context: StepContext) -> bool:
    return context.hand.work.brief.get("may_search_vault") is True


def _mapping(value: object) -> dict[str, Any]:
    assert isinstance(value, dict)
    return value


def _list(value: object) -> list[Any]:
    assert isinstance(value, list | tuple)
    return list(value)
