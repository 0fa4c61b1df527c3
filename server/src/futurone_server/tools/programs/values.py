"""Values on their way into and out of a program: plain, bounded, counted as they are walked (parts may be shared)."""

import math
from collections.abc import Callable
from decimal import Decimal

NODES_MAX = 20_000
CHARS_MAX = 100_000
DEPTH_MAX = 32

_INTS = range(-(2**63), 2**63)


class UnfitValueError(Exception):
    """A value is not plain, or too large; the text says which, without the value."""


def to_plain(value: object, write_decimal: Callable[[Decimal], object]) -> object:
    """JSON values equal to ``value``; tuples become lists, number keys text, decimals what ``write_decimal`` makes.

    Raises UnfitValueError for what is not plain, and over ``NODES_MAX`` values, ``CHARS_MAX`` characters in all or
    ``DEPTH_MAX`` levels. A list that holds one other list a thousand times counts as a thousand lists.
    """
    return _Walk(write_decimal).plain(value, DEPTH_MAX)


class _Walk:
    def __init__(self, write_decimal: Callable[[Decimal], object]) -> None:
        self._nodes = NODES_MAX
        self._chars = CHARS_MAX
        self._write_decimal = write_decimal

    def plain(self, value: object, depth: int) -> object:
        self._nodes -= 1
        if self._nodes < 0 or depth < 0:
            raise UnfitValueError("the value is too large or nested too deeply; give less")
        if isinstance(value, list | tuple):
            return [self.plain(item, depth - 1) for item in value]
        if isinstance(value, dict):
            return {self._key(key): self.plain(item, depth - 1) for key, item in value.items()}
        return self._leaf(value)

    def _leaf(self, value: object) -> object:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, int):
            if value in _INTS:
                return value
            raise UnfitValueError("a whole number has more than 64 bits; give it as text, with str()")
        if isinstance(value, float):
            if math.isfinite(value):
                return value
            raise UnfitValueError("a number is infinite or not a number")
        if isinstance(value, Decimal) and value.is_finite():
            return self._write_decimal(value)
        raise UnfitValueError("a value is not JSON; give numbers, text, lists and dictionaries")

    def _key(self, key: object) -> str:
        if isinstance(key, str):
            return self._text(key)
        if isinstance(key, int) and not isinstance(key, bool) and key in _INTS:
            return str(key)
        raise UnfitValueError("a dictionary's key is neither text nor a whole number")

    def _text(self, text: str) -> str:
        self._chars -= len(text)
        if self._chars < 0:
            raise UnfitValueError(f"the value holds more than {CHARS_MAX} characters; give less")
        try:
            text.encode()
        except UnicodeEncodeError:
            raise UnfitValueError("a text is not valid Unicode") from None
        return text
