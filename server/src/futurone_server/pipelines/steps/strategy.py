"""The steps of strategy work: read numbers, compute tables, tell what they say, look everything up again."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from futurone_server.features.runs import Escalation
from futurone_server.features.vault import Described
from futurone_server.models.port import Ask, Routing
from futurone_server.pipelines.content.bank import asked_point
from futurone_server.pipelines.deliverables.page import page
from futurone_server.pipelines.indexing import think
from futurone_server.pipelines.outcomes import EscalatedError, StepFailedError
from futurone_server.pipelines.prompting import load_prompt
from futurone_server.pipelines.research.deliverable import Source
from futurone_server.pipelines.sources import Unread
from futurone_server.pipelines.steps.context import StepContext
from futurone_server.pipelines.strategy import report as reports
from futurone_server.pipelines.strategy import tables, telling
from futurone_server.pipelines.strategy.computing import Computed, compute
from futurone_server.pipelines.strategy.framing import frame_prompt, frame_wrong, framed, sources_of
from futurone_server.pipelines.strategy.given import Numbers
from futurone_server.pipelines.strategy.intake import Material, read_numbers
from futurone_server.pipelines.strategy.wanted import Wanted, goal_of
from futurone_server.pipelines.verification import strategy as verifying
from futurone_server.pipelines.verification.rubric import load_rubric
from futurone_server.tools.documents import Document, UnreadableDocument, parse
from futurone_server.tools.documents.decoding import decode, make_visible

_SHEETS = ("text/csv", "text/tab-separated-values")
_NOTHING = Escalation(
    reason="MODEL_REQUIRED",
    message="Nothing can be computed from what was given, and no language model is configured to look further.",
    needs=(
        "Give options as rows and criteria as columns with numbers, or lines such as “profit = revenue - costs” with a"
        " number for each name, and run the task again.",
        "Or configure a model on the server (FUTURONE_MODELS), then run the task again.",
    ),
)


async def gather_numbers(context: StepContext) -> object:
    """Read what there is to compute with: tables and lines first; where they hold nothing, a model looks."""
    task = str(context.step.args["task"])
    described = await context.sources.describe(context.run.files) if context.run.files else ()
    sources: list[dict[str, Any]] = []
    materials: list[Material] = []
    files: list[str] = []
    for file in described:
        told = {"file": file.id, "name": file.name}
        material, source = await _material(context, file, told)
        sources.append(source.to_json())
        if material is not None:
            materials.append(material)
            files.append(file.id)

    async def read() -> object:
        return (await think(partial(read_numbers, task, materials))).to_json()

    found = Numbers.from_json(_mapping(await context.call("numbers.read", {"files": files}, read)))
    quotes: tuple[tuple[str, str], ...] = ()
    is_framed = False
    routing = next((one for one in (Routing.DEEP, Routing.DRAFT) if context.has_model(one)), None)
    if not (await think(partial(compute, found, is_drawn=False))).has_any and routing is not None:
        found, quotes = await _frame(context, task, files, routing)
        is_framed = True
    if routing is None and not (found.decision or found.formulas):
        raise EscalatedError(_NOTHING)
    for missing in found.missing:
        context.finding("warning", "A number is missing", missing)
    return {
        "files": files,
        "sources": sources,
        "numbers": found.to_json(),
        "quotes": [list(one) for one in quotes],
        "is_framed": is_framed,
        "models": list(context.models),
    }


async def tell_strategy(context: StepContext) -> object:
    """Have a model put the tables into words, section by section; each is held against the tables, and mended once."""
    task = str(context.step.args["task"])
    gathered = _mapping(await context.result("numbers"))
    numbers = Numbers.from_json(gathered["numbers"])
    quotes = _pairs(gathered["quotes"])
    if gathered["files"]:
        index = await context.sources.index(gathered["files"])
        point = await think(lambda: asked_point(goal_of(task), "", index))
        quotes += [one for one in map(telling.as_quote, point.quotes) if one not in quotes]
    computed = await think(partial(compute, numbers))
    _, shown = reports.compose(goal_of(task), numbers, computed.matrix, computed.scenario, ())
    prompt = load_prompt("strategy-words")

    async def write(heading: str, again: Sequence[str] = ()) -> str:
        ask = Ask(
            routing=prompt.routing,
            instructions=prompt.instructions,
            prompt=telling.telling_prompt(task, heading, shown, quotes, again=again),
            answer_tokens_max=prompt.answer_tokens_max,
        )
        return telling.plain((await context.ask(ask, is_shown=True)).value)

    sections = []
    for number, heading in enumerate(telling.HEADINGS, 1):
        text = await write(heading)
        found = telling.telling_wrongs(text, task, shown, quotes)
        if found:
            context.narrate(f"“{heading}” is written again: {len(found)} things in it do not hold.")
            second = await write(heading, (text, *found))
            left = telling.telling_wrongs(second, task, shown, quotes)
            text, found = (second, left) if len(left) <= len(found) else (text, found)
        for wrong in found:
            context.finding("warning", heading, wrong)
        context.section("report", number, heading, telling.section_of(heading, text))
        sections.append([heading, text])
    return {"sections": sections, "quotes": [list(one) for one in quotes], "models": list(context.models)}


async def report_strategy(context: StepContext) -> object:
    """Compute everything, and put report and tables together."""
    task = str(context.step.args["task"])
    gathered = _mapping(await context.result("numbers"))
    told = _mapping(await context.result("words")) if context.step.args["is_told"] else None
    numbers = Numbers.from_json(gathered["numbers"])

    held: list[Computed] = []

    async def work() -> object:
        held.append(await think(partial(compute, numbers)))
        results = held[0].scenario.results if held[0].scenario else ()
        return {"has_matrix": held[0].matrix is not None, "results": sum(not one.problem for one in results)}

    await context.call("arithmetic", {"formulas": len(numbers.formulas)}, work)
    computed = held[0]
    words = [telling.section_of(heading, text) for heading, text in told["sections"]] if told else []
    quotes = telling.quotes_of(_pairs(told["quotes"] if told else gathered["quotes"]))
    sources = [Source.from_json(one) for one in gathered["sources"]]
    title, markdown = reports.compose(
        goal_of(task),
        numbers,
        computed.matrix,
        computed.scenario,
        sources,
        words=words,
        quotes=quotes,
        is_framed=gathered["is_framed"],
    )
    html = page(title, markdown, reports.charts(numbers.decision, computed.matrix, computed.scenario))
    made: dict[str, Any] = {
        "engine": "model" if told or gathered["is_framed"] else "deterministic",
        "sources": sources,
        "models": [*gathered["models"], *(told["models"] if told else ())],
    }
    artifact = await context.artifact("strategy_report", title, markdown, html=html, **made)
    if numbers.decision and computed.matrix:
        table = tables.matrix_csv(numbers.decision, computed.matrix)
        await context.artifact("decision_matrix", "Decision matrix", table, media_type="text/csv", **made)
    if computed.scenario:
        table = tables.scenario_csv(computed.scenario)
        await context.artifact("scenarios", "Scenarios", table, media_type="text/csv", **made)
    return {"artifact": artifact, "files": gathered["files"]}


async def verify_strategy(context: StepContext) -> object:
    """Look every number up in the files, which are fetched and parsed again, and compute everything a second time."""
    task = str(context.step.args["task"])
    wanted = Wanted(str(context.step.args["wanted"]))
    produced = _mapping(await context.result("report"))
    stored = _mapping(await context.content(f"artifact/{produced['artifact']}"))
    originals: dict[str, bytes] = {}
    documents: dict[str, Document] = {}
    raw: dict[str, str] = {}
    for file in await context.sources.describe(produced["files"]):
        data = await context.sources.read(file.id)
        try:
            document = await think(partial(parse, file.name, file.type, data))
        except UnreadableDocument:
            continue
        originals[document.sha256] = data
        documents[document.sha256] = document
        if document.media_type in _SHEETS:
            raw[file.name] = make_visible(decode(data)[0])[0]
    verdict = await think(
        lambda: verifying.verify_strategy(
            str(stored["text"]),
            task,
            wanted,
            originals,
            documents,
            raw,
            rubric=load_rubric("strategy"),
            threshold=context.run.threshold,
        )
    )
    for check in verdict.checks:
        context.finding("pass" if check.passed else "warning", check.name.replace("_", " "), check.reason)
    return verifying.strategy_outcome(verdict, has_model=context.has_model(Routing.DRAFT))


async def _material(
    context: StepContext, file: Described, told: Mapping[str, object]
) -> tuple[Material | None, Source]:
    held: list[Material] = []

    async def read() -> object:
        found = await context.sources.document(file)
        if isinstance(found, Unread):
            return Source(
                name=file.name, media_type=file.type, sha256="", size_bytes=file.size, unread=found.message
            ).to_json()
        is_sheet = found.media_type in _SHEETS
        raw = make_visible(decode(await context.sources.read(file.id))[0])[0] if is_sheet else None
        held.append(Material(document=found, raw=raw))
        return Source.of(found).to_json()

    source = Source.from_json(_mapping(await context.call("vault.read", told, read)))
    if source.unread:
        context.finding("warning", f"{file.name} could not be read", source.unread)
    return (held[0] if held else None), source


async def _frame(
    context: StepContext, task: str, files: Sequence[str], routing: Routing
) -> tuple[Numbers, tuple[tuple[str, str], ...]]:
    """Numbers from running text, found by a model; each is quoted or marked as an assumption, or the model is told."""
    index = await context.sources.index(files)
    prompt = load_prompt("strategy-frame")
    known = sources_of(task, index)
    answer = await context.ask(
        Ask(
            routing=routing,
            instructions=prompt.instructions,
            prompt=await think(partial(frame_prompt, task, index)),
            schema=prompt.schema,
            check=lambda value: frame_wrong(value, known),
            answer_tokens_max=prompt.answer_tokens_max,
        )
    )
    frame = _mapping(answer.value)
    if frame_wrong(frame, known) is not None:
        # Whoever asked it has tried long enough; a number without its quote is not computed with.
        raise StepFailedError("MODEL_ANSWER_INVALID", "The model's numbers do not stand where it says they do.")
    return framed(frame)


def _pairs(value: object) -> list[tuple[str, str]]:
    assert isinstance(value, list)
    return [(str(one[0]), str(one[1])) for one in value]


def _mapping(value: object) -> dict[str, Any]:
    assert isinstance(value, dict)
    return value
