"""How long to wait before another attempt at a step, and the waiting."""

import asyncio
import random
from datetime import timedelta

from futurone_server.pipelines.doing import DoingKind
from futurone_server.pipelines.inhand import InHand

_BACKOFF_S = (0.5, 1.0, 2.0)
_ASKED_S_MAX = 60.0


def pause_s(attempt: int, asked_s: float | None) -> float:
    """How long to wait before another attempt: as long as was asked for, within reason, and never all at once."""
    usual = _BACKOFF_S[min(attempt, len(_BACKOFF_S)) - 1]
    return max(usual, min(asked_s or 0.0, _ASKED_S_MAX)) * random.uniform(1.0, 1.3)  # noqa: S311 - no secret


async def pause(hand: InHand, actor: str, attempt: int, asked_s: float | None) -> None:
    """Wait before the attempt after this one, and let the run say until when."""
    wait_s = pause_s(attempt, asked_s)
    until = hand.equipment.desk.now + timedelta(seconds=wait_s)
    hand.work.log.post(writes=hand.doing.begins(actor, DoingKind.PAUSE, attempt=attempt + 1, until=until))
    await asyncio.sleep(wait_s)
