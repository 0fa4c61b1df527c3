"""Numbers as quantities: one spelling, one unit, so that 1,600 is 1600, twelve is 12 and two weeks are 14 days."""

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_ONES = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ORDINALS = ["third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"]
_WORDS = {
    **{word: number for number, word in enumerate(_ONES)},
    **{word: 10 * number for number, word in enumerate(_TENS, 2)},
}
_SOFT = {
    **{word: float(number) for number, word in enumerate(_ORDINALS, 3)},
    "both": 2.0, "twice": 2.0, "double": 2.0, "doubling": 2.0, "doubled": 2.0, "dozen": 12.0, "once": 1.0,
    "thrice": 3.0, "triple": 3.0, "tripled": 3.0, "pair": 2.0, "half": 0.5, "halves": 0.5,
}  # fmt: skip
_FRACTIONS = {
    "half": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fourths": 4, "fifth": 5, "fifths": 5, "sixth": 6,
    "sixths": 6, "eighth": 8, "eighths": 8, "tenth": 10, "tenths": 10,
}  # fmt: skip
_MAGNITUDES = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "k": 1e3, "m": 1e6, "mn": 1e6,
    "bn": 1e9, "hundreds": 1e2, "thousands": 1e3, "millions": 1e6, "billions": 1e9,
}  # fmt: skip
_UNITS: Mapping[str, Mapping[str, float]] = {
    "share": {"%": 0.01, "percent": 0.01},
    "time": {
        "ms": 0.001, "millisecond": 0.001, "s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600,
        "hour": 3600, "day": 86400, "week": 604800, "fortnight": 1209600,
    },
    "months": {"month": 1, "trimester": 3, "year": 12, "yr": 12, "decade": 120, "century": 1200, "annum": 12},
    "length": {
        "mm": 0.001, "millimetre": 0.001, "millimeter": 0.001, "cm": 0.01, "centimetre": 0.01, "centimeter": 0.01,
        "m": 1, "metre": 1, "meter": 1, "km": 1000, "kilometre": 1000, "kilometer": 1000, "mile": 1609.344,
    },
    "mass": {
        "mg": 0.001, "milligram": 0.001, "g": 1, "gram": 1, "kg": 1000, "kilogram": 1000, "tonne": 1e6,
    },
    "data": {"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "kib": 1024, "mib": 1048576, "gib": 1073741824},
    "eur": {"€": 1, "eur": 1, "euro": 1},
    "usd": {"$": 1, "usd": 1, "dollar": 1},
    "gbp": {"£": 1, "gbp": 1},
    "yen": {"¥": 1, "jpy": 1, "yen": 1},
    "cents": {"cent": 1},
}  # fmt: skip
_DIMENSION = {unit: (name, factor) for name, units in _UNITS.items() for unit, factor in units.items()}
_MONTHS = {
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8, "september": 9,
    "october": 10, "november": 11, "december": 12,
}  # fmt: skip
_SINGLE = frozenset({"a", "an", "one", "per", "each", "every"})
_DIGITS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_CLOSE = 0.006


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantity:
    """A number and its unit. ``base`` is in the base unit of its dimension ("" if it has none).

    ``at`` and ``end`` count tokens. A soft one is implied (*both*, *a third*, *an hour*): it supports a claim's number,
    but a claim is not failed for one.
    """

    value: float
    base: float
    dimension: str
    at: int
    end: int
    shown: str
    is_soft: bool = False

    @property
    def is_ordinal(self) -> bool:
        """Whether it is *third*, *fourth* and so on."""
        return self.shown in _ORDINALS


def number_of(word: str) -> str | None:
    """One spelling of a number in digits or of a number word up to ninety; None for anything else."""
    if word in _WORDS:
        return str(_WORDS[word])
    if not word[0].isdigit():
        return None
    if not _DIGITS.fullmatch(word):
        return word
    whole, _, fraction = word.replace(",", "").partition(".")
    fraction = fraction.rstrip("0")
    bare = whole.lstrip("0") or "0"
    return f"{bare}.{fraction}" if fraction else bare


def quantities(words: Sequence[str]) -> Iterator[Quantity]:
    """The quantities of a sentence, given its words in lower case."""
    at = 0
    while at < len(words):
        found = _explicit(words, at) or _implied(words, at)
        if found is None:
            at += 1
            continue
        yield found
        at = found.end


def supports(known: Quantity, claimed: Quantity) -> bool:
    """Whether a source's quantity says what a claim's does: the same number and no other unit, or the same amount."""
    if _is_close(known.base, claimed.base) and known.dimension == claimed.dimension:
        return True
    is_fraction = "share" in {known.dimension, claimed.dimension} and {known.dimension, claimed.dimension} <= {
        "",
        "share",
    }
    if is_fraction and any(one.value == one.base < 1 for one in (known, claimed)):
        return abs(known.base - claimed.base) <= _CLOSE
    if known.is_soft and claimed.dimension:
        return False  # "both" and "twice" say nothing of two weeks
    return known.value == claimed.value and "" in (known.dimension, claimed.dimension)


def sums(found: Sequence[Quantity]) -> Iterator[Quantity]:
    """The sums of neighbours in one dimension: eight minutes and twenty seconds are 500 seconds."""
    for one, other in pairwise(found):
        if one.dimension == other.dimension != "" and other.at - one.end <= 1 and one.base > other.base:
            base = one.base + other.base
            yield Quantity(
                value=base, base=base, dimension=one.dimension, at=one.at, end=other.end, shown="", is_soft=True
            )


def _explicit(words: Sequence[str], at: int) -> Quantity | None:
    value, end = _number(words, at)
    if value is None:
        return None
    ratio = _ratio(words, at, end, value)
    if ratio is not None:
        return ratio
    dimension, factor, last = _unit(words, at, end)
    shown = " ".join(words[at:last])
    is_pronoun = words[at] in {"one", "zero"} and not dimension
    return Quantity(
        value=value, base=value * factor, dimension=dimension, at=at, end=last, shown=shown, is_soft=is_pronoun
    )


def _number(words: Sequence[str], at: int) -> tuple[float | None, int]:
    """The number that begins here and where it ends: 14, twenty-five, 3.2 million, two hundred."""
    value, end = _simple(words[at]), at + 1
    if value is None:
        return (None, at)
    if words[at] in _TENS and end < len(words) and words[end] in _ONES[1:10]:
        value, end = value + _WORDS[words[end]], end + 1
    while (
        end < len(words)
        and words[end] in _MAGNITUDES
        and not (words[end] == "m" and value >= 1 and _is_bare(words, at))
    ):
        value, end = value * _MAGNITUDES[words[end]], end + 1
    return value, end


def _simple(word: str) -> float | None:
    if word in _WORDS:
        return float(_WORDS[word])
    if _DIGITS.fullmatch(word):
        return float(word.replace(",", ""))
    return _version(word) if word[0].isdigit() else None


def _version(word: str) -> float:
    """A number for what is none (1.2.3, 10.0.0.1), equal for equal spellings and for nothing else."""
    return zlib.crc32(word.encode()) + 0.5


def _is_bare(words: Sequence[str], at: int) -> bool:
    """Whether no currency stands before a number, so that an m after it means metres."""
    return at == 0 or words[at - 1] not in {"€", "$", "£", "¥", "eur", "usd", "gbp"}


def _ratio(words: Sequence[str], at: int, end: int, value: float) -> Quantity | None:
    """A share: "1 in 100", "two thirds"."""
    if words[end : end + 1] == ["in"] and end + 1 < len(words):
        whole, last = _number(words, end + 1)
        is_year = whole is not None and whole >= 1500
        if whole and value < whole and not is_year and last <= len(words) and not _unit(words, at, last)[0]:
            share, shown = value / whole, " ".join(words[at:last])
            return Quantity(value=share, base=share, dimension="share", at=at, end=last, shown=shown)
    if value < 10 and end < len(words) and words[end] in _FRACTIONS:
        share, shown = value / _FRACTIONS[words[end]], " ".join(words[at : end + 1])
        return Quantity(value=share, base=share, dimension="share", at=at, end=end + 1, shown=shown)
    return None


def _unit(words: Sequence[str], at: int, end: int) -> tuple[str, float, int]:
    """Dimension, factor and where the unit ends: the word after a number, or the currency before it."""
    if end < len(words):
        known = _DIMENSION.get(words[end]) or _DIMENSION.get(words[end].removesuffix("'").removesuffix("s"))
        if words[end] == "per" and words[end + 1 : end + 2] == ["cent"]:
            return "share", 0.01, end + 2
        if known:
            return known[0], known[1], end + 1
    if at and words[at - 1] in _DIMENSION and not words[at - 1].isdigit():
        name, factor = _DIMENSION[words[at - 1]]
        if name in {"eur", "usd", "gbp", "yen"}:
            return name, factor, end
    return "", 1.0, end


def _implied(words: Sequence[str], at: int) -> Quantity | None:
    word = words[at]
    following = words[at + 1] if at + 1 < len(words) else ""
    if word in _SINGLE and following in _FRACTIONS and following != "second":
        share = 1 / _FRACTIONS[following]
        return Quantity(value=share, base=share, dimension="share", at=at, end=at + 2, shown=following, is_soft=True)
    if word == "half" and following in {"a", "an"} and words[at + 2 : at + 3] and words[at + 2] in _DIMENSION:
        dimension, factor = _DIMENSION[words[at + 2]]
        return Quantity(
            value=0.5,
            base=factor / 2,
            dimension=dimension,
            at=at,
            end=at + 3,
            shown=f"half {words[at + 2]}",
            is_soft=True,
        )
    if word in _SINGLE and following in _DIMENSION:
        dimension, factor = _DIMENSION[following]
        return Quantity(value=1.0, base=factor, dimension=dimension, at=at, end=at + 2, shown=following, is_soft=True)
    beside = (*words[max(0, at - 1) : at], following)
    if word in _MONTHS and any(near[:1].isdigit() for near in beside):
        value = float(_MONTHS[word])
        return Quantity(value=value, base=value, dimension="", at=at, end=at + 1, shown=word, is_soft=True)
    if word in _SOFT:
        dimension = "share" if word in {"half", "halves"} else ""
        return Quantity(
            value=_SOFT[word], base=_SOFT[word], dimension=dimension, at=at, end=at + 1, shown=word, is_soft=True
        )
    return None


def _is_close(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other), 1e-9)
