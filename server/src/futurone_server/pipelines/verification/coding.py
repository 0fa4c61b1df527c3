"""The verification of a review: gates, grades and a confidence from how much of the change was looked at, and how."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from futurone_server.pipelines.verification.outcome import outcome
from futurone_server.pipelines.verification.review_gates import Case, Delivered, check_gates, open_case
from futurone_server.pipelines.verification.rubric import GRADE_MAX, BadRubricError, Dimension, Rubric
from futurone_server.pipelines.verification.verdict import Check, CheckKind, SectionConfidence, Verification
from futurone_server.tools.analysers import Analysis
from futurone_server.tools.changes import ChangedFile, Changes, Given, LeftOut

__all__ = ["Delivered", "review_outcome", "verify_changes"]

GATE_FAILED_CONFIDENCE = 0.0
_GRADE_PASSED = 2
_DATA = {"JSON", "YAML", "TOML", "INI", "XML", "environment file"}
_NOT_CODE = {
    LeftOut.BINARY, LeftOut.DELETED, LeftOut.DOCUMENT, LeftOut.EMPTY,
    LeftOut.GENERATED, LeftOut.LINK, LeftOut.MINIFIED, LeftOut.VENDORED,
}  # fmt: skip
"""What a review of code leaves out without being less of a review; it is named all the same."""

_ADVICE = {
    LeftOut.NOT_TEXT: "no UTF-8 text; give such files as UTF-8.",
    LeftOut.TOO_LARGE: "too large to be read; give the changed part as a patch, or have a person review it.",
    LeftOut.TOO_MANY: "beyond the number of files that are read; give them in reviews of their own.",
    LeftOut.UNREADABLE: "could not be read; the review says why.",
    LeftOut.UNSAFE_PATH: "with a path that leads out of the project, which is not followed; have a person look at it.",
}
"""What helps for a file that was not read, by the reason."""

_NEEDS = {
    "sources_unchanged": "Run the review again: a file changed while the run was working.",
    "coverage": "Have a person look at what the review names as not looked at, or give the files around the hunks.",
    "precision": "Read the findings: many of them come from rules that are often wrong.",
    "breadth": "Run the review again, or in smaller parts: some analysers did not come to an end.",
}


_READ_AGAIN = "Run the review again when the model answers; or have a person decide on what the analysers found."
_NO_ANALYSER = ("tests", "reading")


@dataclass(frozen=True, kw_only=True)
class _Look:
    """How closely the change was looked at: numbers of lines, and the share that counts.

    ``unread`` are lines that were not looked at; ``unknown`` are files of which nobody knows how many lines they have.
    """

    lines: int
    share: float
    other: int
    unread: int
    unknown: int


def verify_changes(
    delivered: Delivered,
    given: Sequence[Given],
    changes: Changes,
    analyses: Sequence[Analysis],
    rubric: Rubric,
    *,
    threshold: float | None = None,
) -> Verification:
    """Check a delivered review against the change, read anew from the given bytes.

    Never raises on a bad review: what is wrong is in the checks. Raises BadRubricError.
    """
    case = open_case(delivered, given, changes)
    gates = check_gates(rubric.gates, case)
    numbers = rubric.confidence
    look = _look(changes, numbers)
    ran = _ran(analyses, numbers)
    precision = _precision(delivered)
    grades = tuple(_grade(dimension, look, ran, precision) for dimension in rubric.dimensions)
    sure = float(numbers["base"]) * look.share * ran * (1 - float(numbers["doubt"]) * (1 - precision))
    all_hold = all(check.passed for check in gates)
    confidence = round(sure, 4) if all_hold else GATE_FAILED_CONFIDENCE
    bound = rubric.threshold if threshold is None else threshold
    return Verification(
        rubric_id=rubric.id,
        rubric_version=rubric.version,
        checks=(*gates, *grades),
        sections=tuple(_sections(case, analyses)),
        confidence=confidence,
        threshold=bound,
        passed=all_hold and confidence >= bound,
    )


def review_outcome(
    verdict: Verification,
    delivered: Delivered,
    changes: Changes,
    analyses: Sequence[Analysis],
    *,
    not_read: str = "",
) -> dict[str, Any]:
    """What the step ``verify`` of a review gives. Numbers and names of languages and checks; nothing of the code.

    ``not_read`` is why a model that was to read the change did not: such a review is held, whatever its confidence.
    """
    if not_read:
        verdict = replace(verdict, passed=False)
    found = delivered.told.get("counts", {})
    summary = (
        f"{found.get('critical', 0)} critical, {found.get('warning', 0)} warnings, {found.get('info', 0)} remarks;"
    )
    failing = [check.name for check in verdict.checks if not check.passed]
    needs = [_NEEDS.get(name, f"Look at the check {name} in the verification.") for name in failing]
    if not verdict.passed:
        needs += _not_looked_at(changes, analyses)
    needs = list(dict.fromkeys([*([_READ_AGAIN] if not_read else []), *needs]))
    if not not_read:
        return outcome(verdict, summary=summary, needs=needs)
    message = f"The analysers reviewed the change, but a model was to read it as well, and did not: {not_read}"
    return outcome(verdict, summary=summary, needs=needs, reason="STEP_UNRESOLVED", message=message)


def _not_looked_at(changes: Changes, analyses: Sequence[Analysis]) -> list[str]:
    sizes: dict[str, int] = {}
    for file in changes.files:
        if file.left_out is None and file.language not in {"Python", "prose", *_DATA}:
            sizes[file.language or "an unknown language"] = sizes.get(file.language, 0) + len(file.lines)
    told = [
        f"{size} of {_some(changes.line_count, 'changed line')} {_is(size)} {language}: no analyser for it is"
        " installed; have a person review that."
        for language, size in sorted(sizes.items())
    ]
    unread = sum(file.fault is not None for file in changes.files)
    if unread:
        does = "does" if unread == 1 else "do"
        told.append(
            f"{_some(unread, 'Python file')} {does} not parse: correct what is wrong, or have a person review it."
        )
    beyond = sum(file.beyond for file in changes.files)
    if beyond:
        told.append(f"{_some(beyond, 'line')} {_is(beyond)} beyond one review: give the rest in others.")
    unread_for = Counter(file.left_out for file in changes.files if file.left_out in _ADVICE)
    told += [f"{_some(unread_for[why], 'file')}: {advice}" for why, advice in _ADVICE.items() if unread_for[why]]
    if any(file.is_python and not file.is_whole for file in changes.files):
        told.append("Give the project as a zip beside the patch, so that whole files are looked at.")
    unfinished = sorted(one.family for one in analyses if _is_unfinished(one) and one.family not in _NO_ANALYSER)
    return told + [
        f"The analysis {family} did not come to an end; run the review in smaller parts." for family in unfinished
    ]


def _is_unfinished(analysis: Analysis) -> bool:
    """Whether a family was stopped; one that had nothing to look at was not."""
    return any("come to an end" in told for told in analysis.missing)


def _some(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _look(changes: Changes, numbers: Mapping[str, Any]) -> _Look:
    lines = other = unread = unknown = 0
    seen = 0.0
    for file in changes.files:
        if file.left_out in _NOT_CODE or (file.language == "prose" and file.left_out is None):
            continue
        count = len(file.lines) if file.left_out is None else file.unread_lines
        lines += count + file.beyond
        seen += _depth(file, numbers) * (count - len(file.lost))
        unread += file.beyond + (len(file.lost) if file.left_out is None else count)
        other += count if file.left_out is None and file.language not in {"Python", *_DATA} else 0
        unknown += file.left_out is not None and not count + file.beyond
    weight = lines + unknown * int(numbers["unread_lines"])
    return _Look(lines=lines, share=seen / weight if weight else 0.0, other=other, unread=unread, unknown=unknown)


def _depth(file: ChangedFile, numbers: Mapping[str, Any]) -> float:
    """How close a look each line of a file gets."""
    if file.left_out is not None:
        return 0.0
    if file.language == "Python":
        return float(numbers["whole"] if file.is_whole else numbers["hunk"])
    return float(numbers["data"] if file.language in _DATA else numbers["other"])


def _ran(analyses: Sequence[Analysis], numbers: Mapping[str, Any]) -> float:
    """The share of the families of analysers that came to an end, by their weights."""
    weights = {str(name): float(weight) for name, weight in numbers["families"].items()}
    unfinished = {one.family for one in analyses if _is_unfinished(one)}
    told = {one.family for one in analyses}
    return sum(weight for family, weight in weights.items() if family in told - unfinished) / sum(weights.values())


def _precision(delivered: Delivered) -> float:
    sure = [float(one["confidence"]) for one in delivered.findings if one["severity"] in ("critical", "warning")]
    return sum(sure) / len(sure) if sure else 1.0


def _grade(dimension: Dimension, look: _Look, ran: float, precision: float) -> Check:
    score, reason = _score(dimension.name, look, ran, precision)
    # The best grade for coverage is for all lines in whole files: nothing is rounded up to it.
    grade = int(score * GRADE_MAX + 1e-6) if dimension.name == "coverage" else round(score * GRADE_MAX)
    # The least grade says that there is nothing at all.
    grade = max(grade, 1) if score > 0 else grade
    return Check(
        name=dimension.name,
        kind=CheckKind.DIMENSION,
        passed=grade >= _GRADE_PASSED,
        score=round(score, 4),
        reason=f"{dimension.anchors[grade]} {reason}".strip(),
        grade=grade,
    )


def _score(name: str, look: _Look, ran: float, precision: float) -> tuple[float, str]:
    if name == "coverage":
        told = f"{look.other} in languages without an analyser, {look.unread} not read."
        files = _some(look.unknown, "file")
        more = f" Beside them {files} of unknown length {_was(look.unknown)} not read." if look.unknown else ""
        return look.share, f"{_some(look.lines, 'changed line')} of code; {told}{more}"
    if name == "precision":
        return precision, "Mean over the critical findings and warnings; without any of them, full."
    if name == "breadth":
        return ran, "By the weights of the families of analysers."
    raise BadRubricError(f"There is no way to grade {name}.")


_TOOLS = {
    "static": ("ruff", "house"), "security": ("bandit",), "secrets": ("secrets",), "dead_code": ("vulture",),
    "complexity": ("radon",), "text": ("text",), "tests": ("tests",), "reading": ("model",),
}  # fmt: skip


def _sections(case: Case, analyses: Sequence[Analysis]) -> list[SectionConfidence]:
    """Each family of analysers, with the confidence of each of its findings."""
    ran = {one.family: one for one in analyses}
    sections = []
    families = {family: tools for family, tools in _TOOLS.items() if family in ran}
    for number, (family, tools) in enumerate(families.items(), 1):
        found = [one for one in case.delivered.findings if str(one["rules"][0]).partition(":")[0] in tools]
        claims = tuple(float(one["confidence"]) for one in found)
        analysis = ran.get(family)
        is_done = analysis is not None and bool(analysis.files)
        files = len(analysis.files) if analysis else 0
        reason = f"{_some(len(found), 'finding')} in {_some(files, 'file')}."
        confidence = sum(claims) / len(claims) if claims else 1.0 if is_done else 0.0
        sections.append(
            SectionConfidence(
                number=number,
                question=family.replace("_", " "),
                is_answered=is_done,
                confidence=round(confidence, 4),
                claims=claims,
                reason=reason,
            )
        )
    return sections
