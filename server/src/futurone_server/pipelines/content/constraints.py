"""What a task says about a text that can be held against it: lengths, words to use or avoid, language, style."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from futurone_server.pipelines.content.tone import tone_of
from futurone_server.pipelines.content.tongues import lengths_in
from futurone_server.pipelines.research.clauses import ClauseKind, clauses


class ConstraintKind(StrEnum):
    """What can be held against a text by counting and looking."""

    WORDS_MAX = "words_max"
    WORDS_MIN = "words_min"
    SENTENCES_MAX = "sentences_max"
    SENTENCES_MIN = "sentences_min"
    SENTENCE_WORDS_MAX = "sentence_words_max"
    EASE_MIN = "ease_min"
    AVOID = "avoid"
    MENTION = "mention"
    LANGUAGE = "language"
    NO_PASSIVE = "no_passive"
    OTHER = "other"


_TOLD = {
    ConstraintKind.WORDS_MAX: "at most {} words",
    ConstraintKind.WORDS_MIN: "at least {} words",
    ConstraintKind.SENTENCES_MAX: "at most {} sentences",
    ConstraintKind.SENTENCES_MIN: "at least {} sentences",
    ConstraintKind.SENTENCE_WORDS_MAX: "sentences of at most {} words",
    ConstraintKind.EASE_MIN: "reading ease of at least {}",
    ConstraintKind.AVOID: "avoid “{}”",
    ConstraintKind.MENTION: "mention “{}”",
    ConstraintKind.LANGUAGE: "in {}",
    ConstraintKind.NO_PASSIVE: "no passive",
    ConstraintKind.OTHER: "{}",
}

_BOUNDS = {
    ("words", True): ConstraintKind.WORDS_MAX,
    ("words", False): ConstraintKind.WORDS_MIN,
    ("sentences", True): ConstraintKind.SENTENCES_MAX,
    ("sentences", False): ConstraintKind.SENTENCES_MIN,
}


@dataclass(frozen=True, kw_only=True)
class Constraint:
    """One thing the task says about the text: ``value`` is the number, term or language; for OTHER its words."""

    kind: ConstraintKind
    value: str

    @property
    def told(self) -> str:
        """The constraint in words."""
        told = _TOLD[self.kind].format(self.value)
        return told.removesuffix("s") if self.value == "1" and told.endswith((" 1 words", " 1 sentences")) else told


_CHARS_MAX = 300
_LANGUAGES = "english german french spanish italian dutch portuguese"
_TERM = r"(?:[“\"'‘`][^”\"'’`\n]{1,80}[”\"'’`])"
_TERMS = rf"{_TERM}(?:\s*(?:,|;|and|or|nor|,\s*and|,\s*or)\s*{_TERM})*"
_MIN = re.compile(r"\b(?:at least|no fewer than|minimum(?: of)?|more than)\s+([\d,]{1,7})\s+words\b", re.I)
_MAX = re.compile(
    r"\b(?:at most|no more than|not more than|up to|under|below|fewer than|less than|maximum(?: of)?|within|in|max\.?)"
    r"\s+([\d,]{1,7})\s+words\b|\b([\d,]{1,7})\s+words\s+(?:at most|max(?:imum)?|or (?:less|fewer))\b",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\b([\d,]{1,7})\s*(?:-|–|to)\s*([\d,]{1,7})\s+words\b", re.I)
_ABOUT = re.compile(r"\b(?:about|around|roughly|approximately|some|a|an)\s+([\d,]{2,7})[\s-]words?\b", re.I)
_SENTENCE = re.compile(
    r"\b(?:no sentences? (?:longer|of more) than|sentences? (?:of )?(?:at most|up to|under|no longer than))\s+(\d{1,3})"
    r"(?:\s+words)?",
    re.IGNORECASE,
)
_COUNTED = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "twelve": "12",
}  # fmt: skip
_COUNT = rf"(\d{{1,3}}|{'|'.join(_COUNTED)})"
_SENTENCES_MAX = re.compile(
    rf"\b(?:at most|no more than|not more than|up to|under|fewer than|less than|maximum(?: of)?|within|in|max\.?|"
    rf"exactly)\s+{_COUNT}\s+sentences?\b|\b{_COUNT}\s+sentences?\s+(?:at most|max(?:imum)?|or (?:less|fewer))\b",
    re.IGNORECASE,
)
_SENTENCES_MIN = re.compile(
    rf"\b(?:at least|no fewer than|minimum(?: of)?|(?<!no )(?<!not )more than|exactly)\s+{_COUNT}\s+sentences?\b", re.I
)
_EASE = re.compile(
    r"\b(?:flesch|reading ease)\b[^.\n\d]{0,40}?(?:above|over|at least|of at least|>=?)\s*(\d{1,3})", re.I
)
_AVOID = re.compile(
    r"\b(?:avoid(?:ing)?|(?:do not|don['’]t|never) (?:use|say|mention|write)|"
    r"without(?: using)?)\s+(?:the\s+)?(?:words?|terms?|phrases?)?\s*:?\s*"
    rf"({_TERMS})",
    re.IGNORECASE,
)
_MENTION = re.compile(
    r"(?<!not )(?<!n['’]t )(?<!never )\b(?:must (?:mention|include|name|contain)|mention(?:ing)?|"
    r"has to (?:mention|include|name)|"
    r"include(?: the (?:words?|terms?|phrases?))?|be sure to (?:mention|include)|contain)\s+"
    rf"(?:the\s+)?(?:words?|terms?|phrases?)?\s*:?\s*({_TERMS})",
    re.IGNORECASE,
)
_PLAIN = r"(?P<kind>words?|terms?|phrases?)\s+(?P<told>[^\W\d_][^.;:!?\n“\"‘`]{1,120})"
_AVOID_PLAIN = re.compile(
    r"\b(?:avoid(?:ing)?|(?:do not|don['’]t|never) (?:use|say|mention|write)|without(?: using)?)\s+(?:the\s+)?"
    + _PLAIN,
    re.I,
)
_MENTION_PLAIN = re.compile(
    r"(?<!not )(?<!n['’]t )(?<!never )\b(?:must (?:mention|include|name|contain|use)|mention(?:ing)?|include|use|"
    r"contain)\s+(?:the\s+)?" + _PLAIN,
    re.IGNORECASE,
)
_TERM_ENDS = re.compile(
    r",?\s+(?:in|anywhere|everywhere|please|at|because|but|for|which|that|when|and (?!\w+\Z)\w+ )\b.*\Z", re.I
)
_LANGUAGE = re.compile(
    rf"\b(?:in|into|language:?)\s+(?:plain |simple |formal |british |american )?({_LANGUAGES.replace(' ', '|')})\b",
    re.IGNORECASE,
)
_NO_PASSIVE = re.compile(r"\b(?:no|without|avoid(?: the)?) passive(?: voice)?\b|\bactive voice\b", re.I)
_KNOWN = (
    _MIN, _MAX, _RANGE, _ABOUT, _SENTENCES_MAX, _SENTENCES_MIN, _SENTENCE, _EASE, _AVOID, _AVOID_PLAIN, _MENTION,
    _MENTION_PLAIN, _LANGUAGE, _NO_PASSIVE,
)  # fmt: skip


def constraints_in(task: str) -> tuple[Constraint, ...]:
    """Every constraint of a task, each once; those that cannot be counted last."""
    return tuple(dict.fromkeys(_constraints(task)))


def is_constraint(text: str) -> bool:
    """Whether a text says something that restrains a text."""
    return any(pattern.search(text) for pattern in _KNOWN) or any(lengths_in(text)) or bool(tone_of(text))


def short(text: str) -> str:
    """A text on one line, shortened after a word."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _CHARS_MAX else flat[: _CHARS_MAX - 1].rsplit(" ", 1)[0] + "…"


