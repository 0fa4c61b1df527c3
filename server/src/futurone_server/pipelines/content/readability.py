"""How hard a draft is to read: words, sentences, syllables and what Flesch and Kincaid made of them."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from futurone_server.pipelines.content.manuscript import Manuscript
from futurone_server.pipelines.content.style import WORD, count_words

_VOWELS = re.compile(r"[aeiouyàáâäæèéêëìíîïòóôöœùúûü]+")
_BANDS = (
    (90, "very easy"), (80, "easy"), (70, "fairly easy"), (60, "plain"), (50, "fairly difficult"), (30, "difficult"),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Measures:
    """The counts of a draft's prose, without code, addresses and headings."""

    words: int
    sentences: int
    syllables: int
    longest: int
    """The words of the longest sentence."""
    longest_line: int

    @property
    def words_per_sentence(self) -> float:
        """The mean length of a sentence in words."""
        return self.words / self.sentences if self.sentences else 0.0

    @property
    def ease(self) -> float | None:
        """Flesch's reading ease (1948): 100 is very easy, 0 very hard; None without words."""
        if not self.words:
            return None
        words, sentences = self.words, self.sentences
        # Whole numbers up to one division: a value halfway between two decimals is rounded as its exact value is.
        whole = 206835 * words * sentences - 1015 * words * words - 84600 * self.syllables * sentences
        return whole / (1000 * words * sentences)

    @property
    def grade(self) -> float | None:
        """Flesch and Kincaid's grade level (1975): years of school; None without words."""
        if not self.words:
            return None
        words, sentences = self.words, self.sentences
        return (39 * words * words + 1180 * self.syllables * sentences - 1559 * words * sentences) / (
            100 * words * sentences
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The measures that ``to_json`` wrote."""
        return cls(**value)


def measure(manuscript: Manuscript) -> Measures:
    """Count a draft's prose."""
    lengths = [(count_words(sentence.masked), sentence.start) for sentence in manuscript.sentences]
    lengths = [(length, start) for length, start in lengths if length]
    longest, start = max(lengths, key=lambda one: one[0], default=(0, 0))
    spoken = (word.group() for sentence in manuscript.sentences for word in WORD.finditer(sentence.masked))
    return Measures(
        words=sum(length for length, _ in lengths),
        sentences=len(lengths),
        syllables=sum(map(syllables, spoken)),
        longest=longest,
        longest_line=manuscript.line(start),
    )


def syllables(word: str) -> int:
    """About how many syllables an English word has: groups of vowels, without a silent final e. At least one."""
    lower = word.lower()
    groups = len(_VOWELS.findall(lower))
    is_silent = lower.endswith("e") and not lower.endswith(("le", "ee", "ye")) and groups > 1
    is_past = lower.endswith("ed") and not lower.endswith(("ted", "ded")) and groups > 1
    return max(1, groups - is_silent - is_past)


def band(ease: float) -> str:
    """A reading ease in words."""
    return next((words for bound, words in _BANDS if ease >= bound), "very difficult")
