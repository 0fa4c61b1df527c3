"""A listener that writes down what it hears."""

from collections.abc import Mapping

from futurone_server.models.port import Call, Estimate
from futurone_server.tools.port import Tool


class Listening:
    """Hears, pays, uses tools."""

    def __init__(self) -> None:
        self.text = ""
        self.resets = 0
        self.substitutions: list[tuple[str, str, str]] = []
        self.calls: list[Call] = []
        self.reserved: list[Estimate] = []
        self.used: list[tuple[str, Mapping[str, object]]] = []
        self.refuses: Exception | None = None

    async def reserve(self, estimate: Estimate) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.reserved.append(estimate)

    async def settle(self, call: Call) -> None:
        self.calls.append(call)

    def delta(self, text: str) -> None:
        self.text += text

    def reset(self) -> None:
        self.text = ""
        self.resets += 1

    def substituted(self, model: str, other: str, reason: str) -> None:
        self.substitutions.append((model, other, reason))

    async def use(self, tool: Tool, args: Mapping[str, object]) -> object:
        self.used.append((tool.name, args))
        return await tool.use(args)

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        return [(call.model, call.outcome) for call in self.calls]
