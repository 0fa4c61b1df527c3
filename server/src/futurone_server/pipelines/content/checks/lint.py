"""A lint report looked up again: each line in its draft, each rule by another rule of thumb, each count anew."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from futurone_server.pipelines.content.checks.second_look import SecondLook
from futurone_server.pipelines.content.constraints import Constraint, ConstraintKind
from futurone_server.pipelines.content.finding import Rule
from futurone_server.pipelines.content.lint_report import CONSTRAINT_COLUMNS, FINDING_COLUMNS, MEASURE_COLUMNS
from futurone_server.pipelines.content.reading import Part, Reading, Table, read

if TYPE_CHECKING:
    from futurone_server.tools.documents import Document

_SHA = re.compile(r"SHA-256 ([0-9a-f]{64})")
_COUNTS = re.compile(r"Findings: (\d+) \(errors: (\d+), warnings: (\d+), advice: (\d+)\)")
_BROKEN = re.compile(r"not kept: (\d+) of (\d+)")
_LEFT_OUT = re.compile(r"(\d+) further findings? (?:is|are) not listed")
_TONES = frozenset(["tone", "tonfall", "tonlage", "tono"])
_SEVERITIES = ("Errors", "Warnings", "Advice")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One finding as the report shows it."""

    line: int
    place: str
    rule: str
    found: str
    message: str
    suggestion: str


class Draft:
    """One draft as the report speaks of it, beside its original looked at anew."""

    def __init__(self, number: int, parts: Sequence[Part], originals: "Mapping[str, Document]") -> None:
        self.number = number
        self.parts = tuple(parts)
        told = " ".join(self.parts[0].paragraphs)
        found = _SHA.search(told)
        self.digest = found.group(1) if found else ""
        self.name = self.parts[0].path[-1].partition(". ")[2]
        self.document = originals.get(self.digest)
        self.look = SecondLook(self.document, originals) if self.document else None

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The findings, in the report's order."""
        tables = [table for part in self.parts if part.path[-1] in _SEVERITIES for table in part.tables]
        return tuple(_row(row) for table in tables if table.header == FINDING_COLUMNS for row in table.rows)

    def table(self, heading: str, header: Sequence[str]) -> Table | None:
        """The table under a heading of this draft."""
        tables = [table for part in self.parts if part.path[-1] == heading for table in part.tables]
        return next((table for table in tables if table.header == tuple(header)), None)

    @property
    def left_out(self) -> int:
        """How many findings the report says it does not list."""
        told = [_LEFT_OUT.search(line) for part in self.parts for line in part.paragraphs]
        return sum(int(found.group(1)) for found in told if found)


@dataclass(frozen=True, kw_only=True)
class LintCase:
    """All that is known of a lint report: as it reads, its drafts, and the task's constraints."""

    reading: Reading
    drafts: tuple[Draft, ...]
    constraints: tuple[Constraint, ...]
    originals: Mapping[str, bytes]


def open_case(
    markdown: str,
    constraints: Sequence[Constraint],
    originals: Mapping[str, bytes],
    documents: "Mapping[str, Document]",
) -> LintCase:
    """Read a report; ``originals`` and ``documents`` are the drafts by digest, fetched and parsed again."""
    reading = read(markdown)
    groups: list[list[Part]] = []
    for part in reading.parts:
        if len(part.path) == 2:
            groups.append([part])
        elif len(part.path) > 2 and groups:
            groups[-1].append(part)
    drafts = tuple(Draft(number, parts, documents) for number, parts in enumerate(groups, 1))
    return LintCase(reading=reading, drafts=drafts, constraints=tuple(constraints), originals=originals)


def sources_unchanged(case: LintCase) -> Iterator[str]:
    """Drafts that are not what the report says they are."""
    for digest, data in case.originals.items():
        if hashlib.sha256(data).hexdigest() != digest:
            yield f"A draft is not what its digest {digest[:16]} says."
    for draft in case.drafts:
        if draft.digest not in case.originals:
            yield f"Draft {draft.number} is not among the files that were given."
    for digest in case.originals.keys() - {draft.digest for draft in case.drafts}:
        yield f"The draft {digest[:16]} was given and is not in the report."


def locations_hold(case: LintCase) -> Iterator[str]:
    """Findings whose line is not there, or does not hold what is quoted, or does not break the rule it names."""
    for draft in case.drafts:
        for row in draft.rows:
            if draft.look is None or row.place != draft.name:
                yield f"{row.place}:{row.line} cannot be looked up."
            elif not draft.look.stands_at(row.found, row.line):
                yield f"“{row.found}” does not stand at {row.place}:{row.line}."
            elif not draft.look.breaks(row.rule, row.found, row.line, row.suggestion):
                yield f"“{row.found}” at {row.place}:{row.line} does not break the rule “{row.rule}”."


def empty(case: LintCase) -> Iterator[str]:
    """Drafts with nothing in them that could be looked through."""
    for draft in case.drafts:
        if draft.look is not None and not draft.look.words and not draft.rows:
            yield f"Draft {draft.number} holds no text to look through."


def numbers_recomputed(case: LintCase) -> Iterator[str]:
    """Counts and measures that come out otherwise when they are counted again."""
    yield from _summary_wrong(case)
    for draft in case.drafts:
        measures = draft.table("Measures", MEASURE_COLUMNS)
        if draft.look is None or measures is None:
            yield f"The measures of draft {draft.number} cannot be counted again."
            continue
        told = dict(row for row in measures.rows if len(row) == 2)
        for name, value in _measures(draft.look).items():
            if told.get(name, "").split(" ")[0] != value:
                yield f"{name} of draft {draft.number}: {told.get(name, 'nothing')} is said, {value} is counted."


