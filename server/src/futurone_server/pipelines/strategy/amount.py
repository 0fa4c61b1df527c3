"""Numbers as people write them: 1,200, $1.5m, 20 %, (300): read exactly, and written the same way each time."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow

CONTEXT = Context(
    prec=34, rounding=ROUND_HALF_EVEN, Emin=-99, Emax=99, traps=[InvalidOperation, DivisionByZero, Overflow]
)
"""How every number is computed: 34 digits, and an error rather than an infinity."""

DIGITS_MAX = 24
_EXCHANGED = str.maketrans(",.", ".,")
_DECIMALS_SHOWN = 4
_DECIMALS_OF_LARGE = 2
_LARGE = 1000
_SCALES = {
    "k": 3, "thousand": 3, "m": 6, "mn": 6, "mio": 6, "million": 6, "bn": 9, "b": 9, "billion": 9, "trillion": 12,
}  # fmt: skip
NUMBER = (
    r"(?:(?P<open>\()\s*)?(?P<sign>[-−+])?\s*(?P<currency>[$€£¥])?\s*(?P<sign2>[-−])?"
    r"(?P<digits>\d[\d.,'’]*\d|\d|\.\d+)"
    r"(?:\s?(?P<percent>%|percent\b|per cent\b)|\s?(?P<scale>thousand|million|billion|trillion|mio|mn|bn|[kKmMbB])\b)?"
    r"(?(open)\s*\))"
)
_WHOLE = re.compile(rf"\s*{NUMBER}\s*(?P<unit>(?!and\b|or\b)[^\W\d]+[²³]?(?:[/ ][^\W\d]+){{0,2}}\.?)?\s*\Z")


@dataclass(frozen=True, kw_only=True)
class Amount:
    """A number: ``shown`` as it is written, ``value`` as it counts (20 % is 0.2), ``unit`` what stands beside it."""

    value: Decimal
    shown: str
    unit: str = ""


def read_amount(text: str, *, has_comma: bool = False) -> Amount | None:
    """The number that a text is; None if it is anything else. ``(300)`` is −300, as in accounts.

    ``has_comma`` says that decimals stand after a comma here, so that 1.399 is a thousand and more.
    """
    found = _WHOLE.match(text)
    if found is None or len(text) > 80:
        return None
    value = value_of(found, has_comma=has_comma)
    if value is None:
        return None
    unit = "%" if found["percent"] else found["currency"] or (found["unit"] or "").strip()
    return Amount(value=value, shown=" ".join(text.split()), unit=unit)


def has_decimal_commas(texts: Iterable[str], *, is_likely: bool) -> bool:
    """Whether decimals stand after a comma in these numbers: some show it, or it is likely and none shows otherwise."""
    found = [text.strip() for text in texts]
    shows_point = any(re.search(r"\d\.\d{1,2}(?!\d)|,\d{3}\.|\.\d{4,}", text) for text in found)
    shows_comma = any(re.search(r"\d,\d{1,2}(?!\d)|\.\d{3},|,\d{4,}", text) for text in found)
    return not shows_point and (shows_comma or is_likely)


def value_of(found: re.Match[str], *, has_comma: bool = False) -> Decimal | None:
    """The value of a match of ``NUMBER``; None if its digits make no number."""
    written = found["digits"]
    digits = _plain(written.translate(_EXCHANGED) if has_comma else written)
    if digits is None:
        return None
    value = Decimal(digits)
    if found["scale"]:
        value = value.scaleb(_SCALES[found["scale"].lower()])
    if found["percent"]:
        value = value.scaleb(-2)
    is_negative = found["sign"] in ("-", "−") or found["sign2"] is not None or found["open"] is not None
    return -value if is_negative else value


def shown(value: Decimal) -> str:
    """A number as it is written in reports: four decimals at most, two from a thousand on, thousands divided."""
    decimals = _DECIMALS_OF_LARGE if abs(value) >= _LARGE else _DECIMALS_SHOWN
    rounded = value.quantize(Decimal(1).scaleb(-decimals), context=Context(prec=120))
    text = f"{rounded:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    text = "0" if text in ("-0", "") else text
    whole, dot, fraction = text.partition(".")
    if len(whole.lstrip("-")) > 3:
        whole = f"{int(whole):,}"
    return f"{whole}{dot}{fraction}"


def plain(value: Decimal) -> str:
    """A number as it is written in tables for programs: no thousands, at most ten decimals."""
    text = f"{value.quantize(Decimal(1).scaleb(-10), context=Context(prec=120)):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _plain(digits: str) -> str | None:
    """Digits with a point for decimals and nothing else: the last of two kinds of mark divides decimals."""
    bare = re.sub(r"['’]", "", digits)
    if "," in bare and "." in bare:
        group = "," if bare.rfind(",") < bare.rfind(".") else "."
        bare = bare.replace(group, "").replace(",", ".")
    elif "," in bare:
        grouped = re.fullmatch(r"\d{1,3}(?:,\d{3})+", bare)
        bare = bare.replace(",", "" if grouped else ".")
    if bare.count(".") > 1:
        bare = bare.replace(".", "") if re.fullmatch(r"\d{1,3}(?:\.\d{3})+", bare) else "x"
    return bare if re.fullmatch(r"\d*\.?\d+", bare) and len(bare) <= DIGITS_MAX else None
