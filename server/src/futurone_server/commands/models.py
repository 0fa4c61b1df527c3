"""``futurone models``: the configured language models, and whether each of them answers."""

import asyncio
import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import typer

from futurone_server.commands.house import CLOCK, WrongSettingError, say, settings
from futurone_server.kit import json


class Look(StrEnum):
    """What to do with the models."""

    LIST = "list"
    TEST = "test"


def models(
    look: Annotated[Look, typer.Argument(help="list: which there are. test: ask each one a short question.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> int:
    """List the language models of FUTURONE_MODELS, or ask each of them a short question."""
    try:
        config = settings()
    except WrongSettingError as error:
        say(f"futurone: {error}")
        return error.code
    if not config.models:
        say("No model is configured. Set FUTURONE_MODELS, for example: FUTURONE_MODELS=openai:gpt-5-mini")
        return 0 if look is Look.LIST else 1
    from futurone_server.main import list_models, try_models  # noqa: PLC0415 - every part loads with it

    if look is Look.LIST:
        missing = config.keys_missing
        for model in list_models(config, CLOCK):
            _show(model, missing.get(str(model["id"])), as_json=as_json)
        return 0
    trials = asyncio.run(try_models(config, CLOCK))
    for trial in trials:
        _tell(trial, as_json)
    return 0 if all(trial["error"] is None for trial in trials) else 1


def _show(model: Mapping[str, object], missing: str | None, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dump({**model, "key_variable_missing": missing}).decode() + "\n")
        return
    price = model["price"]
    cost = "price unknown"
    if isinstance(price, dict):
        cost = f"${price['input_usd_per_million']} in, ${price['output_usd_per_million']} out per million tokens"
    classes = model["routing_classes"]
    assert isinstance(classes, list)
    lacks = f"  ({missing} is not set)" if missing else ""
    sys.stdout.write(f"{model['id']}  {', '.join(classes)}  {cost}{lacks}\n")


def _tell(trial: Mapping[str, object], as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dump(trial).decode() + "\n")
    elif trial["error"] is None:
        sys.stdout.write(f"ok   {trial['model']}: answered in {trial['took_ms']} ms, {trial['tokens']} tokens\n")
    else:
        sys.stdout.write(f"BAD  {trial['model']}: {trial['error']}\n")