def constraints_checked(case: LintCase) -> Iterator[str]:
    """Constraints of the task that the report leaves out or judges otherwise than counting them again does."""
    for draft in case.drafts:
        table = draft.table("Constraints of the task", CONSTRAINT_COLUMNS)
        rows = {row[0]: row[1] for row in table.rows} if table else {}
        for constraint in case.constraints:
            told = rows.get(" ".join(constraint.told.split()))
            counted = None if draft.look is None else is_kept(constraint, draft.look)
            word = "not checked" if counted is None else "kept" if counted else "not kept"
            if told != word:
                yield f"Constraint “{constraint.told}” in draft {draft.number}: {told} is said, it is {word}."


def tone_passed_over(case: LintCase, task: str) -> Iterator[str]:
    """Drafts beside which a tone that the task speaks of is not listed."""
    if not speaks_of_tone(task):
        return
    for draft in case.drafts:
        table = draft.table("Constraints of the task", CONSTRAINT_COLUMNS)
        if not any(row[0].startswith("tone") for row in (table.rows if table else ())):
            yield f"The task speaks of a tone, and draft {draft.number} is not said to be unchecked for it."


def speaks_of_tone(task: str) -> bool:
    """Whether a word of the task is "tone", in one of a few languages."""
    words = "".join(char if char.isalpha() else " " for char in task.lower()).split()
    return not _TONES.isdisjoint(words)


def is_kept(constraint: Constraint, look: SecondLook) -> bool | None:
    """Whether a constraint is kept, counted again; None where it cannot be counted."""
    kind, value = constraint.kind, constraint.value
    if kind in (ConstraintKind.AVOID, ConstraintKind.MENTION):
        return look.holds_term(value) == (kind is ConstraintKind.MENTION)
    if kind is ConstraintKind.LANGUAGE:
        return look.language == value if look.language else None
    if kind in (ConstraintKind.EASE_MIN, ConstraintKind.NO_PASSIVE) and not look.is_english:
        return None
    if kind is ConstraintKind.EASE_MIN:
        return _ease(look) >= int(value) if look.words else None
    if kind is ConstraintKind.NO_PASSIVE:
        return not look.passives
    most = {
        ConstraintKind.WORDS_MAX: look.words,
        ConstraintKind.SENTENCES_MAX: look.sentences,
        ConstraintKind.SENTENCE_WORDS_MAX: look.longest,
    }
    least = {ConstraintKind.WORDS_MIN: look.words, ConstraintKind.SENTENCES_MIN: look.sentences}
    if kind in most:
        return most[kind] <= int(value)
    return least[kind] >= int(value) if kind in least else None


def missed(case: LintCase) -> tuple[int, int]:
    """How many plain errors a second look finds, and how many of them the report lists."""
    found = listed = 0
    for draft in case.drafts:
        lines = {(row.rule, row.line) for row in draft.rows}
        for rule, line in draft.look.plain_errors() if draft.look and not draft.left_out else ():
            found += 1
            listed += (rule, line) in lines
    return found, listed


def _row(cells: Sequence[str]) -> Row:
    place, _, line = cells[0].rpartition(":")
    return Row(
        place=place,
        line=int(line) if line.isdigit() else 0,
        rule=cells[1],
        found=cells[2],
        message=cells[3],
        suggestion=cells[4],
    )


def _summary_wrong(case: LintCase) -> Iterator[str]:
    told = " ".join(case.reading.parts[1].paragraphs) if len(case.reading.parts) > 1 else ""
    counts, broken = _COUNTS.search(told), _BROKEN.search(told)
    by_severity = [
        sum(len(table.rows) for draft in case.drafts for part in draft.parts if part.path[-1] == severity
            for table in part.tables)
        for severity in _SEVERITIES
    ]  # fmt: skip
    if counts is None or [int(one) for one in counts.groups()] != [sum(by_severity), *by_severity]:
        yield "The findings are not as many as the report says."
    results = [
        row[1]
        for draft in case.drafts
        for table in (draft.table("Constraints of the task", CONSTRAINT_COLUMNS),)
        for row in (table.rows if table else ())
    ]
    kept = (results.count("not kept"), len(results) - results.count("not checked"))
    if broken is None or tuple(map(int, broken.groups())) != kept:
        yield "The constraints that are not kept are not as many as the report says."
    known = {rule.value for rule in Rule}
    yield from (
        f"There is no rule “{row.rule}”." for draft in case.drafts for row in draft.rows if row.rule not in known
    )


def _measures(look: SecondLook) -> Mapping[str, str]:
    measures = {
        "Language": (look.language or "not").split(" ")[0],
        "Words": str(look.words),
        "Sentences": str(look.sentences),
    }
    if look.words:
        measures["Words per sentence"] = f"{float(Fraction(look.words, look.sentences)):.1f}"
        measures["Longest sentence"] = str(look.longest)
    if not look.is_english:
        measures["Flesch reading ease"] = "not"
    elif look.words:
        grade = (
            Fraction(39, 100) * Fraction(look.words, look.sentences)
            + Fraction(118, 10) * Fraction(look.syllables, look.words)
            - Fraction(1559, 100)
        )
        measures["Syllables (estimated)"] = str(look.syllables)
        measures["Flesch reading ease"] = f"{float(_ease(look)):.1f}"
        measures["Flesch–Kincaid grade"] = f"{float(grade):.1f}"
    return measures


def _ease(look: SecondLook) -> Fraction:
    mean, per_word = Fraction(look.words, look.sentences), Fraction(look.syllables, look.words)
    return Fraction(206835, 1000) - Fraction(1015, 1000) * mean - Fraction(846, 10) * per_word