def _constraints(task: str) -> Iterator[Constraint]:
    yield from _lengths(task)
    for pattern, kind in (
        (_SENTENCES_MAX, ConstraintKind.SENTENCES_MAX),
        (_SENTENCES_MIN, ConstraintKind.SENTENCES_MIN),
        (_SENTENCE, ConstraintKind.SENTENCE_WORDS_MAX),
        (_EASE, ConstraintKind.EASE_MIN),
    ):
        for found in pattern.finditer(task):
            told = next(filter(None, found.groups()))
            yield Constraint(kind=kind, value=_COUNTED.get(told.lower(), told))
    for pattern, kind in ((_AVOID, ConstraintKind.AVOID), (_MENTION, ConstraintKind.MENTION)):
        for found in pattern.finditer(task):
            for term in re.findall(_TERM, found.group(1)):
                yield Constraint(kind=kind, value=term[1:-1].strip())
    for pattern, kind in ((_AVOID_PLAIN, ConstraintKind.AVOID), (_MENTION_PLAIN, ConstraintKind.MENTION)):
        for found in pattern.finditer(task):
            yield from (Constraint(kind=kind, value=term) for term in _plain_terms(found))
    for found in _LANGUAGE.finditer(task):
        yield Constraint(kind=ConstraintKind.LANGUAGE, value=found.group(1).capitalize())
    if _NO_PASSIVE.search(task):
        yield Constraint(kind=ConstraintKind.NO_PASSIVE, value="")
    yield from _others(task)


