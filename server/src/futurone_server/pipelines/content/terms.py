"""Terms that are spelt in two ways: e-mail and email, web site and website, colour and color."""

import re
from collections import defaultdict
from collections.abc import Iterator

from futurone_server.pipelines.content.finding import Finding, Rule, found_at
from futurone_server.pipelines.content.manuscript import Manuscript
from futurone_server.pipelines.content.spelling import variants

_WORD = re.compile(r"(?<![\w'’])[A-Za-z]{2,}(?:-[A-Za-z]{2,})*(?![\w'’])|(?<![\w'’-])[eE]-[a-z]{3,}")
_OPEN_COMPOUNDS = re.compile(
    r"(?<![\w-])(?:web (?:site|page)|data (?:base|set)|on line|log in|set up|e mail|life cycle|time stamp|"
    r"work flow|start up|end point|black list|white list|road map|news letter)(?![\w-])",
    re.IGNORECASE,
)
_VERBS = frozenset(["login", "setup", "startup", "online"])
"""Joined they are nouns, apart they are verbs: both may be right."""


def check_terms(manuscript: Manuscript) -> Iterator[Finding]:
    """Each place where a term is spelt otherwise than it mostly is in this draft."""
    spellings: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for passage in manuscript.passages:
        for pattern in (_WORD, _OPEN_COMPOUNDS):
            for found in pattern.finditer(passage.masked):
                shown = " ".join(found.group().lower().split())
                spellings[_key(shown)][shown].append(passage.start + found.start())
    for key in sorted(spellings):
        found_as = spellings[key]
        if len(found_as) < 2 or (key in _VERBS and any(" " in one for one in found_as)):
            continue
        usual = max(found_as, key=lambda one: (len(found_as[one]), -found_as[one][0]))
        for other, places in found_as.items():
            told = f"{len(found_as[usual])} of {sum(map(len, found_as.values()))}"
            for start in places if other != usual else ():
                yield found_at(
                    manuscript,
                    Rule.TERM,
                    start,
                    manuscript.text[start : start + len(other)],
                    message=f"Elsewhere it is “{usual}” ({told}).",
                    suggestion=usual,
                )


def _key(shown: str) -> str:
    """What all spellings of one term have in common."""
    joined = shown.replace("-", "").replace(" ", "")
    american = variants().get(joined)
    return american[0] if american else joined
