"""Allowing: a call of a model is made once every budget that bounds its run has room for it."""

import asyncio
from datetime import timedelta

from futurone_server.features.keys import Mode
from futurone_server.features.runs import InputKind, Question
from futurone_server.features.usage import Need, Shortage, describe
from futurone_server.kit import limits
from futurone_server.kit.errors import Unavailable
from futurone_server.models.port import Estimate
from futurone_server.pipelines.inhand import InHand
from futurone_server.pipelines.metering import Ticket
from futurone_server.pipelines.outcomes import AskedError, StepFailedError

_LOOK_S = 0.5
_ROOM_S = 60.0
"""Calls under way hold more than they will use: it is worth while to wait for them to be settled."""

_WAIT_S_MIN = float(limits.INPUT_WAIT_S)
_GRACE = timedelta(days=1)
_TOTAL = timedelta(days=30)


async def allow(hand: InHand, actor: str, ticket: Ticket, estimate: Estimate) -> None:
    """Returns when the call is set aside in every budget that bounds the run.

    Raises AskedError where a budget is used up: the run waits until it is raised or its next period begins. Raises
    StepFailedError (PRICE_UNKNOWN) where a budget in money bounds a call whose price nobody knows.
    """
    if hand.work.run.mode is not Mode.LIVE:
        return
    budgets, clock = hand.equipment.budgets, hand.equipment.clock
    need = _need(hand, ticket, estimate)
    deadline = clock.monotonic() + _ROOM_S
    while True:
        try:
            shortage = await budgets.reserve(need)
            if shortage is None:
                return
            if shortage.is_unpriced:
                raise _unpriced(shortage, estimate)
            if shortage.is_spent or clock.monotonic() >= deadline:
                question = _question(hand, actor, need, shortage)
                await budgets.wait(need, question.step_id, shortage)
                raise AskedError(question)
        except Unavailable:
            pass  # the database is away: that is no failure of the step that asks
        await asyncio.sleep(_LOOK_S)


def _need(hand: InHand, ticket: Ticket, estimate: Estimate) -> Need:
    run = hand.work.run
    return Need(
        call_id=ticket.id,
        at=ticket.at,
        workspace_id=run.workspace_id,
        run_id=run.id,
        project_id=run.project_id,
        key_id=run.created_by,
        epoch=hand.work.log.epoch,
        tokens=estimate.tokens,
        cost_usd=estimate.cost_usd,
    )


def _unpriced(shortage: Shortage, estimate: Estimate) -> StepFailedError:
    return StepFailedError(
        "PRICE_UNKNOWN",
        f"The budget {shortage.by[0].id} is in money, and the price of {estimate.model} is not known: give it in"
        " FUTURONE_MODELS (price=…), or bound the budget by max_tokens.",
    )


def _question(hand: InHand, actor: str, need: Need, shortage: Shortage) -> Question:
    now = hand.equipment.desk.now
    ends = [one.ends_at or now + _TOTAL for one in shortage.by]
    wait_s = max(_WAIT_S_MIN, (max(ends) + _GRACE - now).total_seconds())
    shown = {
        "prompt": f"{describe(shortage.by[0])}. The run goes on by itself when it is raised or its next period begins;"
        " approve to try again now, reject to end the run.",
        "fields": [],
        "on_timeout": "escalate",
    }
    return Question(step_id=f"{actor}!budget.{need.call_id}", kind=InputKind.APPROVAL, shown=shown, wait_s=wait_s)
