"""What people are told in a chat or by mail: an outcome and where to look, in fixed words, nothing of the work."""

from collections.abc import Mapping

from futurone_server.features.webhooks import rules
from futurone_server.features.webhooks.types import Letter

_SAYS: Mapping[str, tuple[str, str, str]] = {
    "run.completed": ("completed", "completed", "success"),
    "run.escalated": ("is held for a person", "escalated: held until a person has decided", "warning"),
    "run.failed": ("failed", "failed", "failure"),
    "run.cancelled": ("was cancelled", "cancelled", "info"),
}
"""By the type of the event: the end of the title, the outcome, and the tone."""

_TRIAL = Letter(
    title="FuturOne: this connection works",
    text="Somebody has tried this connection out. Runs that name it will tell their outcome here.",
    tone="info",
)


def letter(kind: str, data: Mapping[str, object], note: Mapping[str, object], *, public_url: str | None) -> Letter:
    """What people are told of an event: the agent, the outcome, its confidence and reason, and a link to the run.

    Without a public URL the link is the run's id and its path.
    """
    if rules.is_test(kind):
        return _TRIAL
    ending, outcome, tone = _SAYS[kind]
    run_id, confidence, reason = data["run_id"], data.get("confidence"), note.get("reason_code")
    path = f"/v1/runs/{run_id}"
    lines = [f"Outcome: {outcome}"]
    lines += [f"Confidence: {confidence}"] if confidence is not None else []
    lines += [f"Reason: {reason}"] if reason is not None else []
    lines.append(f"Run: {public_url}{path}" if public_url else f"Run: {run_id} (GET {path})")
    return Letter(title=f"FuturOne: a {note.get('agent', 'run')} run {ending}", text="\n".join(lines), tone=tone)
