"""Which of a task's constraints a report keeps, as far as that can be told without understanding them."""

import re

from futurone_server.pipelines.research.brief import Brief
from futurone_server.pipelines.verification.reading import ReadReport

_LANGUAGE = re.compile(
    r"\b(?:in|into) (?:\w+ )?(german|french|spanish|italian|dutch|portuguese|polish|chinese|japanese|korean|russian)\b",
    re.IGNORECASE,
)
_CITES = re.compile(r"\b(?:cit\w+|quot\w+|sources?|references?|attached|provided|documents?)\b", re.IGNORECASE)


def keeping(brief: Brief, report: ReadReport, markdown: str) -> tuple[float, str]:
    """The share of the checkable constraints that is kept, and words on each that is not or could not be checked."""
    results = {constraint: _is_kept(constraint, brief, report, markdown) for constraint in brief.constraints}
    known = [kept for kept in results.values() if kept is not None]
    broken = [constraint for constraint, kept in results.items() if kept is False]
    unknown = [constraint for constraint, kept in results.items() if kept is None]
    reason = "".join(
        f" {words}: {'; '.join(one.rstrip('.') for one in named)}."
        for words, named in (("Not kept", broken), ("Not checked", unknown))
        if named
    )
    return (sum(known) / len(known) if known else 1.0), reason.strip()


def body_words(markdown: str) -> int:
    """The words of a report without its lists of sources and documents."""
    return len(markdown.split("\n## Sources\n", 1)[0].split())


def _is_kept(constraint: str, brief: Brief, report: ReadReport, markdown: str) -> bool | None:
    """Whether all of a constraint that can be checked is kept; None if nothing of it can."""
    results = []
    if brief.words_max is not None and "word" in constraint.lower():
        results.append(body_words(markdown) <= brief.words_max)
    if _LANGUAGE.search(constraint):
        results.append(False)  # quotes stay in the language of their source
    if _CITES.search(constraint):
        results.append(all(claim.number is not None for claim in report.claims))
    return all(results) if results else None
