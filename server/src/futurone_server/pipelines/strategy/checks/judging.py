"""A strategy report judged: each gate, each score, and how sure each of its parts is."""

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from futurone_server.pipelines.content.checks.citing import MARK, inert, short
from futurone_server.pipelines.content.checks.judged import Judged, JudgedSection, share
from futurone_server.pipelines.content.counting import counted
from futurone_server.pipelines.content.reading import Part, Reading, read
from futurone_server.pipelines.strategy.checks import again, draws
from futurone_server.pipelines.strategy.checks.tracing import ASSUMED, Originals
from futurone_server.pipelines.strategy.given import Better
from futurone_server.pipelines.strategy.naming import is_aggregate
from futurone_server.pipelines.strategy.report import (
    ASSUMPTIONS,
    FORMULAS,
    NOT_COMPUTED,
    NOTES,
    RANKING,
    RESULTS,
    WEIGHTS,
)
from futurone_server.pipelines.strategy.telling import HEADINGS, QUOTES, sentences_of
from futurone_server.tools.documents import Document
from futurone_server.tools.retrieval import numbers

_SHA = re.compile(r"\A(?P<name>.*), [\w./+-]+, \d+ bytes, SHA-256 (?P<sha>[0-9a-f]{64})\Z")
_PLACED = re.compile(r"(?P<shown>.*) \((?P<place>[^()]*(?:\([^()]*\)[^()]*)*)\)\Z")
_QUOTED = re.compile(r"\A“(?P<text>.*)”\n\[(?P<number>\d+)\] (?P<source>.*)\Z", re.DOTALL)
_DIRECTIONS = {
    "assumed from its name": "direction_by_name",
    "assumed, as for ratings": "direction_of_ratings",
    "assumed": "direction_assumed",
}
_NOT_STATED = ("not stated", "equal, because none was stated")
_BY_MODEL = "set by the model"


class StrategyCase:
    """All that is known of a strategy report: as it reads, the task, and its files fetched and parsed again."""

    def __init__(
        self, markdown: str, task: str, originals: Mapping[str, bytes], documents: Mapping[str, Document],
        raw: Mapping[str, str],
    ) -> None:  # fmt: skip
        self.reading: Reading = read(markdown)
        self.bytes = originals
        self.task = task
        by_name = {document.name: document for document in documents.values()}
        self.originals = Originals(task, by_name, raw, dict(self._quotes()))

    def _quotes(self) -> Iterator[tuple[int, tuple[str, str]]]:
        part = self.reading.part(QUOTES)
        for told in part.quotes if part else ():
            found = _QUOTED.match(told)
            if found:
                yield int(found["number"]), (found["text"], found["source"])

    @cached_property
    def traced(self) -> list[tuple[str, str]]:
        """Every given number as it is shown, and the place it is said to stand at."""
        found: list[tuple[str, str]] = []
        given = again.table(self.reading, (), "Given")
        for row in given.rows if given else ():
            for cell in row[1:]:
                placed = _PLACED.match(cell)
                found += [(placed["shown"], placed["place"])] if placed else []
        weights = again.table(self.reading, WEIGHTS, "Weights")
        found += [(row[1], row[4]) for row in (weights.rows if weights else ()) if row[4] not in _NOT_STATED]
        return found

    @cached_property
    def assumed(self) -> list[tuple[str, tuple[str, ...]]]:
        """Every number of an assumption, and the places one of which it stands at."""
        table = again.table(self.reading, ASSUMPTIONS, "Assumptions")
        return [
            (cell, tuple(row[5].split("; ")))
            for row in (table.rows if table else ())
            for cell in row[1:4]
            if not cell.endswith("(middle)")
        ]

    @cached_property
    def told(self) -> dict[str, list[str]]:
        """The sentences of each section that a model wrote."""
        parts = [self.reading.part(heading) for heading in HEADINGS]
        return {part.path[-1]: list(_sentences(part)) for part in parts if part}


