"""Something to ask whose every part carries a mark, and the marks of the stand-in's own words."""

from collections.abc import Mapping
from typing import Any

from futurone_server.models.port import Ask, Routing
from futurone_server.tools.port import Tool, ToolFailedError

SAID = {
    "prompt": "mk-prompt-1d0f",
    "instructions": "mk-instructions-77ac",
    "description": "mk-description-90be",
    "schema": "mk-schema-41aa",
    "result": "mk-result-c2d5",
    "wrong": "mk-wrong-5b6e",
    "failure": "mk-failure-e00f",
}
ANSWERED = ("forty-two", "not a number", "hello", "secret words")
"""What the stand-in answers, answers wrongly, gives to a tool, and says of itself when it fails."""
MARKS = (*SAID.values(), *ANSWERED)

SCHEMA = {
    "type": "object",
    "description": SAID["schema"],
    "properties": {"value": {"type": "integer"}},
    "required": ["value"],
    "additionalProperties": False,
}


async def _echo(args: Mapping[str, object]) -> object:
    return {"echo": args["text"], "more": SAID["result"]}


async def _break(args: Mapping[str, object]) -> object:
    raise LookupError(f"{SAID['failure']}: {args}")


async def _refuse(args: Mapping[str, object]) -> object:
    raise ToolFailedError("REFUSED", f"{SAID['failure']}: {args}")


def tool(use: Any = _echo) -> Tool:
    """A tool with a mark in its description and in its result."""
    args = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
    return Tool(
        name="echo.text",
        description=SAID["description"],
        args={**args, "additionalProperties": False},
        result={"type": "object"},
        timeout_s=5,
        use=use,
    )


BREAKS, REFUSES = tool(_break), tool(_refuse)


def ask(**members: object) -> Ask:
    """Something with a mark in its prompt and its instructions."""
    usual = {"routing": Routing.DRAFT, "instructions": SAID["instructions"], "prompt": SAID["prompt"]}
    return Ask(**{**usual, **members})  # type: ignore[arg-type]  # any members
