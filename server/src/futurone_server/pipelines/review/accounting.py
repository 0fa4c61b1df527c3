"""Accounting: what became of every changed file, and everything that was not checked, each with its reason."""

from collections.abc import Iterator, Mapping, Sequence

from futurone_server.pipelines.review.finding import Reviewed
from futurone_server.tools.analysers import Analysis
from futurone_server.tools.changes import ChangedFile, Changes, LeftOut

PYTHON_FAMILIES = ("static", "security", "dead_code", "complexity")
_ALWAYS = ("known weaknesses of dependencies: not checked (no advisory database is configured)",)


def account(changes: Changes, analyses: Sequence[Analysis]) -> list[Reviewed]:
    """One line for each file of the change."""
    looked_at = {analysis.family: frozenset(analysis.files) for analysis in analyses}
    return [_reviewed(file, looked_at) for file in changes.files]


def _reviewed(file: ChangedFile, looked_at: Mapping[str, frozenset[str]]) -> Reviewed:
    families = tuple(family for family, paths in looked_at.items() if file.path in paths)
    return Reviewed(
        path=file.path,
        status=file.status,
        language=file.language,
        changed_lines=len(file.lines) if file.left_out is None else 0,
        families=families,
        not_analysed=_why_not(file, families),
    )


def _why_not(file: ChangedFile, families: Sequence[str]) -> str:
    if file.left_out is not None:
        return file.left_out.value
    if file.beyond:
        return f"{file.beyond} more of its lines are {LeftOut.BEYOND}"
    if file.fault is not None:
        return f"it does not parse as Python ({file.fault}); only its text was looked at"
    if file.language == "Python":
        missed = [family for family in ("static", "security") if family not in families]
        if missed:
            return f"not looked at by: {', '.join(missed)}"
        if file.lost:
            return f"{len(file.lost)} of its changed lines cannot be read without the file around them"
        return "" if file.is_whole else "only its hunks are known; rules that need the whole file were not applied"
    if file.language == "prose":
        return "prose; only searched for secrets and conflict markers"
    told = f"no analyser for {file.language}" if file.language else "no analyser for its language, which is not known"
    return f"{told}; only searched for secrets, conflict markers and the like"


def not_checked(changes: Changes, analyses: Sequence[Analysis]) -> list[str]:
    """What was not checked beside single files, for a reader."""
    told = list(_ALWAYS)
    told += [f"{analysis.family.replace('_', ' ')}: {one}" for analysis in analyses for one in analysis.missing]
    told += list(_languages(changes))
    return list(dict.fromkeys(told))


def _languages(changes: Changes) -> Iterator[str]:
    sizes: dict[str, int] = {}
    for file in changes.files:
        if file.left_out is None and file.language not in ("Python", "prose"):
            sizes[file.language or "other languages"] = sizes.get(file.language or "other languages", 0) + len(
                file.lines
            )
    for language, size in sorted(sizes.items()):
        lines = "changed line was" if size == 1 else "changed lines were"
        yield f"{language}: {size} {lines} not analysed beyond simple rules of text"
