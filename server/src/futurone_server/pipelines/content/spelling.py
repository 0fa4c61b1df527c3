"""Words that are spelt wrongly, by a list of known misspellings; what is not in the list is not judged."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from futurone_server.pipelines.content.finding import Finding, Rule, found_at
from futurone_server.pipelines.content.manuscript import Manuscript

_WORD = re.compile(r"(?<![\w'’.-])[A-Za-z]+(?:['’][A-Za-z]+)?(?![\w'’-]|\.\w)")
_SHORT = 6
_MISSPELLINGS = "dictionary.txt"
_VARIANTS = "dictionary_en-GB_to_en-US.txt"


def misspellings() -> Mapping[str, tuple[str, ...]]:
    """Misspelt words in lower case and what each should be; empty where the list is not installed."""
    return _list_of(_MISSPELLINGS)


def variants() -> Mapping[str, tuple[str, ...]]:
    """British spellings and the American ones; empty where the list is not installed."""
    return _list_of(_VARIANTS)


def check_spelling(manuscript: Manuscript) -> Iterator[Finding]:
    """Every known misspelling, with what it should be."""
    known = misspellings()
    for passage in manuscript.passages:
        for word in _WORD.finditer(passage.masked):
            spelt = word.group()
            right = known.get(spelt.lower())
            is_name = spelt.isupper() or (spelt[0].isupper() and not _begins(passage.masked, word.start()))
            if right is None or is_name:
                continue
            yield found_at(
                manuscript,
                Rule.SPELLING,
                passage.start + word.start(),
                spelt,
                message="Misspelt.",
                suggestion=" or ".join(_as_spelt(spelt, one) for one in right),
            )


@cache
def _list_of(name: str) -> Mapping[str, tuple[str, ...]]:
    """One list of codespell's, read as data: the program itself is never loaded."""
    spec = find_spec("codespell_lib")
    if spec is None or spec.origin is None:
        return {}
    file = Path(spec.origin).parent / "data" / name
    return dict(_entries(file.read_text(encoding="utf-8"))) if file.is_file() else {}


def _entries(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in text.splitlines():
        wrong, arrow, right = line.partition("->")
        if not arrow:
            continue
        # After the last comma stands a remark, where there is one: then it is no more than a doubt.
        fixes, comma, remark = right.rpartition(",")
        if comma and remark.strip():
            continue
        meant = tuple(one.strip() for one in (fixes if comma else right).split(","))
        # A short word that could be several others is as often a word of somebody's trade.
        if len(meant) == 1 or len(wrong) > _SHORT:
            yield wrong.lower(), meant


def _begins(masked: str, at: int) -> bool:
    """Whether a word begins a sentence, where a capital says nothing."""
    before = masked[:at].rstrip(" \n\r\t*_\"'“‘([#>-")
    return not before or before[-1] in ".!?:…"


def _as_spelt(spelt: str, right: str) -> str:
    return right[:1].upper() + right[1:] if spelt[0].isupper() else right
