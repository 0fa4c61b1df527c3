"""The configured models: listed, and asked for a trial, without a server around them."""

import asyncio

from futurone_server.api.models.views import present_model
from futurone_server.config import Config
from futurone_server.kit.clock import Clock
from futurone_server.kit.json import JsonObject
from futurone_server.models.configured import ConfiguredModels
from futurone_server.models.trial import try_model


def list_models(config: Config, clock: Clock) -> list[JsonObject]:
    """The configured models as the API shows them."""
    return [present_model(model) for model in configured(config, clock).offered()]


def configured(config: Config, clock: Clock) -> ConfiguredModels:
    """The models of ``FUTURONE_MODELS``; none is loaded before it is asked."""
    return ConfiguredModels(config.models, config.model_keys, clock.monotonic)


async def try_models(config: Config, clock: Clock) -> list[JsonObject]:
    """Ask each configured model a short question: ``model``, ``error`` or None, ``took_ms``, ``tokens`` of each."""
    models = configured(config, clock)
    try:
        trials = await asyncio.gather(*(try_model(models, model.name) for model in models.offered()))
        return [dict(vars(trial)) for trial in trials]
    finally:
        await models.close()
