"""How a run stands, told to a person with what to do next, and as an exit code."""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from futurone._errors import APIError
from futurone._run_models import Awaiting, Run, RunStatus, Verification
from futurone.cli._desk import Desk
from futurone.cli._invocation import invocation
from futurone.cli._narration import Line, Narrator
from futurone.cli._text import one_line

_CODES: Mapping[str, int] = {
    RunStatus.COMPLETED: 0,
    RunStatus.ESCALATED: 3,
    RunStatus.FAILED: 4,
    RunStatus.CANCELLED: 5,
    RunStatus.AWAITING_INPUT: 6,
}
_NOT_YET = 7
_LOOKS = {RunStatus.COMPLETED: ("✓", "good"), RunStatus.ESCALATED: ("!", "odd"), RunStatus.FAILED: ("✗", "bad")}


def exit_code(run: Run) -> int:
    """The code for a run's state: 0 completed, 3 escalated, 4 failed, 5 cancelled, 6 waiting, 7 not there yet."""
    return _CODES.get(run.status, _NOT_YET)


def tell_outcome(desk: Desk, run: Run, *, narrator: Narrator | None = None, is_saved: bool = False) -> int:
    """Print where a run has got to and what to do next, but not what a narrator has told; as JSON, the run.

    Returns its exit code.
    """
    if not desk.out.as_json:
        told = narrator or Narrator()
        checks = _checks(_verification_of(desk, run), are_told=told.has_told_checks)
        for line in [
            *_headline(run),
            *checks,
            *_reasons(run, told.has_asked),
            *_artifacts(run),
            *_next_steps(run, is_saved=is_saved),
        ]:
            desk.out.line(line.text, style=line.style)
    desk.out.record(run)
    return exit_code(run)


def _verification_of(desk: Desk, run: Run) -> Verification | None:
    if run.status not in {RunStatus.COMPLETED, RunStatus.ESCALATED}:
        return None
    try:
        return desk.client.runs.verification(run.id)
    except APIError:  # the checks are an extra: their absence must not hide the outcome
        return None


def _headline(run: Run) -> Iterator[Line]:
    sign, style = _LOOKS.get(RunStatus(run.status), ("·", None)) if run.status in _CODES else ("·", None)
    parts = [f"{sign} {run.status.replace('_', ' ')}"]
    if run.confidence is not None:
        threshold = f" (threshold {run.threshold:g})" if run.threshold is not None else ""
        parts.append(f"confidence {run.confidence:g}{threshold}")
    if run.steps_total:
        parts.append(f"{run.steps_completed or 0} of {run.steps_total} steps")
    yield Line(" · ".join(one_line(part) for part in [*parts, run.id]), style or "strong")


def _checks(verification: Verification | None, *, are_told: bool) -> Iterator[Line]:
    """Every check, and why those are not perfect that are not; the perfect ones only if they are not told yet."""
    for check in verification.checks if verification else []:
        is_perfect = _has_passed(check) and check.get("score") in (None, 1)
        if not (is_perfect and are_told):
            yield check_line(check, with_reason=not is_perfect)


def check_line(check: Mapping[str, Any], *, with_reason: bool) -> Line:
    """One check: whether it holds, its name, and with a reason also its score."""
    name = next((check[key] for key in ("label", "name", "id", "check") if check.get(key)), "check")
    passed = _has_passed(check)
    told = f"  {'✓' if passed else '✗'} {one_line(name).replace('_', ' ')}"
    if with_reason:
        told += f" {check['score']:.3g}" if isinstance(check.get("score"), int | float) else ""
        told += f": {one_line(check['reason'])}" if check.get("reason") else ""
    return Line(told, None if passed else "odd")


def _has_passed(check: Mapping[str, Any]) -> bool:
    return check.get("result", check.get("passed")) in (True, "pass", "passed", "ok")


def _reasons(run: Run, has_asked: Collection[str]) -> Iterator[Line]:
    if run.error is not None:
        step = f" (step {run.error.step})" if run.error.step else ""
        yield Line(f"  {one_line(run.error.reason_code)}: {one_line(run.error.message)}{step}", "bad")
    if run.escalation is not None:
        message = f": {one_line(run.escalation.message)}" if run.escalation.message else ""
        yield Line(f"  {one_line(run.escalation.reason_code)}{message}", "odd")
        for need in run.escalation.needs or []:
            yield Line(f"  needs: {_phrase(need)}")
    if isinstance(run.why, dict) and run.why.get("waiting_for") and not run.is_waiting:
        since = f", since {one_line(run.why['since'])}" if run.why.get("since") else ""
        yield Line(f"  waits for {one_line(run.why['waiting_for'])}{since}")
    if run.awaiting is not None:
        if run.awaiting.input_id not in has_asked:
            yield Line(f"  {one_line(run.awaiting.prompt or 'Input is needed')}")
        for field in run.awaiting.fields or []:
            required = ", required" if field.required else ""
            yield Line(
                f"    {one_line(field.name)} ({one_line(field.type or 'text')}{required}) {one_line(field.label or '')}"
            )


def _artifacts(run: Run) -> Iterator[Line]:
    for artifact in run.artifacts:
        facts = [
            artifact.media_type,
            f"{artifact.bytes} bytes" if artifact.bytes is not None else None,
            artifact.engine,
        ]
        told = ", ".join(one_line(fact) for fact in facts if fact)
        yield Line(f"  ■ {one_line(artifact.label or artifact.type or 'artifact')} ({told}) {one_line(artifact.id)}")


def _next_steps(run: Run, *, is_saved: bool) -> Iterator[Line]:
    if run.is_waiting and run.awaiting is not None:
        yield Line("Answer it, then follow it again:")
        for command in [*answers(run.id, run.awaiting), _command("follow", run.id)]:
            yield Line(f"  {command}", "strong")
    elif run.content is not None and run.content.state == "erased":
        when = f" at {run.content.erased_at:%Y-%m-%d %H:%M:%S} UTC" if run.content.erased_at else ""
        yield Line(f"Its content was erased{when}.")
    elif run.status == RunStatus.COMPLETED and run.artifacts and not is_saved:
        yield Line(f"Save it: {_command('artifacts', run.id, '--out', 'out')}")
    elif run.status == RunStatus.ESCALATED and run.artifacts and not is_saved:
        review = f" ({one_line(run.escalation.review_id)})" if run.escalation and run.escalation.review_id else ""
        yield Line(f"It is held for a person's review{review}. Once that is decided, or with a key that may review:")
        yield Line(f"  {_command('artifacts', run.id, '--out', 'out')}", "strong")
    elif run.status == RunStatus.FAILED:
        yield Line(f"Run it again: {_command('rerun', run.id)}")
    elif not run.is_terminal:
        yield Line(f"Follow it: {_command('follow', run.id)}")


def answers(run_id: str, awaiting: Awaiting) -> list[str]:
    """The exact commands that answer what a run waits for."""
    if awaiting.kind == "approval":
        return [_command("signal", run_id, "approve"), _command("signal", run_id, "reject", "--reason", "why")]
    values = {one_line(field.name): _example(field.type) for field in awaiting.fields or []}
    return [_command("signal", run_id, "submit_input", "--payload", json.dumps(values))]


def _example(field_type: str | None) -> Any:
    return {"number": 0, "boolean": True, "multiselect": []}.get(field_type or "", "…")


def _command(verb: str, *arguments: str) -> str:
    return invocation("runs", verb, *(one_line(each) for each in arguments))


def _phrase(value: Any) -> str:
    return one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
