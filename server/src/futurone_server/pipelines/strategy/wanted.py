"""What a strategy task wants: something computed from given numbers, or words that take judgement."""

import re
from enum import StrEnum

_GOAL_CHARS_MAX = 300


class Wanted(StrEnum):
    """What is to come out of a strategy task."""

    COMPUTED = "computed"
    WRITTEN = "written"


_COMPUTED = re.compile(
    r"\b(?:decision matrix|matrix|compare|comparison|rank(?:ing)?|score|scoring|weigh(?:ted|ts?|ing)?|choose|choice|"
    r"decide|which|best|prioriti[sz]e|select|evaluate|scenarios?|forecast|project(?:ion)?|simulat\w+|monte carlo|"
    r"sensitivity|break[- ]?even|calculate|compute|estimate|model|npv|what if|how (?:much|many)|profit|budget|"
    r"welche\w*|vergleich\w*|bewert\w*|entscheid\w*|berechne\w*|quel(?:le)?s?|compare[rz]|calcule[rz]?|cuál(?:es)?|"
    r"compar[ae]r?|calcula[r]?|quale|quali|confronta|calcola)\b",
    re.IGNORECASE,
)
_WRITTEN = re.compile(
    r"\b(?:strateg(?:y|ies)|go[- ]to[- ]market|road ?map|business (?:plan|case)|swot|positioning|vision|mission|memo|"
    r"white ?paper|narrative|write|draft|advi[sc]e|recommendations?|explain why|analysis of|market entry|proposal|"
    r"action plan|okrs?)\b",
    re.IGNORECASE,
)
_COMPARED = re.compile(
    r"\b(?:which|what|compare|rank|score|choose|select|evaluate|prioriti[sz]e|decide)\s+(?:(?:the|our|these|two|three|"
    r"between|of)\s+){0,3}(?:strateg(?:y|ies)|road ?maps?|proposals?|business (?:plans?|cases?)|visions?|missions?)\b",
    re.IGNORECASE,
)
"""Plans and proposals that are there already and are compared, not written."""


def read_wanted(task: str, *, has_sum: bool = False) -> Wanted:
    """Whether arithmetic can be all that is wanted. A task that names neither is taken to want words.

    ``has_sum`` says that the task itself holds something to compute: then it wants words only if it says so.
    """
    asks_for_words = _WRITTEN.search(_COMPARED.sub(" compare ", task)) is not None
    return Wanted.WRITTEN if asks_for_words or not (has_sum or _COMPUTED.search(task)) else Wanted.COMPUTED


def goal_of(task: str) -> str:
    """The task on one line, shortened; without the tables and lines that carry its numbers."""
    lines = [line.strip() for line in task.splitlines() if line.strip() and "|" not in line]
    first = lines[0] if lines else "Strategy"
    return first if len(first) <= _GOAL_CHARS_MAX else first[: _GOAL_CHARS_MAX - 1].rsplit(" ", 1)[0] + "…"
