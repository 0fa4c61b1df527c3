"""Calls of models under way: written down before they are made, so that none is forgotten when its worker dies."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import count

from futurone_server.eventlog import Write
from futurone_server.kit.ids import new_id
from futurone_server.models.port import Call, Price, Routing, Usage
from futurone_server.pipelines.inhand import InHand
from futurone_server.pipelines.metering import Ticket

LOST = "WORKER_LOST"
"""The outcome of a call whose worker died before anybody knew what came of it."""


class UnderWay:
    """The calls of one step (or of planning) that are not settled, each at a place of its own among the contents."""

    def __init__(self, hand: InHand, actor: str) -> None:
        self._hand = hand
        self._actor = actor
        self._taken: set[int] = set()

    def begin(self, call: Call, ticket: Ticket) -> tuple[int, Write]:
        """A place for a call that is about to be made, and the row change that says so."""
        place = next(number for number in count() if number not in self._taken)
        self._taken.add(place)
        return place, self._put(place, _written(call, ticket))

    def end(self, place: int) -> Write:
        """The row change that goes with a call's settlement."""
        self._taken.discard(place)
        return self._put(place, None)

    async def lost(self) -> AsyncIterator[tuple[Call, Ticket, Write]]:
        """The calls a dead worker left, with all that was set aside for them: nobody knows what they used."""
        work = self._hand.work
        for place in count():
            known = await self._hand.equipment.desk.result_or_none(work.log, self._name(place))
            if not isinstance(known, Mapping):
                return
            if known["call"] is not None:
                yield _read(known["call"]), self._ticket(known["call"]), self._put(place, None)

    def _put(self, place: int, call: Mapping[str, object] | None) -> Write:
        return self._hand.equipment.desk.content(self._hand.work.log, self._name(place), {"call": call})

    def _ticket(self, written: Mapping[str, object]) -> Ticket:
        now = self._hand.equipment.desk.now
        begun = datetime.fromisoformat(str(written["at"])) if "at" in written else now
        return Ticket(id=str(written.get("id") or new_id("call_", now)), at=begun)

    def _name(self, place: int) -> str:
        return f"asking/{self._actor}/{place}"


def _written(call: Call, ticket: Ticket) -> dict[str, object]:
    price = call.price and [str(call.price.input_usd), str(call.price.output_usd), call.price.source]
    tokens = [call.usage.input_tokens, call.usage.output_tokens]
    told = {"model": call.model, "routing": call.routing.value, "tokens": tokens, "price": price}
    return {**told, "id": ticket.id, "at": ticket.at.isoformat()}


def _read(written: Mapping[str, object]) -> Call:
    tokens, price = written["tokens"], written["price"]
    assert isinstance(tokens, list)
    known = None
    if isinstance(price, list):
        known = Price(input_usd=Decimal(price[0]), output_usd=Decimal(price[1]), source=price[2])
    return Call(
        model=str(written["model"]),
        routing=Routing(str(written["routing"])),
        outcome=LOST,
        usage=Usage(input_tokens=tokens[0], output_tokens=tokens[1], is_estimated=True),
        price=known,
        latency_ms=0,
    )
