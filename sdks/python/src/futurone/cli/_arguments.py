"""What several verbs take: JSON objects, name=value pairs and texts from standard input."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from futurone.cli._failures import UsageFailure


def read_object(text: str, *, option: str) -> dict[str, Any]:
    """A JSON object from the command line. Raises UsageFailure naming the option."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise UsageFailure(f"{option} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise UsageFailure(f'{option} must be a JSON object such as \'{{"name": "value"}}\'')
    return value


def read_pairs(pairs: Sequence[str], *, option: str) -> dict[str, str] | None:
    """``name=value`` pairs; None without any. Raises UsageFailure naming the option."""
    for pair in pairs:
        if "=" not in pair or pair.startswith("="):
            raise UsageFailure(f"{option} takes name=value, not {pair!r}")
    return dict(pair.split("=", 1) for pair in pairs) or None


def read_text(text: str) -> str:
    """The text itself, or standard input for ``-``."""
    return sys.stdin.read() if text == "-" else text


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")
