"""What a verifying step hands to delivery: its verdict, a summary, and what would resolve each doubt."""

from collections.abc import Sequence
from typing import Any

from futurone_server.pipelines.verification.verdict import Verification


def outcome(
    verdict: Verification, *, summary: str, needs: Sequence[str] = (), reason: str | None = None, message: str = ""
) -> dict[str, Any]:
    """The result of the step ``verify`` of every domain, as ``deliver.judge`` reads it.

    ``summary`` is shown at the end of the run. ``needs`` says, for a run that is held, what would resolve each doubt;
    ``reason`` and ``message`` replace ``VERIFICATION_BELOW_THRESHOLD`` where there is a better word. All three are kept
    when the content is erased: names of checks and numbers, never a word of the task or of a source.
    """
    return {**verdict.to_json(), "summary": summary, "needs": list(needs), "reason": reason, "message": message}
