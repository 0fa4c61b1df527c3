"""A written text judged: each sentence against what it cites, the whole against the task's constraints."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from futurone_server.pipelines.content.assignment import Assignment
from futurone_server.pipelines.content.checks import citing
from futurone_server.pipelines.content.checks.judged import Judged, JudgedSection, share
from futurone_server.pipelines.content.checks.lint import is_kept
from futurone_server.pipelines.content.checks.second_look import SecondLook
from futurone_server.pipelines.content.counting import counted
from futurone_server.pipelines.content.reading import Part
from futurone_server.pipelines.content.source_brief import BANK
from futurone_server.tools.documents import Block, BlockKind, Document, Section, SectionKind
from futurone_server.tools.retrieval import Lexicon, numbers, pieces

Likely = Callable[[str, Sequence[str]], float]
"""How likely passages support a sentence."""

_COUNTS = re.compile(r"Words: (\d+)\. Sections: (\d+)\. Quotes cited: (\d+)\.")
_CAPITAL = re.compile(r"(?<=[a-z,;:] )[A-Z][a-z]+\w*")
_CLOSING = {"Sources", "Documents", BANK}


@dataclass(frozen=True, kw_only=True)
class _Sentence:
    shown: str
    bare: str
    cited: tuple[int, ...]
    held: str
    """What stands at the places it cites."""


class _Text:
    """A written text as it reads, its sentences beside what they cite."""

    def __init__(self, case: citing.CitingCase, task: str) -> None:
        self.case = case
        self.task = task
        self.parts = [part for part in case.reading.parts if len(part.path) == 2 and part.path[1] not in _CLOSING]
        self.sentences = {part.path: tuple(self._of_part(part)) for part in self.parts}

    def _of_part(self, part: Part) -> Iterator[_Sentence]:
        for line in (*part.paragraphs, *part.items):
            for start, end in pieces(line, Block(kind=BlockKind.PROSE, start=0, end=len(line))):
                shown = line[start:end]
                cited = tuple(int(number) for number in citing.MARK.findall(shown))
                held = " ".join(self.case.text_of(number) or "" for number in cited)
                yield _Sentence(shown=shown, bare=citing.MARK.sub(" ", shown), cited=cited, held=held)

    @property
    def all_sentences(self) -> list[_Sentence]:
        return [sentence for told in self.sentences.values() for sentence in told]

    def body(self) -> Document:
        """The text alone, without citations, as a document of plain paragraphs."""
        lines = [citing.MARK.sub("", line) for part in self.parts for line in (*part.paragraphs, *part.items)]
        text = "\n\n".join(lines)
        blocks, at = [], 0
        for line in lines:
            blocks.append(Block(kind=BlockKind.PROSE, start=at, end=at + len(line)))
            at += len(line) + 2
        whole = Section(title="", path=(), start=0, end=len(text), body=0, kind=SectionKind.START, blocks=tuple(blocks))
        return Document(
            name="text",
            media_type="text/plain",
            sha256=hashlib.sha256(text.encode()).hexdigest(),
            size_bytes=len(text.encode()),
            title="",
            text=text,
            sections=(whole,) if text else (),
        )


def judge_text(
    markdown: str,
    assignment: Assignment,
    originals: Mapping[str, bytes],
    documents: Mapping[str, Document],
    weights: Mapping[str, Any],
    *,
    likely: Likely,
) -> Judged:
    """Judge a written text; ``weights`` are the rubric's, for sentences that cite nothing."""
    case = citing.open_case(markdown, originals, documents)
    text = _Text(case, assignment.task)
    look = SecondLook(text.body(), {})
    kept = [is_kept(constraint, look) for constraint in assignment.constraints]
    sections = tuple(_judge(part, text, weights["sentence"], likely) for part in text.parts)
    loose = [sentence for sentence in text.all_sentences if _is_loose(sentence, text.task)]
    broken = [one for one, held in zip(assignment.constraints, kept, strict=True) if held is False]
    known = [one for one in kept if one is not None]
    covered = sum(_is_covered(point, text) for point in assignment.points)
    errors = len(list(look.plain_errors()))
    total = len(text.all_sentences)
    sentences, points = counted(total, "sentence"), counted(len(assignment.points), "point")
    return Judged(
        wrongs={
            "sources_unchanged": tuple(citing.sources_unchanged(case)),
            "places_hold": tuple(citing.quotes_verbatim(case)),
            "citations_resolve": (*citing.citations_resolve(case), *_dangling(text)),
            "claims_cited": tuple(_unsupported(text)),
            "numbers_recomputed": tuple(_miscounted(text)),
            "constraints_accounted": tuple(f"Not kept: {one.told}." for one in broken),
            "inert": tuple(citing.inert(case.reading)),
        },
        scores={
            "grounding": (share(total - len(loose), total), f"{total - len(loose)} of {sentences} grounded."),
            "coverage": (
                share(covered, len(assignment.points)), f"{covered} of {points} dealt with.",
            ),
            "constraints": (share(sum(known), len(known)), f"{sum(known)} of {len(known)} that can be counted."),
            "usefulness": (share(total - min(total, errors), total), f"{counted(errors, 'plain error')} of language."),
        },
        sections=sections,
        summary=f"{sentences} in {counted(len(sections), 'section')};",
    )  # fmt: skip


