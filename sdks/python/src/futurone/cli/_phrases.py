"""A tool's arguments and results in a few words: names, numbers and counts, without braces, ids and digests."""

import re
from collections.abc import Collection, Iterator
from typing import Any

from futurone.cli._text import one_line

_WORD_MAX = 60
_PHRASE_MAX = 100
_MACHINES_ONLY = re.compile(r"[a-z_]+_[0-9a-z]{8,}|[0-9a-f]{32,}")  # ids and digests


def phrase(value: Any, *, known: Collection[str] = ()) -> str:
    """The value in a few words; empty when there is nothing to say that is not ``known``."""
    words = (word for word in _words(value) if word not in known)
    return shorten(", ".join(shorten(word.rstrip("."), _WORD_MAX) for word in words), _PHRASE_MAX)


def shorten(text: str, length: int) -> str:
    """The text on one line, cut off at a length."""
    text = one_line(text)
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _fact(one_line(name).replace("_", " "), member)
    elif isinstance(value, list):
        yield from _fact("items", value)
    else:
        yield from _fact("result", value)


def _fact(name: str, value: Any) -> Iterator[str]:
    """What a member says: texts stand for themselves; numbers, counts and what is so need their name."""
    if isinstance(value, str):
        if value.strip() and not _MACHINES_ONLY.fullmatch(value):
            yield one_line(value)
    elif isinstance(value, bool):
        if value:
            yield name
    elif isinstance(value, int | float):
        number = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
        yield f"{number} bytes" if name.endswith("bytes") else f"{name} {number}"
    elif isinstance(value, list) and value:
        yield f"{len(value)} {name.removesuffix('s') if len(value) == 1 else name}"
