"""Metering: each call of a model is on the meter from the moment before it is made."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from futurone_server.eventlog import Write
from futurone_server.features.runs import Run
from futurone_server.features.usage import Metered, settled, used
from futurone_server.models.port import Call


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """A call's place on the meter, and when it began."""

    id: str
    at: datetime


def on_the_meter(run: Run, ticket: Ticket, call: Call) -> Write:
    """The row change with which a call begins: it has used what is sent with it, whatever becomes of it."""
    cost = None if call.price is None else call.usage.input_tokens * call.price.input_usd / 1_000_000
    return used(run, _metered(ticket, call, output_tokens=0, cost_usd=cost))


def off_the_meter(run: Run, ticket: Ticket, call: Call) -> list[Write]:
    """The row changes with which a call is settled: what it used is spent, what was set aside for it is free."""
    told = _metered(ticket, call, output_tokens=call.usage.output_tokens, cost_usd=call.cost_usd)
    return [used(run, told), *settled(run, ticket.id)]


def _metered(ticket: Ticket, call: Call, *, output_tokens: int, cost_usd: Decimal | None) -> Metered:
    return Metered(
        id=ticket.id,
        at=ticket.at,
        model=call.model,
        input_tokens=call.usage.input_tokens,
        output_tokens=output_tokens,
        cost_usd=cost_usd,
    )
