"""Models that answer by a script: for tests of everything that asks, without a provider and without a network."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from futurone_server.kit import json
from futurone_server.models.port import (
    Answer,
    Ask,
    Call,
    Estimate,
    Listener,
    ModelError,
    Offered,
    Price,
    Routing,
    Usage,
)


@dataclass(frozen=True, kw_only=True)
class ToolUse:
    """A script's wish to use a tool first; it is asked again with the result at the end of the prompt."""

    tool: str
    args: Mapping[str, object]


Script = Callable[[Ask], object]
"""What is answered: a ``str``, or for an ask with a schema an object; a ToolUse; or what is raised."""

_PRICE = Price(input_usd=Decimal(1), output_usd=Decimal(2), source="script")


class ScriptedModels:
    """Asks a function instead of a model. Everything else is as with a real one: it is paid for, streamed, checked."""

    def __init__(self, script: Script, *, name: str = "scripted:model", family: str = "scripted") -> None:
        self._script = script
        self._name = name
        self._family = family
        self.asked: list[Ask] = []

    def has(self, routing: Routing) -> bool:
        """Always."""
        del routing
        return True

    def offered(self) -> Sequence[Offered]:
        """The one model there is."""
        return [
            Offered(
                name=self._name,
                provider="scripted",
                family=self._family,
                routings=tuple(Routing),
                window=None,
                price=_PRICE,
            )
        ]

    async def close(self) -> None:
        """There is nothing to close."""

    async def ask(self, ask: Ask, listener: Listener) -> Answer:
        """What the script says: tools are used as it asks for them, answers repaired as often as the ask lets them."""
        repairs = requests = 0
        while True:
            requests += 1
            if requests > ask.requests_max:
                raise ModelError("MODEL_WENT_ON", "The model asked for tools again and again without an answer.")
            value = await self._say(ask, listener)
            if isinstance(value, ToolUse):
                tool = next((one for one in ask.tools if one.name == value.tool), None)
                result = {"error": "UNKNOWN_TOOL"} if tool is None else await listener.use(tool, value.args)
                ask = replace(ask, prompt=f"{ask.prompt}\n\n<result>\n{json.dump(result).decode()}\n</result>")
            elif ask.check(value) is None or repairs >= ask.repairs_max:
                return Answer(value=value, model=self._name, family=self._family)
            else:
                repairs += 1
                listener.reset()

    async def _say(self, ask: Ask, listener: Listener) -> object:
        """One call: reserved, made, settled, streamed."""
        given = (len(ask.instructions) + len(ask.prompt)) // 4 + 1
        most = Usage(input_tokens=given, output_tokens=ask.answer_tokens_max)
        call = Call(model=self._name, routing=ask.routing, outcome="ok", usage=most, price=_PRICE, latency_ms=1)
        tokens = given + ask.answer_tokens_max
        await listener.reserve(Estimate(model=self._name, tokens=tokens, cost_usd=call.cost_usd, call=call))
        self.asked.append(ask)
        value = self._script(ask)
        usage = Usage(input_tokens=given, output_tokens=len(str(value)) // 4 + 1)
        await listener.settle(replace(call, usage=usage))
        if isinstance(value, str):
            for start in range(0, len(value), 400):
                listener.delta(value[start : start + 400])
        return value
