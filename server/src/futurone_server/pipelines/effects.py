"""Tools that change something outside: each use is shown to a person first, and done once, exactly as it was shown."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping

from futurone_server.features.runs import InputKind, Question, Use, approves
from futurone_server.kit import json, limits
from futurone_server.pipelines.inhand import InHand
from futurone_server.pipelines.outcomes import AskedError
from futurone_server.tools.port import Tool, ToolFailedError

_SHOWN_CHARS_MAX = 4000
UNCERTAIN = {
    "error": "EFFECT_UNCERTAIN",
    "message": "A worker was lost while this was being done; it may have happened and is not done again.",
}


async def use_with_approval(
    hand: InHand, actor: str, tool: Tool, args: Mapping[str, object], use: Callable[[], Awaitable[object]]
) -> object:
    """Use a tool once a person has approved this very use. Raises AskedError until then; a rejection ends the run.

    Raises ToolFailedError for what is longer than can be shown: nobody approves what was not before their eyes.

    What is approved is a digest of the tool's name and its arguments: another use, however alike, asks again. That it
    begins is durable before it begins, so that no crash can have it done twice. The digest that the person was shown
    is made again of what is about to be done, just before.
    """
    key = f"{actor}!{_digest(tool, args)}"
    desk, log = hand.equipment.desk, hand.work.log
    known = await desk.result_or_none(log, f"effect/{key}")
    if isinstance(known, dict):
        return known["result"] if known["state"] == "done" else UNCERTAIN
    answer = await desk.result_or_none(log, f"answer/{key}")
    if answer is None:
        raise AskedError(_question(key, tool, args))
    assert isinstance(answer, dict)
    if not approves(answer, _use_of(tool, args), run_id=hand.work.run.id, step_id=actor):
        raise ToolFailedError("NOT_APPROVED", "What was approved is not what is about to be done; it is not done.")
    await log.append(writes=[desk.content(log, f"effect/{key}", {"state": "begun"})])
    result = await use()
    await log.append(writes=[desk.content(log, f"effect/{key}", {"state": "done", "result": result})])
    return result


def _question(key: str, tool: Tool, args: Mapping[str, object]) -> Question:
    told = _visible(json.dump(dict(args)).decode())
    if len(told) > _SHOWN_CHARS_MAX:
        raise ToolFailedError(
            "EFFECT_TOO_LONG", f"The arguments cannot be shown for approval: more than {_SHOWN_CHARS_MAX} characters."
        )
    shown = {
        "prompt": f"May the tool {tool.name} be used with these arguments? {told}",
        "fields": [],
        "on_timeout": "fail",
    }
    wait_s = float(limits.INPUT_WAIT_S)
    return Question(step_id=key, kind=InputKind.APPROVAL, shown=shown, wait_s=wait_s, use=_use_of(tool, args))


def _use_of(tool: Tool, args: Mapping[str, object]) -> Use:
    return Use(tool=tool.name, args=args)


def _visible(text: str) -> str:
    """The text with everything that does not show, or that reorders a line, written out."""
    return "".join(char if char.isprintable() else f"\\u{{{ord(char):x}}}" for char in text)


def _digest(tool: Tool, args: Mapping[str, object]) -> str:
    return hashlib.sha256(json.canonical([tool.name, dict(args)])).hexdigest()[:32]
