"""A run's events told to a person, line by line."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from futurone._models import Event
from futurone.cli._text import clean, one_line

_ARGUMENTS_MAX = 120
_SEVERITIES = {"critical": ("✗", "bad"), "warning": ("!", "odd"), "info": ("i", None), "pass": ("✓", "good")}

_OUTCOMES = {"fail_run": "failed", "retry_step": "failed, will be tried again"}


class Line(NamedTuple):
    """One line of text and how it looks on a terminal."""

    text: str
    style: str | None = None


class Narrator:
    """Tells events in order; remembers the plan's labels and the text that is still being written."""

    def __init__(self) -> None:
        self._labels: dict[str, str] = {}
        self._drafts: dict[str, str] = {}
        self._tellers: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Line]]] = {
            "status": self._status,
            "plan": self._plan,
            "step_start": self._step_start,
            "step_done": self._step_done,
            "tool_call": self._tool_call,
            "tool_result": self._tool_result,
            "finding": self._finding,
            "delta": self._delta,
            "artifact": self._artifact,
            "awaiting_input": self._awaiting_input,
            "input_received": self._input_received,
            "substitution": self._substitution,
            "error": self._error,
        }

    def tell(self, event: Event) -> list[Line]:
        """The lines for an event; none for an unknown type, nor for the end: that is told as outcome."""
        teller = self._tellers.get(event.type)
        return list(teller(event.data)) if teller else []

    def _status(self, data: Mapping[str, Any]) -> Iterator[Line]:
        if data.get("text"):
            yield Line(f"· {one_line(data['text'])}", "dim")

    def _plan(self, data: Mapping[str, Any]) -> Iterator[Line]:
        revision = data.get("revision")
        yield Line("Plan" if revision in {None, 0, 1} else f"Plan, revision {one_line(revision)}", "strong")
        steps = _dicts(data.get("steps"))
        width = max((len(one_line(step.get("id", ""))) for step in steps), default=0)
        for step in steps:
            step_id, label = one_line(step.get("id", "")), one_line(step.get("label") or step.get("kind") or "")
            self._labels[step_id] = label
            after = ", ".join(one_line(each) for each in step.get("depends_on") or [])
            yield Line(f"  {step_id:<{width}}  {label}" + (f"  (after {after})" if after else ""))

    def _step_start(self, data: Mapping[str, Any]) -> Iterator[Line]:
        yield Line(f"▸ {self._step(data)}")

    def _step_done(self, data: Mapping[str, Any]) -> Iterator[Line]:
        step = one_line(data.get("step", ""))
        yield from self._rest_of_draft(step)
        outcome = data.get("outcome")
        good = outcome in {None, "succeeded"}
        word = "" if good else f": {_OUTCOMES.get(str(outcome), one_line(outcome))}"
        took = f" in {one_line(data['took'])}" if data.get("took") else ""
        yield Line(f"{'✓' if good else '✗'} {self._step(data)}{word}{took}", "good" if good else "bad")

    def _tool_call(self, data: Mapping[str, Any]) -> Iterator[Line]:
        yield Line(f"    {one_line(data.get('tool', ''))} {_short(data.get('args'))}", "dim")

    def _tool_result(self, data: Mapping[str, Any]) -> Iterator[Line]:
        failed = data.get("ok") is False
        latency = f" ({one_line(data['latency'])})" if data.get("latency") else ""
        yield Line(
            f"    {'failed: ' if failed else '→ '}{_short(data.get('result'))}{latency}", "bad" if failed else "dim"
        )

    def _finding(self, data: Mapping[str, Any]) -> Iterator[Line]:
        sign, style = _SEVERITIES.get(str(data.get("severity")), ("i", None))
        where = f" [{_short(data['location'])}]" if data.get("location") else ""
        yield Line(f"  {sign} {one_line(data.get('title') or '(erased)')}{where}", style)
        if data.get("detail"):
            yield Line(f"      {one_line(data['detail'])}")

    def _delta(self, data: Mapping[str, Any]) -> Iterator[Line]:
        step = one_line(data.get("step", ""))
        if data.get("reset"):
            self._drafts.pop(step, None)
            yield Line("    (begins again)", "dim")
            return
        *lines, rest = (self._drafts.get(step, "") + clean(data.get("text") or "")).split("\n")
        self._drafts[step] = rest
        for line in lines:
            yield Line(f"    │ {line}")

    def _rest_of_draft(self, step: str) -> Iterator[Line]:
        rest = self._drafts.pop(step, "")
        if rest:
            yield Line(f"    │ {rest}")

    def _artifact(self, data: Mapping[str, Any]) -> Iterator[Line]:
        name = one_line(data.get("label") or data.get("type") or data.get("id") or "artifact")
        section = data.get("section")
        title = one_line(section.get("title") or section.get("id") or "") if isinstance(section, dict) else section
        part = f" · {one_line(title)}" if title else ""
        draft = " (not verified yet)" if data.get("final") is False else ""
        yield Line(f"■ {name}{part}{draft}", "strong")
        if isinstance(data.get("content"), str):
            for line in clean(data["content"]).rstrip("\n").split("\n"):
                yield Line(f"    │ {line}")

    def _awaiting_input(self, data: Mapping[str, Any]) -> Iterator[Line]:
        yield Line(f"? {one_line(data.get('prompt') or 'Input is needed')}", "odd")

    def _input_received(self, data: Mapping[str, Any]) -> Iterator[Line]:
        yield Line(f"· answered: {one_line(data.get('action') or 'input received')}", "dim")

    def _substitution(self, data: Mapping[str, Any]) -> Iterator[Line]:
        reason = f" ({one_line(data['reason'])})" if data.get("reason") else ""
        yield Line(f"    {one_line(data.get('from', ''))} gave way to {one_line(data.get('to', ''))}{reason}", "odd")

    def _error(self, data: Mapping[str, Any]) -> Iterator[Line]:
        yield Line(f"✗ {one_line(data.get('message') or data.get('reason_code') or 'failed')}", "bad")

    def _step(self, data: Mapping[str, Any]) -> str:
        step = one_line(data.get("step", ""))
        return f"{step} {self._labels.get(step, '')}".strip()


def _short(value: Any) -> str:
    text = (
        one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        if value is not None
        else ""
    )
    return text if len(text) <= _ARGUMENTS_MAX else f"{text[: _ARGUMENTS_MAX - 1]}…"


def _dicts(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
