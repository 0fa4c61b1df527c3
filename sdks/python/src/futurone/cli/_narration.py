"""A run's events told to a person, line by line."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from futurone._models import Event
from futurone.cli._phrases import phrase
from futurone.cli._text import clean, one_line

_SEVERITIES = {"critical": ("✗", "bad"), "warning": ("!", "odd"), "info": ("i", None), "pass": ("✓", "good")}

_OUTCOMES = {"fail_run": "failed", "retry_step": "failed"}


class Line(NamedTuple):
    """One line of text and how it looks on a terminal."""

    text: str
    style: str | None = None


class Narrator:
    """Tells events in order, each thing once; remembers the plan, calls under way and text still being written."""

    def __init__(self) -> None:
        self.has_told_checks = False
        self.has_asked: set[str] = set()
        self._has_told_sections = False
        self._labels: dict[str, str] = {}
        self._verifying: set[str] = set()
        self._calls: dict[str, Mapping[str, Any]] = {}
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
        }

    def tell(self, event: Event) -> list[Line]:
        """The lines for an event; none for an unknown type, nor for the end and its error: the outcome tells them."""
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
            if step.get("kind") == "verify":
                self._verifying.add(step_id)
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
        took = f" {'in' if good else 'after'} {one_line(data['took'])}" if data.get("took") else ""
        then = "; it will be tried again" if outcome == "retry_step" else ""
        yield Line(f"✓ {step}{took}" if good else f"✗ {self._step(data)}{word}{took}{then}", "good" if good else "bad")

    def _tool_call(self, data: Mapping[str, Any]) -> Iterator[Line]:
        self._calls[str(data.get("id"))] = data
        yield from ()  # a call and its result are one line, when both are known

    def _tool_result(self, data: Mapping[str, Any]) -> Iterator[Line]:
        call = self._calls.pop(str(data.get("call")), {})
        step = one_line(data.get("step", ""))
        asked = phrase(call.get("args"), known={step, self._labels.get(step, "")})
        got = phrase(data.get("result"), known={step, asked})
        failed = data.get("ok") is False
        told = f" failed: {got}" if failed else f" → {got}" if got else ""
        latency = f" ({one_line(data['latency'])})" if data.get("latency") else ""
        name = " ".join(part for part in (one_line(call.get("tool") or "tool"), asked) if part)
        yield Line(f"    {name}{told}{latency}", "bad" if failed else "dim")

    def _finding(self, data: Mapping[str, Any]) -> Iterator[Line]:
        sign, style = _SEVERITIES.get(str(data.get("severity")), ("i", None))
        where = f" [{phrase(data['location'])}]" if data.get("location") else ""
        yield Line(f"  {sign} {one_line(data.get('title') or '(erased)')}{where}", style)
        if one_line(data.get("step", "")) in self._verifying:
            self.has_told_checks = True  # the outcome says why of those that are not perfect, with their scores
        elif data.get("detail"):
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
        is_section = data.get("section") is not None
        if is_section:
            self._drafts.pop(one_line(data.get("step", "")), None)  # it repeats what was streamed for it
        content = data.get("content")
        if not is_section or not isinstance(content, str):
            name = one_line(data.get("label") or data.get("type") or data.get("id") or "artifact")
            yield Line(f"■ {name}{' (not verified yet)' if data.get('final') is False else ''}", "strong")
        if isinstance(content, str) and (is_section or not self._has_told_sections):
            self._has_told_sections = is_section
            for line in clean(content).strip("\n").split("\n"):
                yield Line(f"    │ {line}".rstrip())

    def _awaiting_input(self, data: Mapping[str, Any]) -> Iterator[Line]:
        self.has_asked.add(str(data.get("input_id")))
        yield Line(f"? {one_line(data.get('prompt') or 'Input is needed')}", "odd")

    def _input_received(self, data: Mapping[str, Any]) -> Iterator[Line]:
        yield Line(f"· answered: {one_line(data.get('action') or 'input received')}", "dim")

    def _substitution(self, data: Mapping[str, Any]) -> Iterator[Line]:
        reason = f" ({one_line(data['reason'])})" if data.get("reason") else ""
        yield Line(f"    {one_line(data.get('from', ''))} gave way to {one_line(data.get('to', ''))}{reason}", "odd")

    def _step(self, data: Mapping[str, Any]) -> str:
        step = one_line(data.get("step", ""))
        return f"{step} {self._labels.get(step, '')}".strip()


def _dicts(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
