"""Simulated writers: one says by rules what its passages say, one makes known mistakes at a known rate."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import Any

from benches.claims import mistakes, rewrites
from benches.claims.tables import Tables, tables
from benches.quality.corpus import plain
from futurone_server.models.port import Ask
from futurone_server.pipelines.inquiry.draft import read_draft, wrongs_of
from futurone_server.pipelines.research.answers import Quote
from futurone_server.tools.documents import Block, BlockKind
from futurone_server.tools.retrieval import pieces
from futurone_server.tools.retrieval.words import ASKING, STOP

SLIPS = ("number", "name", "negation", "addition")
"""The kinds of mistakes that a careless writer makes."""

_RULES = {"number": "number", "name": "entity", "negation": "negation", "addition": "addition"}
_ADDITIONS = (
    ", which has been the default since version 7", " and needs a restart of the machine", ", unless a proxy is used",
    " and is removed in the next release", ", which makes it twice as fast", " and only works for the superuser",
    ", as the standard requires", " and writes a line to the system log",
)  # fmt: skip
_NAMES = ("Solaris", "Perl", "Alpine", "Kerberos", "Berkeley", "Fortran", "Oracle", "NFS", "JSON", "USB", "O_TRUNC")
_ANY = Quote(document="", sha256="", media_type="", path=(), start=0, end=0, text="", score=0.0)
_PASSAGE = re.compile(r'<passage number="(\d+)" document="[^"]*">\n(.*?)\n</passage>', re.DOTALL)
_WRONG = re.compile(r"^- Sentence (\d+):", re.MULTILINE)
_OPENING = re.compile(r"^(?:[-*+•o]|\d+[.)])\s+")
_BESIDE = re.compile(r"[\[\]{}|\\]|https?:|\*\*|__|[`*]")


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """What a writer wrote: the words, the passage cited, what the passage says, and the mistake, if it is one."""

    shown: str
    passage: int
    said: str
    slip: str = ""


class Ledger:
    """All that a writer wrote: tells right sentences from wrong ones wherever they turn up again."""

    def __init__(self) -> None:
        self._right: list[str] = []
        self._wrong: list[tuple[str, str]] = []
        self.written: list[Sentence] = []

    def add(self, sentence: Sentence) -> None:
        """Remember a sentence."""
        self.written.append(sentence)
        self._right.append(plain(sentence.said))
        if sentence.slip:
            self._wrong.append((plain(sentence.shown), sentence.slip))
        else:
            self._right.append(plain(sentence.shown))

    def slip_of(self, text: str) -> str | None:
        """The mistake in a sentence, or in a part of one; empty where it is right, None where nobody wrote it.

        Sentences are known again when they were divided, or joined with others.
        """
        told = plain(text)
        if any(told in known for known in self._right):
            return ""
        slips = [slip for known, slip in self._wrong if told in known or known in told]
        if slips:
            return slips[0]
        return "" if any(known in told for known in self._right) else None

    def meaning_of(self, text: str) -> str:
        """What passages say where a sentence is right, in their own words: it may have been said in others."""
        told = plain(text)
        known = (one.said for one in self.written if not one.slip and plain(one.shown) in told)
        return "" if self.slip_of(text) else next(known, "")


class Writer:
    """Plans one question, and answers it in up to two sentences out of the passages that it is shown.

    Half of the sentences are verbatim, half are said in other words by rules. ``slips`` is the share of sentences that
    are made wrong on purpose, each time one is written. A writer that is ``bold`` answers whether or not the passages
    fit the question.
    """

    def __init__(self, question: str, *, slips: float = 0.0, bold: bool = False) -> None:
        self._question = question
        self._slips = slips
        self._bold = bold
        self._tries = 0
        self._last: list[Sentence] = []
        self.ledger = Ledger()

    def __call__(self, ask: Ask) -> object:
        """Answers what research asks of a model: for a plan, a draft, a draft that is reworked."""
        if ask.schema is not None:
            return self._plan()
        self._tries += 1
        numbers = [int(number) for number in _WRONG.findall(marked(ask.prompt, "wrong"))]
        before = self._last
        self._last = self._mended(ask.prompt, numbers) if numbers else self._first(ask.prompt)
        for sentence in self._last:
            if sentence not in before:
                self.ledger.add(sentence)
        if not self._last:
            return "NOT IN THE SOURCES: no passage is about it."
        return " ".join(f"{one.shown[:-1]} [{one.passage}]." for one in self._last)

    def _plan(self) -> Mapping[str, Any]:
        step = {
            "id": "s1",
            "question": self._question,
            "queries": [self._question],
            "depends_on": [],
            "tools": ["documents_search"],
            "success_criteria": [],
        }
        return {
            "goal": self._question,
            "constraints": [],
            "quality_bar": "Each sentence is held by its passage.",
            "success_criteria": ["The question is answered."],
            "steps": [step],
        }

    def _first(self, prompt: str) -> list[Sentence]:
        shown = {int(number): text for number, text in _PASSAGE.findall(prompt)}
        chosen = list(self._chosen(shown))
        return [self._written(said, number, shown[number]) for number, said in chosen]

    def _chosen(self, shown: Mapping[int, str]) -> Iterator[tuple[int, str]]:
        """The two sentences that share most with the question, if they share enough of it."""
        asked = _stems(self._question)
        found = [
            (len(asked & _stems(said)), -number, said) for number, text in shown.items() for said in sentences(text)
        ]
        needed = 1 if self._bold else max(1, -(-3 * len(asked) // 5))
        for shared, number, said in sorted(found, key=lambda one: (-one[0], -one[1], len(one[2])))[:2]:
            if shared >= needed or self._bold:
                yield -number, said

    def _written(self, said: str, number: int, passage: str, *, plainly: bool = False) -> Sentence:
        chance = Random(hashlib.sha256(f"{self._question}/{said}/{self._tries}".encode()).digest())
        right = said if plainly or chance.random() < 0.5 else _reworded(said, chance)
        one = Sentence(shown=right, passage=number, said=said)
        if chance.random() >= self._slips:
            return one
        for kind in _order(chance):
            wrong = _slipped(kind, right, passage, chance)
            if wrong is not None:
                return replace(one, shown=wrong, slip=kind)
        return one

    def _mended(self, prompt: str, numbers: list[int]) -> list[Sentence]:
        """The draft again; what was objected to is written anew, word for word unless the writer slips again."""
        shown = {int(number): text for number, text in _PASSAGE.findall(prompt)}
        claims = [claim for paragraph in read_draft(marked(prompt, "draft"))[0] for claim in paragraph]
        wrong = [plain(claim.text) for at, claim in enumerate(claims, 1) if at in numbers]
        return [
            self._written(one.said, one.passage, shown[one.passage], plainly=True)
            if any(part in plain(one.shown) for part in wrong)
            else one
            for one in self._last
        ]


def sentences(passage: str) -> Iterator[str]:
    """The sentences of a passage that can stand in a report by themselves."""
    for block in re.split(r"\n\s*\n", passage):
        for start, end in pieces(block, Block(kind=BlockKind.PROSE, start=0, end=len(block))):
            said = _OPENING.sub("", " ".join(block[start:end].split())).rstrip(".:;, ") + "."
            said = f"{said[0].upper()}{said[1:]}"
            is_one = not _BESIDE.search(said) and 25 <= len(said) <= 300 and len(re.findall(r"[a-z]{2,}", said)) >= 4
            if is_one and not said.endswith(("?.", "!.")) and _fits(said):
                yield said


def _fits(said: str) -> bool:
    return wrongs_of(f"{said[:-1]} [1].", (_ANY,)) is None


def marked(prompt: str, tag: str) -> str:
    """What stands between the marks of one kind."""
    found = re.search(rf"<{tag}[^>]*>\n(.*?)\n</{tag}>", prompt, re.DOTALL)
    return found[1] if found else ""


def _reworded(said: str, chance: Random) -> str:
    for rule in chance.sample(list(rewrites.RULES.values()), len(rewrites.RULES)):
        made = rule(said, chance, _tables())
        if made is not None and made != said and _fits(made):
            return made
    return said


def _order(chance: Random) -> list[str]:
    """The kinds in the order in which they are tried: an addition is always possible, so it comes first one in four."""
    others = chance.sample(SLIPS[:-1], len(SLIPS) - 1)
    return [SLIPS[-1], *others] if chance.random() < 0.25 else [*others, SLIPS[-1]]


def _slipped(kind: str, said: str, passage: str, chance: Random) -> str | None:
    around = mistakes.Surroundings(passage=passage, names=_NAMES, sentences=(said,), tables=_tables())
    if kind == "addition":
        return f"{said[:-1]}{chance.choice(_ADDITIONS)}."
    return mistakes.RULES[_RULES[kind]](said, chance, around)


@cache
def _tables() -> Tables:
    return replace(tables(), names=list(_NAMES), additions=list(_ADDITIONS))


def _stems(text: str) -> set[str]:
    words = re.findall(r"[a-z0-9][a-z0-9_.-]*[a-z0-9]", text.lower())
    return {word.rstrip("s")[:6] for word in words if word not in STOP and word not in ASKING}
