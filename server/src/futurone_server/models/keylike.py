"""Whether a word looks like a key: such a word is never repeated in a message."""

import re
from itertools import pairwise

_MARKED = re.compile(
    r"(?:sk|pk|rk|gsk|xai|hf|ghp|gho|glpat|nvapi|key)[-_][A-Za-z0-9_-]{8,}|AIza[A-Za-z0-9_-]{8,}|AKIA[A-Z0-9]{8,}"
)
_RUN = re.compile(r"[A-Za-z0-9]{24,}")
_TURNS_MIN = 8
"""Names of models hold words and a few numbers; a random run passes between letters, digits and cases all the time."""


def looks_like_key(word: str) -> bool:
    """Whether it begins as keys of providers do, or holds a long run of letters and digits without an order."""
    if _MARKED.match(word):
        return True
    return any(_turns(run) >= _TURNS_MIN for run in _RUN.findall(word))


def _turns(run: str) -> int:
    return sum(_kind(one) != _kind(other) for one, other in pairwise(run))


def _kind(char: str) -> str:
    return "digit" if char.isdigit() else "upper" if char.isupper() else "lower"
