"""The configured models: loaded when the first of them is asked, and kept open as long as the process works."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from futurone_server.models.breaker import Breaker
from futurone_server.models.listed import Chains, Listed
from futurone_server.models.port import Answer, Ask, Listener, ModelError, Offered, Routing
from futurone_server.models.prices import price_of

if TYPE_CHECKING:
    from futurone_server.models.chain import Link

    Asking = Callable[[Sequence[Link], Breaker, Ask, Listener], Awaitable[Answer]]


class ConfiguredModels:
    """The models that FUTURONE_MODELS names, with their keys."""

    def __init__(self, chains: Chains, keys: Mapping[str, str], monotonic: Callable[[], float]) -> None:
        self._chains = chains
        self._keys = keys
        self._breaker = Breaker(monotonic)
        self._links: dict[str, Link] = {}
        self._loading = asyncio.Lock()

    def has(self, routing: Routing) -> bool:
        """Whether there is a model for a class of work."""
        return bool(self._chains.get(routing))

    def offered(self) -> Sequence[Offered]:
        """Every model once, in the order in which they are named."""
        listed = {model.name: model for chain in self._chains.values() for model in chain}
        return [
            Offered(
                name=model.name,
                provider=model.provider.value,
                family=model.family,
                routings=tuple(routing for routing, chain in self._chains.items() if model in chain),
                window=model.window,
                price=price_of(model),
            )
            for model in listed.values()
        ]

    async def ask(self, ask: Ask, listener: Listener) -> Answer:
        """Ask the class's models in turn. Raises ModelError, and what the listener raised."""
        chain = [one for one in self._chains.get(ask.routing, ()) if ask.only is None or one.name in ask.only]
        if not chain:
            raise ModelError("MODEL_REQUIRED", f"No model is configured for the class {ask.routing.value}.")
        return await self._ask(_others_first(chain, ask.avoid), ask, listener)

    async def ask_one(self, listed: Listed, ask: Ask, listener: Listener) -> Answer:
        """Ask one model, without any other in its place. Raises ModelError."""
        return await self._ask([listed], ask, listener)

    def listed(self, name: str) -> Listed:
        """A model as it was configured, by its name. Raises KeyError."""
        return {model.name: model for chain in self._chains.values() for model in chain}[name]

    def has_key(self, listed: Listed) -> bool:
        """Whether the variable that holds a model's key is set."""
        return listed.key_variable in self._keys

    async def close(self) -> None:
        """Close every connection to providers."""
        for link in self._links.values():
            await link.model.__aexit__(None, None, None)
        self._links.clear()

    async def _ask(self, models: Sequence[Listed], ask: Ask, listener: Listener) -> Answer:
        asking = await asyncio.to_thread(_load)
        async with self._loading:
            links = [await self._link(model) for model in models]
        return await asking(links, self._breaker, ask, listener)

    async def _link(self, listed: Listed) -> "Link":
        if listed.name not in self._links:
            key = self._keys.get(listed.key_variable) if listed.key_variable else None
            link = await asyncio.to_thread(_build, listed, key)
            await link.model.__aenter__()  # keeps its connections open from one answer to the next
            self._links[listed.name] = link
        return self._links[listed.name]


def _others_first(chain: Sequence[Listed], avoid: frozenset[str]) -> list[Listed]:
    return sorted(chain, key=lambda model: model.family in avoid)


def _load() -> "Asking":
    from futurone_server.models.asking import ask_chain  # noqa: PLC0415 - the adapters are loaded when first asked

    return ask_chain


def _build(listed: Listed, key: str | None) -> "Link":
    from futurone_server.models.chain import Link  # noqa: PLC0415 - with the adapters
    from futurone_server.models.providers import build_model  # noqa: PLC0415 - with the adapters

    return Link(listed=listed, model=build_model(listed, key))