def judge_strategy(case: StrategyCase, weights: Mapping[str, Any]) -> Judged:
    """Judge a report; ``weights`` are the rubric's numbers."""
    wrong_words = list(_wrong_words(case))
    wrongs = {
        "sources_unchanged": tuple(_changed(case)),
        "numbers_trace": tuple(_untraced(case)),
        "numbers_complete": tuple(_left_out(case)),
        "inert": tuple(inert(case.reading)),
        **_recomputed(case),
        **({"words_hold": tuple(wrong_words)} if case.told else {}),
    }
    given = len(case.traced) + len(case.assumed)
    assumed = sum(place == ASSUMED for _, place in case.traced) + sum(ASSUMED in places for _, places in case.assumed)
    computed, wanted = _completeness(case)
    stated, steering = _clarity(case)
    sections = tuple(_sections(case, weights))
    return Judged(
        wrongs=wrongs,
        scores={
            "traceability": (
                share(given - assumed, given),
                f"{given - assumed} of {counted(given, 'number')} found in a source.",
            ),
            "completeness": (share(computed, wanted) if wanted else 0.0, f"{computed} of {wanted} could be computed."),
            "clarity": (share(stated, steering), _told_of(case, stated, steering)),
        },
        sections=sections,
        summary=f"{computed} of {counted(wanted, 'result')} computed from {counted(given, 'number')};",
    )


def _recomputed(case: StrategyCase) -> Mapping[str, tuple[str, ...]]:
    """The gates of what was computed: a report without a matrix, or without scenarios, is not praised for it."""
    has_comma = case.originals.has_comma
    wrongs = {}
    if case.reading.part("Decision matrix") is not None:
        wrongs["matrix_recomputed"] = tuple(again.matrix_wrongs(case.reading, has_comma))
    if case.reading.part("Scenarios") is not None:
        wrongs["scenarios_recomputed"] = tuple(draws.scenario_wrongs(case.reading, has_comma))
    return wrongs


def _changed(case: StrategyCase) -> Iterator[str]:
    for digest, data in case.bytes.items():
        if hashlib.sha256(data).hexdigest() != digest:
            yield f"A file is not what its digest {digest[:16]} says."
    part = case.reading.part("Documents")
    for item in part.items if part else ():
        listed = _SHA.match(item)
        if listed and listed["sha"] not in case.bytes:
            yield f"{short(listed['name'])} is listed and was not given."


def _untraced(case: StrategyCase) -> Iterator[str]:
    for shown, place in case.traced:
        if not case.originals.holds(shown, place):
            yield f"{shown} does not stand at {place}."
    for shown, places in case.assumed:
        if not any(case.originals.holds(shown, place) for place in places):
            yield f"{shown} does not stand at {'; '.join(places)}."
    formulas = again.table(case.reading, FORMULAS, "Formulas")
    for row in formulas.rows if formulas else ():
        if row[2] != _BY_MODEL and not case.originals.holds(row[1], row[2]):
            yield f"The formula of {row[0]} does not stand at {row[2]}."
    for text, source in case.originals.quotes.values():
        if not case.originals.is_verbatim(text, source):
            yield f"“{short(text)}” does not stand in {source}."


def _left_out(case: StrategyCase) -> Iterator[str]:
    """Numbers of a csv file that the matrix uses in part, and that stand nowhere in the report."""
    told = {place for _, place in case.traced}
    missing = case.reading.part("What is missing")
    said = " ".join(missing.items) if missing else ""
    for name in case.originals.raw:
        if any(place.startswith(f"{name} ") for place in told):
            summing = case.originals.summing_cells(name)
            for place in case.originals.numeric_cells(name):
                if place not in told and place not in said and place not in summing:
                    yield f"The number at {place} is not in the matrix."
            yield from _ranked_sums(case, summing)


def _ranked_sums(case: StrategyCase, summing: Collection[str]) -> Iterator[str]:
    """Options that are the sum or mean of the others."""
    given = again.table(case.reading, (), "Given")
    for row in given.rows if given else ():
        places = [placed["place"] for cell in row[1:] if (placed := _PLACED.match(cell))]
        if is_aggregate(row[0]) and any(place in summing for place in places):
            yield f"{short(row[0])} sums up the other options and is ranked as one of them."


def _wrong_words(case: StrategyCase) -> Iterator[str]:
    tables = _tables_text(case.reading)
    for sentences in case.told.values():
        for sentence in sentences:
            cited = [int(number) for number in MARK.findall(sentence)]
            lost = [number for number in cited if number not in case.originals.quotes]
            if lost:
                yield f"Citation [{lost[0]}] leads nowhere."
            held = " ".join((case.task, tables, *(case.originals.quotes.get(one, ("", ""))[0] for one in cited)))
            stray = numbers(MARK.sub(" ", sentence)) - numbers(held)
            if stray:
                yield f"“{short(sentence)}”: the number {min(stray)} is nowhere."


