"""The one JSON reader and writer. The reader refuses what other readers let through.

Refused: duplicate names, NaN and infinities, numbers that overflow, nesting deeper than ``limits.JSON_DEPTH_MAX``, lone
surrogates, NUL characters, anything but UTF-8. PostgreSQL could not store some of these, and others mean different
things to different readers.
"""

import json
import math
import re
from dataclasses import dataclass
from typing import NoReturn

import orjson

from futurone_server.kit import limits
from futurone_server.kit.errors import Invalid

JsonObject = dict[str, object]
"""A JSON object on its way out."""

_Path = tuple[str, ...]
_PATH_CHARS_MAX = 120
_INTS = range(-(2**63), 2**63)
_LARGE = re.compile(r"[0-9]{19}|[0-9][eE]\+?[0-9]{3}")
"""What every number looks like that is too large, and few others."""


def _malformed(what: str, path: _Path = ()) -> Invalid:
    if not path:
        return Invalid(f"The body is not valid JSON: {what}.", "MALFORMED_JSON", details={"field": "body"})
    where = ".".join(path)[:_PATH_CHARS_MAX]
    return Invalid(f"{where}: {what}.", "MALFORMED_JSON", details={"field": where})


@dataclass(frozen=True)
class _Odd:
    """Stands for a number that cannot be taken, until it is known which member it is."""

    what: str


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _malformed("a name occurs twice in one object")
    return found


def _no_constants(name: str) -> NoReturn:
    raise _malformed(f"{name} is not a JSON number")


def _bounded_int(text: str) -> int | _Odd:
    if len(text) > 20 or int(text) not in _INTS:
        return _Odd("a whole number has more than 64 bits")
    return int(text)


def _bounded_float(text: str) -> float | _Odd:
    number = float(text)
    return number if math.isfinite(number) else _Odd("a number is too large")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_no_duplicates, parse_constant=_no_constants, parse_int=_bounded_int, parse_float=_bounded_float
)


def _check_depth(text: str) -> None:
    depth = 0
    in_string = escaped = False
    for char in text:
        if in_string:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                in_string = False
        elif char == '"':
            in_string = True
        elif char in "[{":
            depth += 1
            if depth > limits.JSON_DEPTH_MAX:
                raise _malformed(f"it is nested deeper than {limits.JSON_DEPTH_MAX} levels")
        elif char in "]}":
            depth -= 1


def _check_members(value: object, path: _Path = ()) -> None:
    """Refuse what the decoder let through, naming the member that it is in; names are told of where they stand."""
    if isinstance(value, _Odd):
        raise _malformed(value.what, path)
    if isinstance(value, str):
        _check_string(value, path)
    elif isinstance(value, dict):
        for name, member in value.items():
            _check_string(name, path)
            _check_members(member, (*path, name))
    elif isinstance(value, list):
        for number, member in enumerate(value):
            _check_members(member, (*path, str(number)))


def _check_string(text: str, path: _Path) -> None:
    if "\0" in text:
        raise _malformed("a string contains a NUL character", path)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _malformed("a string contains half of a surrogate pair", path) from None


def read(raw: bytes) -> object:
    """Read a JSON text from outside.

    Raises Invalid with reason ``MALFORMED_JSON`` and says what is wrong, never what was read.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise _malformed("it is not UTF-8") from None
    # Counting every bracket first is cheap and bounds the real depth from above.
    if text.count("[") + text.count("{") > limits.JSON_DEPTH_MAX:
        _check_depth(text)
    try:
        value: object = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _malformed(f"{error.msg.lower()} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise _malformed("it is nested too deeply") from None
    if "\\u" in text or _LARGE.search(text):
        _check_members(value)
    return value


def load(raw: bytes | str) -> object:
    """Read a JSON text that this program wrote itself."""
    value: object = orjson.loads(raw)
    return value


def dump(value: object) -> bytes:
    """Write compact JSON: one line, UTF-8, member order kept."""
    return orjson.dumps(value)


def canonical(value: object) -> bytes:
    """Write JSON with sorted names, so that equal values give equal bytes."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
