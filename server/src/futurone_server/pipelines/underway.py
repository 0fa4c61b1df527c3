"""Calls of models under way: written down before they are made, so that none is forgotten when its worker dies."""

from collections.abc import AsyncIterator, Mapping
from decimal import Decimal
from itertools import count

from futurone_server.eventlog import Write
from futurone_server.models.port import Call, Price, Routing, Usage
from futurone_server.pipelines.inhand import InHand

LOST = "WORKER_LOST"
"""The outcome of a call whose worker died before anybody knew what came of it."""


class UnderWay:
    """The calls of one step (or of planning) that are not settled, each at a place of its own among the contents."""

    def __init__(self, hand: InHand, actor: str) -> None:
        self._hand = hand
        self._actor = actor
        self._taken: set[int] = set()

    def begin(self, call: Call) -> tuple[int, Write]:
        """A place for a call that is about to be made, and the row change that says so."""
        place = next(number for number in count() if number not in self._taken)
        self._taken.add(place)
        return place, self._put(place, _written(call))

    def end(self, place: int) -> Write:
        """The row change that goes with a call's settlement."""
        self._taken.discard(place)
        return self._put(place, None)

    async def lost(self) -> AsyncIterator[tuple[Call, Write]]:
        """The calls a dead worker left, with all that was set aside for them: nobody knows what they used."""
        work = self._hand.work
        for place in count():
            known = await self._hand.equipment.desk.result_or_none(work.log, self._name(place))
            if not isinstance(known, Mapping):
                return
            if known["call"] is not None:
                yield _read(known["call"]), self._put(place, None)

    def _put(self, place: int, call: Mapping[str, object] | None) -> Write:
        return self._hand.equipment.desk.content(self._hand.work.log, self._name(place), {"call": call})

    def _name(self, place: int) -> str:
        return f"asking/{self._actor}/{place}"


def _written(call: Call) -> dict[str, object]:
    price = call.price and [str(call.price.input_usd), str(call.price.output_usd), call.price.source]
    tokens = [call.usage.input_tokens, call.usage.output_tokens]
    return {"model": call.model, "routing": call.routing.value, "tokens": tokens, "price": price}


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