def _completeness(case: StrategyCase) -> tuple[int, int]:
    """How many results there are, and how many there would be if nothing were missing."""
    results = again.table(case.reading, RESULTS, "Results")
    rows = results.rows if results else ()
    computed = sum(NOT_COMPUTED not in row for row in rows)
    has_matrix = case.reading.part("Decision matrix") is not None
    is_ranked = again.table(case.reading, RANKING, "Ranking") is not None
    return computed + is_ranked, len(rows) + has_matrix


def _clarity(case: StrategyCase) -> tuple[int, int]:
    weights = again.table(case.reading, WEIGHTS, "Weights")
    rows = weights.rows if weights else ()
    stated = sum(row[3] in tuple(Better) for row in rows)
    return stated + sum(row[4] not in _NOT_STATED for row in rows), 2 * len(rows)


def _told_of(case: StrategyCase, stated: int, steering: int) -> str:
    """How much was stated, and what a person should know of how the rest was read."""
    notes = case.reading.part(NOTES)
    return " ".join((f"{stated} of {steering} weights and directions were stated.", *(notes.items if notes else ())))


def _sections(case: StrategyCase, weights: Mapping[str, Any]) -> Iterator[JudgedSection]:
    if case.reading.part("Decision matrix") is not None:
        yield _matrix_section(case, weights)
    results = again.table(case.reading, RESULTS, "Results")
    if results is not None:
        share_assumed = share(sum(ASSUMED in places for _, places in case.assumed), len(case.assumed))
        factor = float(weights["assumed_number"]) if case.assumed and share_assumed else 1.0
        claims = tuple(
            round(float(weights["missing" if NOT_COMPUTED in row else "computed"]) * factor, 4) for row in results.rows
        )
        yield JudgedSection(
            title="Scenarios",
            is_answered=any(NOT_COMPUTED not in row for row in results.rows),
            confidence=round(sum(claims) / len(claims), 4) if claims else 0.0,
            claims=claims,
            reason="Computed twice; what is not computed counts as missing.",
        )
    for heading, sentences in case.told.items():
        yield _told_section(heading, sentences, case, weights)


def _matrix_section(case: StrategyCase, weights: Mapping[str, Any]) -> JudgedSection:
    table = again.table(case.reading, WEIGHTS, "Weights")
    rows = table.rows if table else ()
    likely = float(weights["computed"])
    if again.table(case.reading, RANKING, "Ranking") is None or any(row[4] == "not stated" for row in rows):
        likely *= float(weights["missing"])
    if rows and all(row[4].startswith("equal") for row in rows):
        likely *= float(weights["equal_weights"])
    for row in rows:
        ground = row[3].partition(" (")[2].removesuffix(")")
        likely *= float(weights[_DIRECTIONS[ground]]) if ground in _DIRECTIONS else 1.0
    if any(place == ASSUMED for _, place in case.traced):
        likely *= float(weights["assumed_number"])
    return JudgedSection(
        title="Decision matrix",
        is_answered=again.table(case.reading, RANKING, "Ranking") is not None,
        confidence=round(likely, 4),
        claims=(round(likely, 4),),
        reason="Computed twice; weights and directions that were not stated make it less sure.",
    )


def _told_section(
    heading: str, sentences: Sequence[str], case: StrategyCase, weights: Mapping[str, Any]
) -> JudgedSection:
    known = numbers(
        f"{case.task} {_tables_text(case.reading)} {' '.join(text for text, _ in case.originals.quotes.values())}"
    )
    claims = []
    for sentence in sentences:
        bare = MARK.sub(" ", sentence)
        if numbers(bare) - known:
            claims.append(float(weights["sentence_wrong"]))
        else:
            rests = bool(MARK.search(sentence)) or bool(numbers(bare))
            claims.append(float(weights["sentence" if rests else "sentence_uncited"]))
    return JudgedSection(
        title=heading,
        is_answered=bool(claims),
        confidence=round(sum(claims) / len(claims), 4) if claims else 0.0,
        claims=tuple(claims),
        reason="Mean over its sentences: resting on a table or a source, on neither, or against both.",
    )


def _tables_text(reading: Reading) -> str:
    cells = [cell for part in reading.parts for table in part.tables for row in table.rows for cell in row]
    told = [line for title in ("Result", "How it was computed") for part in reading.under(title) for line in part.items]
    return " ".join((*cells, *told))


def _sentences(part: Part) -> Iterator[str]:
    for line in (*part.paragraphs, *part.items):
        yield from sentences_of(line)
