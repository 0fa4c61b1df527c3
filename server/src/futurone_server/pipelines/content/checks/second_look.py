"""A draft looked at a second time, by other means than the first: scanning characters where patterns were used."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from futurone_server.pipelines.content.finding import Rule
from futurone_server.pipelines.content.manuscript import Manuscript
from futurone_server.pipelines.content.reading import words as shown_words
from futurone_server.pipelines.content.spelling import misspellings, variants
from futurone_server.pipelines.content.style import FILLERS, HEDGES, SENTENCE_WORDS_MAX, passives
from futurone_server.pipelines.deliverables.markup import reader

if TYPE_CHECKING:
    from futurone_server.tools.documents import Document

_BEING = frozenset(["am", "is", "are", "was", "were", "be", "been", "being"])
_VOWELS = frozenset("aeiouyàáâäæèéêëìíîïòóôöœùúûü")
_JOINS = "'’-"
_AFTER = ',.;:!?")*_”'
_AROUND = f"(“{_AFTER}"
_AHEAD_LINES = 12
_LEFT_OVER = frozenset(
    ["todo", "fixme", "tbd", "tbc", "tba", "tk", "tktk", "lorem", "insert", "add", "your", "fill", "placeholder"]
)
_HAD_TWICE = frozenset(["had", "that", "long", "make", "very", "no"])


class SecondLook:
    """One draft, for the verifier. Takes nothing over from the report but what is to be looked up."""

    def __init__(self, document: "Document", beside: "Mapping[str, Document]") -> None:
        self._document = document
        self._beside = {other.name: other for other in beside.values() if other is not document}
        self._lines = re.split(r"\r\n|\r|\n", document.text)
        manuscript = Manuscript(document)
        self._sentences = [list(_words(sentence.masked)) for sentence in manuscript.sentences]
        self._sentences = [sentence for sentence in self._sentences if sentence]
        self._masked = [passage.masked for passage in manuscript.passages]
        self._starts = [manuscript.line(passage.start) for passage in manuscript.passages]
        self._shown = [sentence.masked for sentence in manuscript.sentences]
        self.language = manuscript.language
        self.is_english = manuscript.is_english

    @property
    def words(self) -> int:
        """How many words of prose."""
        return sum(map(len, self._sentences))

    @property
    def sentences(self) -> int:
        """How many sentences."""
        return len(self._sentences)

    @property
    def longest(self) -> int:
        """The words of the longest sentence."""
        return max(map(len, self._sentences), default=0)

    @cached_property
    def syllables(self) -> int:
        """About how many syllables."""
        return sum(_syllables(word) for sentence in self._sentences for word in sentence)

    @property
    def passives(self) -> bool:
        """Whether anything is in the passive: here the rule itself is asked, a looser one would often be wrong."""
        return any(next(passives(sentence), None) is not None for sentence in self._shown)

    def holds_term(self, term: str) -> bool:
        """Whether a term stands anywhere in the draft, upper or lower case, as words of its own."""
        text, wanted = self._document.text.lower(), term.lower()
        at = text.find(wanted)
        while at >= 0:
            before, after = text[at - 1 : at], text[at + len(wanted) : at + len(wanted) + 1]
            if not _is_word_char(before) and not _is_word_char(after):
                return True
            at = text.find(wanted, at + 1)
        return False

    def stands_at(self, excerpt: str, line: int) -> bool:
        """Whether an excerpt begins on a line; its white space may differ, and an ellipsis cuts it short."""
        if not 1 <= line <= len(self._lines) or not excerpt:
            return False
        wanted = excerpt.removesuffix("…").rstrip()
        first = " ".join(self._lines[line - 1].split())
        ahead = " ".join(" ".join(self._lines[line - 1 : line + _AHEAD_LINES]).split())
        at = ahead.find(" ".join(wanted.split()))
        return 0 <= at < max(1, len(first))

    def breaks(self, rule: str, found: str, line: int, suggestion: str) -> bool:
        """Whether what was found breaks the rule that is named, by another rule of thumb."""
        tests: Mapping[str, Callable[[], bool]] = {
            Rule.SPELLING: lambda: _is_misspelt(found, suggestion),
            Rule.REPEATED_WORD: lambda: len(set(found.lower().split())) == 1 and len(found.split()) == 2,
            Rule.SENTENCE_LONG: lambda: any(len(sentence) > SENTENCE_WORDS_MAX for sentence in self._sentences),
            Rule.PASSIVE: lambda: _is_passive(found),
            Rule.HEDGE: lambda: " ".join(found.lower().split()) in HEDGES,
            Rule.FILLER: lambda: " ".join(found.lower().split()) in FILLERS,
            Rule.PLACEHOLDER: lambda: _is_left_over(found),
            Rule.SPACING: lambda: "".join(suggestion.split(" ")) == found and suggestion != found,
            Rule.EMPTY_LINK: lambda: not _leads(found),
            Rule.TERM: lambda: _bare(found) == _bare(suggestion) and self.holds_term(suggestion),
            Rule.DEAD_ANCHOR: lambda: _anchor(found) not in self._anchors(self._document),
            Rule.DEAD_LINK: lambda: self._is_dead(found),
            Rule.LINK_UNCHECKED: lambda: _file(found) not in self._beside,
            Rule.HEADING_EMPTY: lambda: not found.strip("# "),
            Rule.HEADING_LEVEL: lambda: self._breaks_levels(line),
            Rule.HEADING_TWICE: lambda: self._titles.count(found.lower()) > 1,
            Rule.NUMBER_UNSOURCED: lambda: any(char.isdigit() for char in found),
            Rule.CLAIM_UNCITED: lambda: "[" not in found,
        }
        test = tests.get(rule)
        return test is not None and test()

    def plain_errors(self) -> Iterator[tuple[str, int]]:
        """Doubled words and known misspellings in lower case, with their lines; none where it is not English."""
        if not self.is_english:
            return
        known = misspellings()
        for masked, first in zip(self._masked, self._starts, strict=True):
            for offset, line in enumerate(masked.split("\n")):
                tokens = [token for token in line.split(" ") if token]
                for one, other in pairwise(tokens):
                    is_word = len(one) > 1 and one.isascii() and one.isalpha() and one.islower()
                    if is_word and one == other.rstrip(_AFTER) and one not in _HAD_TWICE:
                        yield Rule.REPEATED_WORD, first + offset
                for token in (token.strip(_AROUND) for token in tokens):
                    if token.islower() and token.isalpha() and token in known:
                        yield Rule.SPELLING, first + offset

    @cached_property
    def _headings(self) -> list[tuple[int, int, str]]:
        return _headings(self._document.text)

    @property
    def _titles(self) -> list[str]:
        return [title.lower() for _, _, title in self._headings]

    def _breaks_levels(self, line: int) -> bool:
        level_above, tops = 0, 0
        for at, level, _ in self._headings:
            tops += level == 1
            if at == line:
                return (level_above > 0 and level > level_above + 1) or (level == 1 and tops > 1)
            level_above = level
        return False

    def _anchors(self, document: "Document") -> set[str]:
        slugs = set()
        for _, _, title in _headings(document.text):
            kept = "".join(char for char in title.lower() if char.isalnum() or char in "_- ")
            slugs.add(kept.replace(" ", "-"))
        return slugs

    def _is_dead(self, found: str) -> bool:
        other = self._beside.get(_file(found))
        return other is not None and _anchor(found) not in self._anchors(other)


def _words(text: str) -> Iterator[str]:
    """Runs of letters and digits, joined by an inner apostrophe or hyphen."""
    word = ""
    for at, char in enumerate(text):
        after = text[at + 1 : at + 2]
        if char.isalnum() or (word and char in _JOINS and after.isalnum()):
            word += char
        elif word:
            yield word
            word = ""
    if word:
        yield word


def _syllables(word: str) -> int:
    lower = word.lower()
    marks = [char in _VOWELS for char in lower]
    groups = sum(now and not before for before, now in pairwise([False, *marks]))
    is_silent = lower[-1] == "e" and lower[-2:] not in ("le", "ee", "ye")
    is_past = lower[-2:] == "ed" and lower[-3:] not in ("ted", "ded")
    return max(groups - (is_silent or is_past), 1) if groups > 1 else 1


def _is_participle(word: str) -> bool:
    return word.lower().endswith(("ed", "en", "wn", "ne", "lt", "ght", "ld", "de", "pt", "id", "ut", "et", "nd", "st",
                                  "ng", "un", "it", "ft", "rn", "ad", "on", "ken", "ood", "nt"))  # fmt: skip


def _is_passive(found: str) -> bool:
    words = list(_words(found))
    return len(words) >= 2 and words[0].lower() in _BEING and _is_participle(words[-1])


def _is_misspelt(found: str, suggestion: str) -> bool:
    right = misspellings().get(found.lower(), ())
    return bool(right) and suggestion.lower() == " or ".join(right).lower()


def _is_left_over(found: str) -> bool:
    first = next(_words(found.lower()), "").replace("-", "")
    return set(found) <= {"x", "X"} or set(found) == {"?"} or first in _LEFT_OVER


def _leads(link: str) -> bool:
    """Whether a link has words and an address that names something."""
    said, _, target = link.partition("](")
    address = target.strip("() <>#").lower()
    for scheme in ("http:", "https:", "ftp:", "mailto:", "tel:"):
        address = address.removeprefix(scheme)
    return bool(said.strip("[ ")) and bool(address.strip("/ "))


def _bare(term: str) -> str:
    joined = "".join(char for char in term.lower() if char.isalnum())
    american = variants().get(joined)
    return american[0] if american else joined


def _is_word_char(char: str) -> bool:
    return char.isalnum() or char == "_"


def _target(link: str) -> str:
    return link.rpartition("](")[2].split(")")[0].split(" ")[0].replace("%20", " ")


def _anchor(link: str) -> str:
    return _target(link).partition("#")[2]


def _file(link: str) -> str:
    return _target(link).partition("#")[0].rpartition("/")[2]


def _headings(text: str) -> list[tuple[int, int, str]]:
    tokens = reader().parse(text)
    return [
        ((token.map or [0])[0] + 1, int(token.tag[1]), " ".join(shown_words(tokens[at + 1]).split()))
        for at, token in enumerate(tokens)
        if token.type == "heading_open"
    ]