def _judge(part: Part, text: _Text, weights: Mapping[str, Any], likely: Likely) -> JudgedSection:
    claims = tuple(round(_likely(one, text.task, weights, likely), 4) for one in text.sentences[part.path])
    return JudgedSection(
        title=part.path[-1],
        is_answered=bool(claims),
        confidence=round(sum(claims) / len(claims), 4) if claims else 0.0,
        claims=claims,
        reason=f"Mean over {counted(len(claims), 'sentence')} of how well what they cite holds them.",
    )


def _likely(sentence: _Sentence, task: str, weights: Mapping[str, Any], likely: Likely) -> float:
    if numbers(sentence.bare) - numbers(f"{sentence.held} {task}"):
        return float(weights["number_missing"])
    if not sentence.cited:
        return float(weights["uncited_claim" if _is_loose(sentence, task) else "uncited"])
    return likely(sentence.bare, [sentence.held])


def _is_loose(sentence: _Sentence, task: str) -> bool:
    """Whether a sentence states a number or names somebody, and neither the task nor what it cites does."""
    known = f"{sentence.held} {task}"
    names = [name for name in _CAPITAL.findall(sentence.bare) if name.lower() not in known.lower()]
    return bool(numbers(sentence.bare) - numbers(known) or names)


def _unsupported(text: _Text) -> Iterator[str]:
    for sentence in text.all_sentences:
        known = numbers(f"{sentence.held} {text.task}")
        for number in sorted(numbers(sentence.bare) - known):
            yield f"“{citing.short(sentence.bare)}”: the number {number} is in nothing that is cited."
        if not sentence.cited and _is_loose(sentence, text.task):
            yield f"“{citing.short(sentence.bare)}” names something and cites nothing."


def _dangling(text: _Text) -> Iterator[str]:
    for sentence in text.all_sentences:
        for number in sentence.cited:
            if text.case.text_of(number) is None:
                yield f"Citation [{number}] leads nowhere."


def _miscounted(text: _Text) -> Iterator[str]:
    opening = " ".join(text.case.reading.parts[1].paragraphs) if len(text.case.reading.parts) > 1 else ""
    told = _COUNTS.search(opening)
    look = SecondLook(text.body(), {})
    cited = {number for sentence in text.all_sentences for number in sentence.cited}
    counted = (len(text.parts), len(cited))
    if told is None or (int(told.group(2)), int(told.group(3))) != counted:
        yield "Sections or quotes are not as many as the text says."
    # What is not prose (an address, a path) is counted by one and not by the other.
    elif abs(int(told.group(1)) - look.words) > max(2, look.words // 50):
        yield f"{told.group(1)} words are said, {look.words} are counted."


def _is_covered(point: str, text: _Text) -> bool:
    lexicon = Lexicon()
    wanted = frozenset(lexicon.in_text(point))
    held = frozenset(
        lexicon.in_text(" ".join([one.bare for one in text.all_sentences] + [part.path[-1] for part in text.parts]))
    )
    return not wanted or len(wanted & held) * 2 >= len(wanted)
