"""A provider on loopback, and models that reach it."""

import time
from collections.abc import AsyncIterator, Callable

import pytest

from futurone_server.models.configured import ConfiguredModels
from futurone_server.models.listed import read_models
from models.standin import Standin

KEYS = {"OPENAI_API_KEY": "k-openai", "ANTHROPIC_API_KEY": "k-anthropic", "GOOGLE_API_KEY": "k-google"}
ADDRESSES = {"openai": "/v1", "anthropic": "", "google": "", "compatible": "/v1", "ollama": "/v1", "vllm": "/v1"}

Make = Callable[..., ConfiguredModels]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def standin() -> AsyncIterator[Standin]:
    async with Standin() as server:
        yield server


@pytest.fixture
async def make(standin: Standin) -> AsyncIterator[Make]:
    """Models by ``(protocol, "fault", "fault?option=…", …)``, in the order in which they are tried."""
    made: list[ConfiguredModels] = []

    def models(protocol: str, *names: str, clock: Callable[[], float] = time.monotonic) -> ConfiguredModels:
        address = standin.url + ADDRESSES[protocol]
        parts = [name.partition("?") for name in names]
        text = ",".join(f"{protocol}:{name}@{address}{mark}{options}" for name, mark, options in parts)
        made.append(ConfiguredModels(read_models(text), KEYS, clock))
        return made[-1]

    yield models
    for one in made:
        await one.close()
