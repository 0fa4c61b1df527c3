"""A run as it goes over the wire."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from futurone_server.features.runs import Artifact, PlanView, Run, Status, Wait, rules
from futurone_server.kit.clock import to_second
from futurone_server.kit.json import JsonObject

_WAITING_FOR = {
    Status.QUEUED: "a free worker",
    Status.PLANNING: "the planner",
    Status.RUNNING: "its steps",
    Status.AWAITING_INPUT: "a person's answer",
    Status.STALLED: "another worker to take over; the one that had it is gone",
}


def present_run(
    run: Run, artifacts: Sequence[Artifact], wait: Wait | None, doing: Sequence[Mapping[str, object]] = ()
) -> JsonObject:
    """The run object (the contract's section 2.1); ``doing`` is what its steps wait for, where that was asked."""
    return {
        "id": run.id,
        "object": "run",
        "mode": run.mode.value,
        "agent": run.agent,
        "status": run.status.value,
        "confidence": run.confidence,
        "threshold": run.threshold,
        "steps_completed": run.steps_completed,
        "steps_total": run.steps_total,
        "artifacts": [present_artifact(one) for one in artifacts],
        "awaiting": None if wait is None else present_wait(wait),
        "error": None if run.error is None else _without_reason(run.error),
        "escalation": None if run.escalation is None else {"review_id": None, **_without_reason(run.escalation)},
        "why": None if run.is_terminal else present_why(run, wait, doing),
        "usage": {
            "input_tokens": run.spent.input_tokens,
            "output_tokens": run.spent.output_tokens,
            "cost_usd": rules.shown_cost(run.spent),
            "priced": run.spent.is_priced,
            "billed": run.status is not Status.FAILED,
        },
        "origin": {
            "kind": run.origin,
            "trigger_id": run.trigger_id,
            "parent_run_id": run.parent_run_id,
            "attempt": run.attempt,
        },
        "content": present_content(run),
        "last_event_id": run.last_event_id,
        "project_id": run.project_id,
        "workspace_id": run.caller_workspace_id,
        "subject_id": run.subject_id,
        "created_at": to_second(run.created_at),
        "started_at": _moment(run.started_at),
        "completed_at": _moment(run.completed_at),
        "metadata": dict(run.metadata),
        "request_id": run.request_id,
    }


def present_content(run: Run) -> JsonObject:
    """Whether what the run was given and produced can still be read."""
    return {
        "state": "erased" if run.is_erased else "available",
        "erased_at": _moment(run.erased_at),
        "erases_at": None if run.is_erased else _moment(run.erases_at),
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else to_second(moment)


def _without_reason(value: Mapping[str, object] | None) -> JsonObject:
    return {name: member for name, member in (value or {}).items() if name != "reason"}


def present_artifact(artifact: Artifact) -> JsonObject:
    """An artifact without its content. Label, hash and sources are null once the content is erased."""
    return {
        "id": artifact.id,
        "type": artifact.type,
        "label": artifact.label,
        "media_type": artifact.media_type,
        "bytes": artifact.bytes,
        "sha256": artifact.sha256,
        "citations": artifact.citations,
        "engine": artifact.engine,
        "final": artifact.final,
        "provenance": artifact.provenance.to_json(),
    }


def present_wait(wait: Wait) -> JsonObject:
    """What a run waits for a person to say."""
    shown = wait.shown or {}
    return {
        "input_id": wait.id,
        "kind": wait.kind.value,
        "prompt": shown.get("prompt"),
        "fields": shown.get("fields", []),
        "digest": wait.digest,
        "binding": shown.get("binding"),
        "expires_at": to_second(wait.expires_at),
    }


def present_why(run: Run, wait: Wait | None, doing: Sequence[Mapping[str, object]] = ()) -> JsonObject:
    """What a run that has not ended waits for, since when, who holds it, and when it is looked at next.

    Where its steps are known to wait for something, the first of them that began to says it for the run.
    """
    steps = [_present_doing(one) for one in sorted(doing, key=lambda one: str(one["since"]))]
    held = [one for one in steps if one["kind"] != "work"] or steps
    wakes = sorted(str(one["next_at"]) for one in steps if one["next_at"])
    waiting_for = _WAITING_FOR[run.status]
    if run.ready_at is not None and run.status is not Status.QUEUED:
        waiting_for = "a free worker to go on with it"
    if run.held_by is not None:
        until = f", or until {to_second(run.held_until)}" if run.held_until else ""
        waiting_for = f"the budget {run.held_by} to have room: until it is raised{until}"
    if held:
        more = f", and {len(held) - 1} more" if len(held) > 1 else ""
        waiting_for = f"{held[0]['waiting_for']} (step {held[0]['step']}, attempt {held[0]['attempt']}){more}"
    return {
        "waiting_for": waiting_for,
        "since": held[0]["since"] if held else to_second(run.since),
        "worker": run.worker_id,
        "next_wake_at": _next_wake(run, wait, wakes),
        "recoveries": run.recoveries,
        "steps": steps,
    }


def _next_wake(run: Run, wait: Wait | None, wakes: Sequence[str]) -> str | None:
    if wait is not None:
        return to_second(wait.expires_at)
    return _moment(run.held_until) or (wakes[0] if wakes else None)


def _present_doing(doing: Mapping[str, object]) -> JsonObject:
    """What one step waits for; a time that has passed is told as it was, for the next attempt is about to begin."""
    words = {
        "model": f"a model of the class {doing.get('routing')}: {doing.get('model')}",
        "tool": f"the tool {doing.get('tool')}",
        "pause": "the time of its next attempt",
        "work": "its own work",
    }
    until = doing.get("until")
    return {
        "step": doing["step"],
        "kind": doing["kind"],
        "waiting_for": words[str(doing["kind"])],
        "routing": doing.get("routing"),
        "model": doing.get("model"),
        "tool": doing.get("tool"),
        "attempt": doing["attempt"],
        "since": to_second(datetime.fromisoformat(str(doing["since"]))),
        "next_at": to_second(datetime.fromisoformat(str(until))) if until else None,
    }


def present_plan(view: PlanView) -> JsonObject:
    """The plan with how each step stands; its words are null once the content is erased."""
    content = view.content or {}
    steps = content.get("steps")
    words = {str(step["id"]): step for step in steps} if isinstance(steps, list) else {}
    return {
        "goal": content.get("goal"),
        "constraints": content.get("constraints", []),
        "success_criteria": content.get("success_criteria", []),
        "steps": [
            {
                "id": state.id,
                "label": words.get(state.id, {}).get("label"),
                "kind": state.kind,
                "depends_on": list(state.depends_on),
                "inputs": words.get(state.id, {}).get("inputs", []),
                "outputs": words.get(state.id, {}).get("outputs", []),
                "success_criteria": words.get(state.id, {}).get("success_criteria", []),
                "state": state.state,
                "attempts": state.attempts,
                "timings": {"started_at": _moment(state.started_at), "took_ms": state.took_ms},
                "model": state.models[-1] if state.models else None,
                "substitutions": list(state.substitutions),
            }
            for state in view.steps
        ],
        "revision": content.get("revision", 1 if view.steps else 0),
        "redacted": view.content is None and bool(view.steps),
    }


def present_verification(run: Run, account: Mapping[str, object] | None) -> JsonObject:
    """How the run was verified: with reasons while the content exists, else the facts alone."""
    score = dict(run.score or {})
    shown = dict(account or {})
    return {
        "rubric": {"id": score.get("rubric"), "version": score.get("version")},
        "passed": score.get("passed"),
        "total": score.get("total"),
        "checks": shown.get("checks", score.get("checks", [])),
        "sections": shown.get("sections", []),
        "confidence": run.confidence,
        "threshold": run.threshold,
        "calibrated": score.get("fit") is not None,
        "calibration": {
            "fit_id": score.get("fit"),
            "labels": score.get("labels", 0),
            "raw_confidence": score.get("raw"),
        },
        "verification": "none" if not score else "done",
        "redacted": bool(score) and run.is_erased,
    }
