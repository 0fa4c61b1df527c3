"""SQL is written in ``store``, ``eventlog`` and ``migrations``, and in files called ``store`` or ``tables``."""

import re
from collections.abc import Iterator

from architecture.sources import Source, is_within, spoken

_HOMES = ("futurone_server.store", "futurone_server.eventlog", "futurone_server.migrations")
_STATEMENT = re.compile(
    r"""^\s*(
      select\s(.|\n)*\bfrom\b | select\s+\w+\( | insert\s+into\b | update\s+[\w."]+\s+set\b | delete\s+from\b
    | with\s+(recursive\s+)?\w+\s+as\s*\( | (create|alter|drop)\s+(table|index|role|policy|schema|type|function)\b
    | truncate\s+\w | set\s+(local|session)\b | (listen|notify)\s+\w+$ | copy\s+\w+\s+(from|to)\b
    )""",
    re.VERBOSE,
)


def is_home(module: str) -> bool:
    """Whether SQL may be written in a module."""
    return any(is_within(module, home) for home in _HOMES) or module.split(".")[-1] in {"store", "tables"}


def _is_statement(text: str) -> bool:
    # Prose has a capital only at its start ("Select a file from …"); SQL keywords are all upper or all lower case.
    head = text.split()[:1]
    return bool(head) and (head[0].isupper() or head[0].islower()) and bool(_STATEMENT.match(text.lower()))


def stray_sql(source: Source) -> Iterator[str]:
    """Texts that are SQL statements, outside their homes."""
    if is_home(source.module) or not is_within(source.module, "futurone_server"):
        return
    for node, words in spoken(source):
        if _is_statement(words):
            yield source.finding(node, f"writes SQL ({' '.join(words.split())[:40]!r}); give it to a store")
