"""How good keyless research is: answers found, abstentions kept, time a question, over documentation on this machine.

Run it with ``python benches/research_quality.py``; ``--show`` prints every miss, ``--json`` one line for a machine.
"""

import argparse
import gzip
import json
import re
import statistics
import subprocess
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from futurone_server.pipelines.research.answers import Answer, answer
from futurone_server.pipelines.research.brief import Question
from futurone_server.pipelines.research.questions import brief
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


def ask(text: str, index: Index) -> tuple[Question, Answer, float]:
    """Answer the first question of a task, timed."""
    question = brief(text).questions[0]
    began = time.perf_counter()
    given = answer(question, index)
    return question, given, (time.perf_counter() - began) * 1000


def trials(part: dict[str, Any], index: Index, documents: list[Document]) -> list[Trial]:
    """Every question of one part of the set whose document is here."""
    done = []
    names = " ".join(document.name for document in documents)
    for source, text, pattern in part["answerable"]:
        if source.removesuffix(".gz") in names:
            question, given, took = ask(text, index)
            is_right = any(re.search(pattern, quote.text) for quote in given.quotes)
            done.append(Trial(kind="answerable", question=question, answer=given, is_right=is_right, took_ms=took))
    for kind in ("outside", "traps"):
        for text in part[kind]:
            question, given, took = ask(text, index)
            done.append(Trial(kind=kind, question=question, answer=given, is_right=given.abstained, took_ms=took))
    return done


def measures(done: list[Trial], part: dict[str, Any]) -> dict[str, object]:
    """Shares that were right, and times."""
    numbers: dict[str, object] = {}
    for kind in ("answerable", "outside", "traps"):
        some = [trial for trial in done if trial.kind == kind]
        numbers[kind] = f"{sum(trial.is_right for trial in some)}/{len(some)}"
    firsts = [first_is_right(trial, part) for trial in done if trial.kind == "answerable"]
    numbers["first_quote"] = f"{sum(firsts)}/{len(firsts)}"
    numbers["median_ms"] = round(statistics.median(trial.took_ms for trial in done), 1)
    numbers["max_ms"] = round(max(trial.took_ms for trial in done), 1)
    return numbers


def first_is_right(trial: Trial, part: dict[str, Any]) -> bool:
    """Whether the first quote already has the answer."""
    pattern = next(entry[2] for entry in part["answerable"] if entry[1].startswith(trial.question.text[:20]))
    return bool(trial.answer.quotes) and re.search(pattern, trial.answer.quotes[0].text) is not None


def main() -> None:
    """Run the set and print the numbers."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--show", action="store_true")
    reader.add_argument("--json", action="store_true")
    options = reader.parse_args()
    wanted = tomllib.loads(QUESTIONS.read_text())
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
        numbers.update({f"{part}.{name}": value for name, value in measures(done, content["questions"]).items()})
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
