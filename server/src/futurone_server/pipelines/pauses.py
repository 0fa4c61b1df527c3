"""How long to wait before another attempt at a step."""

import random

_BACKOFF_S = (0.5, 1.0, 2.0)
_ASKED_S_MAX = 60.0


def pause_s(attempt: int, asked_s: float | None) -> float:
    """How long to wait before another attempt: as long as was asked for, within reason, and never all at once."""
    usual = _BACKOFF_S[min(attempt, len(_BACKOFF_S)) - 1]
    return max(usual, min(asked_s or 0.0, _ASKED_S_MAX)) * random.uniform(1.0, 1.3)  # noqa: S311 - no secret