def _plain_terms(found: re.Match[str]) -> Iterator[str]:
    """Terms without quotation marks: of "the word" one, of "the words" each, up to where the sentence goes on."""
    told = _TERM_ENDS.sub("", found["told"]).strip(" ,")
    if found["kind"].lower() == "word":
        told = told.split()[0].strip(",") if told else ""
        yield from [told] if told else []
        return
    is_list = found["kind"].lower().endswith("s")
    terms = re.split(r",\s*(?:(?:and|or|nor)\s+)?|\s+(?:and|or|nor)\s+", told) if is_list else [told]
    yield from (term.strip() for term in terms if term.strip())


def _lengths(task: str) -> Iterator[Constraint]:
    for length in lengths_in(task):
        yield Constraint(kind=_BOUNDS[length.unit, length.is_most], value=str(length.count))
    rest = _SENTENCE.sub(" ", task)
    for found in _RANGE.finditer(rest):
        yield Constraint(kind=ConstraintKind.WORDS_MIN, value=_whole(found.group(1)))
        yield Constraint(kind=ConstraintKind.WORDS_MAX, value=_whole(found.group(2)))
    rest = _RANGE.sub(" ", rest)
    for found in _MAX.finditer(rest):
        yield Constraint(kind=ConstraintKind.WORDS_MAX, value=_whole(found.group(1) or found.group(2)))
    for found in _MIN.finditer(rest):
        yield Constraint(kind=ConstraintKind.WORDS_MIN, value=_whole(found.group(1)))
    for found in _ABOUT.finditer(_MIN.sub(" ", _MAX.sub(" ", rest))):
        about = int(_whole(found.group(1)))
        yield Constraint(kind=ConstraintKind.WORDS_MIN, value=str(about - about // 10))
        yield Constraint(kind=ConstraintKind.WORDS_MAX, value=str(about + about // 10))


def _others(task: str) -> Iterator[Constraint]:
    """What restrains the text and cannot be held against it by counting."""
    for clause in clauses(task):
        if clause.kind is ClauseKind.CONSTRAINT and not is_constraint(clause.text):
            yield Constraint(kind=ConstraintKind.OTHER, value=short(clause.text))
    tone = tone_of(task)
    if tone:
        yield Constraint(kind=ConstraintKind.OTHER, value=f"tone: {tone}")


def _whole(number: str) -> str:
    return number.replace(",", "") or "0"
