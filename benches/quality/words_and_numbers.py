"""Keyless content and strategy: planted faults that a lint finds, planted wrong numbers that the verifier refuses."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from benches.quality.figure import Figure, Place
from futurone_server.pipelines.content.assignment import read_assignment
from futurone_server.pipelines.content.finding import Severity
from futurone_server.pipelines.content.lint import Lint, lint
from futurone_server.pipelines.research.deliverable import Source
from futurone_server.pipelines.strategy.computing import compute
from futurone_server.pipelines.strategy.intake import Material, read_numbers
from futurone_server.pipelines.strategy.report import compose
from futurone_server.pipelines.strategy.wanted import Wanted
from futurone_server.pipelines.verification.rubric import load_rubric
from futurone_server.pipelines.verification.strategy import verify_strategy
from futurone_server.pipelines.verification.verdict import Verification
from futurone_server.tools.documents import Document, parse

DRAFTS = Path(__file__).with_name("drafts.toml")
MATRICES = Path(__file__).with_name("matrices.toml")
NUMBERS_MAX = 40
"""So many numbers of each report are changed, one at a time."""

_PART = "held"
_NUMBER = re.compile(r"(?<![\w.,#])\d[\d,]*(?:\.\d+)?(?![\w,]*\d)")
_TOLD = re.compile(r"^(?:\||- \*\*)(?!.*SHA-256).*$", re.MULTILINE)


def drafts() -> Iterator[Figure]:
    """Faults that are planted in good drafts, one at a time, and what is said of the good ones."""
    place = Place(area="content, keyless", part=_PART)
    known = tomllib.loads(DRAFTS.read_text(encoding="utf-8"))[_PART]
    outcomes = [(fault["rule"], fault["rule"] in _spoken(draft, fault)) for draft in known for fault in draft["faults"]]
    yield place.share("planted faults found, of the right kind", sum(right for _, right in outcomes), len(outcomes))
    yield place.words("… not found", ", ".join(rule for rule, right in outcomes if not right) or "none")
    false = [one for draft in known for one in _told(_looked_through(draft, draft["clean"]))]
    yield place.words("findings in the drafts without faults, without advice", str(len(false)))


def _spoken(draft: Mapping[str, Any], fault: Mapping[str, str]) -> set[str]:
    clean = str(draft["clean"])
    assert clean.count(fault["was"]) == 1, f"{draft['name']}: {fault['was']}"
    return set(_told(_looked_through(draft, clean.replace(fault["was"], fault["now"]))))


def _looked_through(draft: Mapping[str, Any], text: str) -> Lint:
    constraints = read_assignment(draft["task"], has_files=True).constraints
    return lint(parse("draft.md", "text/markdown", text.strip().encode()), constraints)


def _told(found: Lint) -> list[str]:
    """The rules that spoke, and the constraints that are not kept."""
    rules = [one.rule.value for one in found.findings if one.severity is not Severity.ADVICE]
    return [*rules, *(one.told for one in found.kept if one.is_kept is False)]


def matrices(numbers_max: int = NUMBERS_MAX) -> Iterator[Figure]:
    """Numbers that are changed in computed reports, one at a time, and whether a gate objects."""
    place = Place(area="strategy, keyless", part=_PART)
    caught = unharmed = expected = changed = 0
    slipped: list[str] = []
    known = tomllib.loads(MATRICES.read_text(encoding="utf-8"))[_PART]
    for one in known:
        files, raw = _files(one["table"].strip() + "\n" if one["table"] else "")
        report = _report(one["task"], files, raw)
        expected += one["expected"] in report
        unharmed += not _verify(report, one["task"], files, raw).failed_gates
        for was, wrong in _wrongs(report, one["name"], numbers_max):
            changed += 1
            is_caught = bool(_verify(wrong, one["task"], files, raw).failed_gates)
            caught += is_caught
            slipped += [] if is_caught else [f"{was} ({one['name']})"]
    yield place.share("wrong numbers refused by the verifier", caught, changed)
    yield place.words("… not refused", "; ".join(slipped[:8]).replace("|", "/") or "none")
    yield place.share("reports without a wrong number that no gate refuses", unharmed, len(known))
    yield place.share("results as computed by hand", expected, len(known))


def _files(table: str) -> tuple[list[Document], dict[str, str]]:
    if not table:
        return [], {}
    return [parse("given.csv", "text/csv", table.encode())], {"given.csv": table}


def _report(task: str, files: Sequence[Document], raw: Mapping[str, str]) -> str:
    numbers = read_numbers(task, [Material(document=file, raw=raw[file.name]) for file in files])
    done = compute(numbers)
    return compose(task.strip().splitlines()[0], numbers, done.matrix, done.scenario, list(map(Source.of, files)))[1]


def _verify(report: str, task: str, files: Sequence[Document], raw: Mapping[str, str]) -> Verification:
    originals = {file.sha256: raw[file.name].encode() for file in files}
    documents = {file.sha256: file for file in files}
    rubric = load_rubric("strategy")
    return verify_strategy(report, task, Wanted.COMPUTED, originals, documents, raw, rubric=rubric)


def _wrongs(report: str, seed: str, most: int) -> Iterator[tuple[str, str]]:
    """A line and the report with one digit of one number changed in it, in its tables and results."""
    places = [
        (line.start() + found.start(), line.start() + found.end(), line.group())
        for line in _TOLD.finditer(report)
        for found in _NUMBER.finditer(line.group())
    ]
    chance = Random(seed)
    for start, end, line in chance.sample(places, min(most, len(places))):
        digits = [at for at in range(start, end) if report[at].isdigit()]
        at = chance.choice(digits)
        other = chance.choice([digit for digit in "123456789" if digit != report[at]])
        yield f"{report[start:end]} in “{line[:60]}”", report[:at] + other + report[at + 1 :]
