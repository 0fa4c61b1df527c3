"""How good keyless research is: answers found, abstentions kept, time a question, over documentation on this machine.

Run it with ``python benches/research_quality.py``; ``--show`` prints every miss of the "dev" part, ``--json`` one line
for a machine. ``--fit`` fits the weights of the confidence on "dev" (every question answered by force, right or wrong)
and says how well they do on "held", with those in the rubric for comparison.
"""

import argparse
import gzip
import json
import math
import re
import statistics
import subprocess
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from futurone_server.pipelines.research.answers import STRENGTH_MIN, Answer, answer
from futurone_server.pipelines.research.brief import Question
from futurone_server.pipelines.research.deliverable import Meta, Source
from futurone_server.pipelines.research.query import query
from futurone_server.pipelines.research.questions import brief
from futurone_server.pipelines.research.report import compose
from futurone_server.pipelines.verification.checks import Case
from futurone_server.pipelines.verification.confidence import Features, measure, probability
from futurone_server.pipelines.verification.reading import read_report
from futurone_server.pipelines.verification.rubric import Weights, research_rubric
from futurone_server.tools.documents import Document, parse, sniff
from futurone_server.tools.retrieval import Index

QUESTIONS = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One question, what came back, and whether that was right."""

    kind: str
    question: Question
    answer: Answer
    is_right: bool
    is_first_right: bool = False
    took_ms: float


def corpus(wanted: dict[str, list[str]]) -> list[Document]:
    """The documents that are on this machine."""
    found = []
    for page in wanted["manuals"]:
        text = manual(page)
        if text:
            found.append(parse(f"{page}.txt", "text/plain", text))
    for name in wanted["files"]:
        path = Path(name).expanduser()
        if path.exists():
            data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            shown = path.name.removesuffix(".gz")
            found.append(parse(f"{path.parent.name}-{shown}", sniff(shown, data), data))
    return found


def manual(page: str) -> bytes:
    """A manual page as plain text; empty if it is not installed."""
    shown = subprocess.run(
        ["man", "--no-hyphenation", "--no-justification", page],
        capture_output=True,
        check=False,
        env={"MANWIDTH": "80", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
    )
    return subprocess.run(["col", "-bx"], input=shown.stdout, capture_output=True, check=True).stdout


def ask(text: str, index: Index, strength_min: float) -> tuple[Question, Answer, float]:
    """Answer the first question of a task, timed."""
    question = brief(text).questions[0]
    began = time.perf_counter()
    given = answer(question, index, strength_min=strength_min)
    return question, given, (time.perf_counter() - began) * 1000


def trials(
    part: dict[str, Any], index: Index, documents: list[Document], strength_min: float = STRENGTH_MIN
) -> list[Trial]:
    """Every question of one part of the set whose document is here."""
    done = []
    names = " ".join(document.name for document in documents)
    for source, text, pattern in part["answerable"]:
        if source.removesuffix(".gz") in names:
            question, given, took = ask(text, index, strength_min)
            hits = [re.search(pattern, quote.text) is not None for quote in given.quotes]
            done.append(
                Trial(
                    kind="answerable",
                    question=question,
                    answer=given,
                    is_right=any(hits),
                    is_first_right=hits[:1] == [True],
                    took_ms=took,
                )
            )
    for kind in ("outside", "traps"):
        for text in part[kind]:
            question, given, took = ask(text, index, strength_min)
            done.append(Trial(kind=kind, question=question, answer=given, is_right=given.abstained, took_ms=took))
    return done


def measures(done: list[Trial]) -> dict[str, object]:
    """Shares that were right, and times."""
    numbers: dict[str, object] = {}
    for kind in ("answerable", "outside", "traps"):
        some = [trial for trial in done if trial.kind == kind]
        numbers[kind] = f"{sum(trial.is_right for trial in some)}/{len(some)}"
    answerable = [trial for trial in done if trial.kind == "answerable"]
    numbers["first_quote"] = f"{sum(trial.is_first_right for trial in answerable)}/{len(answerable)}"
    numbers["median_ms"] = round(statistics.median(trial.took_ms for trial in done), 1)
    numbers["max_ms"] = round(max(trial.took_ms for trial in done), 1)
    return numbers


def evidence(
    done: Sequence[Trial], index: Index, documents: Sequence[Document]
) -> Iterator[tuple[list[Features], bool]]:
    """What the verifier measures on a report of each trial that was answered, and whether that was right."""
    held = {document.sha256: document for document in documents}
    for trial in done:
        if trial.answer.abstained:
            continue
        asked = replace(brief(trial.question.text), questions=(trial.question,), words_max=None)
        report = compose(asked, (trial.answer,), tuple(map(Source.of, documents)), Meta())
        read = read_report(report.markdown)
        case = Case(report=read, brief=asked, citations=report.citations, originals={}, documents=held)
        terms = query(trial.question, index)
        found = [measure(trial.question, terms, claim, case, index) for claim in read.claims]
        yield [one for one in found if one], trial.is_right and trial.kind == "answerable"


def fitted(samples: Sequence[tuple[list[Features], bool]]) -> Weights:
    """Logistic regression by gradient descent on the best quote of each sample, lightly held towards zero."""
    rows = []
    for found, is_right in samples:
        best = max(found, key=lambda one: one.coverage + one.direct)
        rows.append(((1.0, best.coverage * best.fit, best.direct * best.fit), float(is_right)))
    weights = [0.0] * 3
    for _ in range(20_000):
        slope = [0.002 * weight for weight in weights]
        for row, label in rows:
            off = 1 / (1 + math.exp(-sum(a * b for a, b in zip(weights, row, strict=True)))) - label
            slope = [one + off * value / len(rows) for one, value in zip(slope, row, strict=True)]
        weights = [weight - 0.5 * one for weight, one in zip(weights, slope, strict=True)]
    intercept, coverage, direct = (round(weight, 2) for weight in weights)
    return Weights(intercept=intercept, coverage=coverage, direct=direct, negation_factor=0.7, source="")


def goodness(samples: Sequence[tuple[list[Features], bool]], weights: Weights) -> Mapping[str, float]:
    """How well probabilities fit what was right: mean squared error, calibration error over five bins, ranking."""
    scored = [(max(probability(one, weights) for one in found), is_right) for found, is_right in samples]
    right = [score for score, is_right in scored if is_right]
    wrong = [score for score, is_right in scored if not is_right]
    wins = sum((one > other) + 0.5 * (one == other) for one in right for other in wrong)
    bins = [
        [pair for pair in scored if low <= pair[0] < low + 0.2 + 1e-9 * (low > 0.7)] for low in (0, 0.2, 0.4, 0.6, 0.8)
    ]
    gaps = [abs(sum(score for score, _ in some) - sum(is_right for _, is_right in some)) for some in bins]
    return {
        "n": len(scored),
        "share_right": round(len(right) / len(scored), 3),
        "mean_probability": round(statistics.mean(score for score, _ in scored), 3),
        "brier": round(statistics.mean((score - is_right) ** 2 for score, is_right in scored), 3),
        "ece": round(sum(gaps) / len(scored), 3),
        "auroc": round(wins / (len(right) * len(wrong)), 3) if right and wrong else math.nan,
    }


def fit_confidence(wanted: Mapping[str, Any]) -> None:
    """Fit on "dev", measure on "held", once with every question answered by force and once as the engine answers."""
    found: dict[tuple[str, str], list[tuple[list[Features], bool]]] = {}
    for part, content in wanted.items():
        documents = corpus(content["corpus"])
        index = Index(documents)
        for kind, strength_min in (("forced", 0.3), ("answered", STRENGTH_MIN)):
            done = trials(content["questions"], index, documents, strength_min)
            found[part, kind] = list(evidence(done, index, documents))
    weights = fitted(found["dev", "forced"])
    print(f"fitted {weights}")
    for name, one in (("fitted", weights), ("rubric", research_rubric().weights)):
        for key, samples in found.items():
            print(name, *key, dict(goodness(samples, one)))


def main() -> None:
    """Run the set and print the numbers."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--show", action="store_true")
    reader.add_argument("--json", action="store_true")
    reader.add_argument("--fit", action="store_true")
    options = reader.parse_args()
    wanted = tomllib.loads(QUESTIONS.read_text())
    if options.fit:
        fit_confidence(wanted)
        return
    numbers: dict[str, object] = {}
    for part, content in wanted.items():
        began = time.perf_counter()
        documents = corpus(content["corpus"])
        parsed = time.perf_counter()
        index = Index(documents)
        indexed = time.perf_counter()
        done = trials(content["questions"], index, documents)
        numbers[f"{part}.documents"] = len(documents)
        numbers[f"{part}.characters"] = sum(len(document.text) for document in documents)
        numbers[f"{part}.parse_s"] = round(parsed - began, 2)
        numbers[f"{part}.index_s"] = round(indexed - parsed, 2)
        numbers.update({f"{part}.{name}": value for name, value in measures(done).items()})
        for trial in done if options.show and part == "dev" else ():
            show(trial)
    print(json.dumps(numbers) if options.json else "\n".join(f"{name:24} {value}" for name, value in numbers.items()))


def show(trial: Trial) -> None:
    """Print a wrong trial."""
    if trial.is_right:
        return
    given = trial.answer
    print(f"\n[{trial.kind}] {trial.question.text} ({trial.question.wanted}) {given.strength} {given.reason_code}")
    for quote in given.quotes:
        place = " › ".join(quote.path[-2:])[:60]
        print(f"    {quote.score} {quote.document} {place} | {' '.join(quote.text.split())[:160]}")


if __name__ == "__main__":
    main()
