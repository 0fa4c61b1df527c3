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
    r"sensitivity|break[- ]?even|calculate|compute|estimate|model|npv|what if|how (?:much|many)|profit|budget)\b",
    re.IGNORECASE,
)
_WRITTEN = re.compile(
    r"\b(?:strateg(?:y|ies)|go[- ]to[- ]market|road ?map|business (?:plan|case)|swot|positioning|vision|mission|memo|"
    r"white ?paper|narrative|write|draft|advi[sc]e|recommendations?|explain why|analysis of|market entry|proposal|"
    r"action plan|okrs?)\b",
    re.IGNORECASE,
)


def read_wanted(task: str) -> Wanted:
    """Whether arithmetic can be all that is wanted. A task that names neither is taken to want words."""
    return Wanted.WRITTEN if _WRITTEN.search(task) or not _COMPUTED.search(task) else Wanted.COMPUTED


def has_numbers(task: str) -> bool:
    """Whether the task itself gives at least three numbers: fewer are not worth a look."""
    return len(re.findall(r"\d[\d.,]*", task)) >= 3


def goal_of(task: str) -> str:
    """The task on one line, shortened; without the tables and lines that carry its numbers."""
    lines = [line.strip() for line in task.splitlines() if line.strip() and "|" not in line]
    first = lines[0] if lines else "Strategy"
    return first if len(first) <= _GOAL_CHARS_MAX else first[: _GOAL_CHARS_MAX - 1].rsplit(" ", 1)[0] + "…"
