"""A text that a model writes: its outline, what each section may be, and what is wrong with one that came back."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from futurone_server.pipelines.content.assignment import Assignment
from futurone_server.pipelines.content.claims import QUANTITY
from futurone_server.pipelines.content.constraints import Constraint, ConstraintKind
from futurone_server.pipelines.content.keeping import check_constraints
from futurone_server.pipelines.content.manuscript import Manuscript
from futurone_server.pipelines.content.readability import measure
from futurone_server.pipelines.content.spelling import check_spelling
from futurone_server.pipelines.content.style import count_words
from futurone_server.pipelines.prompting import outside, paragraphs
from futurone_server.pipelines.research.answers import Quote
from futurone_server.tools.documents import make_visible, parse
from futurone_server.tools.retrieval import is_name, numbers

MARK = re.compile(r"\[(\d{1,4})\]")
WRONGS_MAX = 12

_EMPHASIS = re.compile(r"(?:\*\*|__|`)(?=\S)|(?<=\S)(?:\*\*|__|`)")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+.*$", re.MULTILINE)
_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^()\n]{0,600}\)")
_ITEM = re.compile(r"\s{0,3}[-*+]\s+")
_SENTENCE_MARGIN = 1.15
_ABBREVIATED = frozenset(["I", "I'm", "I'll", "I've"])


@dataclass(frozen=True, kw_only=True)
class Section:
    """One section as it is planned; ``words_max`` is what it may take, ``mentions`` what it has to mention."""

    number: int
    heading: str
    covers: str
    look_for: str
    words_min: int
    words_max: int
    mentions: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed in the plan."""
        return {**asdict(self), "mentions": list(self.mentions)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The section that ``to_json`` wrote."""
        return cls(**{**value, "mentions": tuple(value["mentions"])})


def outline(answer: Mapping[str, Any], assignment: Assignment) -> tuple[str, tuple[Section, ...]]:
    """Title and sections of a model's outline, with the task's bounds shared out over them."""
    wanted = [one.value for one in assignment.constraints if one.kind is ConstraintKind.MENTION]
    asked = [max(1, int(section["words"])) for section in answer["sections"]]
    least, most = _bounds(assignment.constraints, sum(asked))
    sections = []
    left = list(wanted)
    for number, section in enumerate(answer["sections"], 1):
        named = {str(one).casefold() for one in section["mentions"]}
        own = [term for term in left if term.casefold() in named]
        left = [term for term in left if term not in own]
        part = asked[number - 1] / sum(asked)
        sections.append(
            Section(
                number=number,
                heading=_line(section["heading"]),
                covers=_line(section["covers"]),
                look_for=_line(section["look_for"]),
                words_min=-int(-least * part // 1),
                words_max=max(1, int(most * part)),
                mentions=tuple(own if number < len(asked) else [*own, *left]),
            )
        )
    return _line(answer["title"]), tuple(sections)


def outline_prompt(task: str, assignment: Assignment) -> str:
    """What a model is asked for the outline."""
    limits = "\n".join(f"- {one.told}" for one in assignment.constraints)
    return paragraphs((outside("task", task), outside("limits", limits) if limits else ""))


def section_prompt(
    task: str, section: Section, assignment: Assignment, quotes: Mapping[int, Quote], *, again: Sequence[str] = ()
) -> str:
    """What a model is asked for one section; ``again`` is its first version and then what is wrong with it."""
    told = [
        f"heading: {section.heading}",
        f"covers: {section.covers}",
        f"at most {section.words_max} words" + (f", at least {section.words_min}" if section.words_min else ""),
        *(f"mention: {term}" for term in section.mentions),
    ]
    of_all = [one.told for one in _of_sections(assignment.constraints)]
    return paragraphs(
        (
            outside("task", task),
            outside("section", "\n".join(told)),
            outside("limits", "\n".join(f"- {one}" for one in of_all)) if of_all else "",
            *(
                outside("source", quote.text, number=number, document=quote.document)
                for number, quote in quotes.items()
            ),
            "" if quotes else "There are no sources: state nothing that the task does not say.",
            outside("draft", again[0]) if again else "",
            outside("wrong", "\n".join(f"- {one}" for one in again[1:])) if again else "",
        )
    )


def cleaned(answer: str) -> str:
    """A model's text without headings, links and emphasis: plain lines, paragraphs divided by an empty one."""
    text = make_visible(answer)[0].replace("\r\n", "\n")
    text = _LINK.sub(r"\1", _HEADING.sub("", text))
    text = _EMPHASIS.sub("", text)
    blocks = (block.strip() for block in re.split(r"\n\s*\n", text))
    return "\n\n".join("\n".join(_lines(block)) for block in blocks if block)


def wrongs(
    text: str, section: Section, assignment: Assignment, quotes: Mapping[int, Quote], task: str
) -> tuple[str, ...]:
    """What does not hold in a section: citations, numbers, names, bounds, style. Empty if it can stay."""
    manuscript = Manuscript(parse("section.md", "text/markdown", text.encode()))
    measures = measure(manuscript)
    bounds = [
        Constraint(kind=ConstraintKind.WORDS_MAX, value=str(int(section.words_max * _SENTENCE_MARGIN))),
        *(Constraint(kind=ConstraintKind.MENTION, value=term) for term in section.mentions),
        *_of_sections(assignment.constraints),
    ]
    found = [*_citation_wrongs(manuscript, quotes, task)]
    kept = check_constraints(bounds, manuscript, measures)
    found += [f"Limit not kept: {one.told} ({one.measured})." for one in kept if one.is_kept is False]
    if manuscript.is_english:
        found += [f"Misspelt: {one.excerpt}; right is {one.suggestion}." for one in check_spelling(manuscript)]
    if not measures.words:
        found.append("The section is empty.")
    return tuple(dict.fromkeys(found))[:WRONGS_MAX]


def _citation_wrongs(manuscript: Manuscript, quotes: Mapping[int, Quote], task: str) -> Iterator[str]:
    for sentence in manuscript.sentences:
        cited = [int(number) for number in MARK.findall(sentence.shown)]
        unknown = [number for number in cited if number not in quotes]
        if unknown:
            yield f"There is no source [{unknown[0]}]."
            continue
        bare = MARK.sub(" ", sentence.shown)
        held = " ".join([task, *(quotes[number].text for number in cited)])
        stray = sorted(numbers(bare) - numbers(held))
        if stray:
            where = "the source it cites" if cited else "the task, and no source is cited"
            yield f"“{_short(bare)}”: the number {stray[0]} is not in {where}."
        elif QUANTITY.search(bare) and not cited and numbers(bare) - numbers(task):
            yield f"“{_short(bare)}” states a number and cites no source."
        names = [name for name in names_in(bare) if name.casefold() not in held.casefold()]
        if names:
            yield f"“{_short(bare)}”: {names[0]} is not in {'the source it cites' if cited else 'the task'}."


def names_in(sentence: str) -> Iterator[str]:
    """Words inside a sentence that are spelt like names: with a capital, or like an identifier."""
    tokens = re.findall(r"[^\W_][\w.’'/-]*[^\W_]|[^\W_]", sentence)
    for at, token in enumerate(tokens):
        bare = re.sub(r"['’]s\Z", "", token)
        if bare in _ABBREVIATED or bare.isdigit():
            continue
        if (at > 0 and bare[0].isupper() and any(char.islower() for char in bare)) or (is_name(bare) and at >= 0):
            yield bare


def _of_sections(constraints: Sequence[Constraint]) -> list[Constraint]:
    """The constraints that each section has to keep by itself."""
    whole = {
        ConstraintKind.WORDS_MAX,
        ConstraintKind.WORDS_MIN,
        ConstraintKind.SENTENCES_MAX,
        ConstraintKind.SENTENCES_MIN,
        ConstraintKind.MENTION,
    }
    return [one for one in constraints if one.kind not in whole]


def _bounds(constraints: Sequence[Constraint], asked: int) -> tuple[int, int]:
    most = [int(one.value) for one in constraints if one.kind is ConstraintKind.WORDS_MAX]
    least = [int(one.value) for one in constraints if one.kind is ConstraintKind.WORDS_MIN]
    # A section may run over its share a little: the whole still has to fit.
    bound = int(min(most) / _SENTENCE_MARGIN) if most else max(asked, *least, 1)
    return max(least, default=0), bound


def _lines(block: str) -> Iterator[str]:
    for line in block.split("\n"):
        item = _ITEM.match(line)
        yield f"- {line[item.end() :].strip()}" if item else line.strip()


def _line(value: object) -> str:
    return " ".join(make_visible(str(value))[0].split())


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 80 else f"{flat[:79]}…"


def word_count(text: str) -> int:
    """The words of a text without its citations."""
    return count_words(MARK.sub(" ", text))
