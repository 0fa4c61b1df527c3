"""Test mode: a directive in the task chooses a scripted plan, so that a client can be tested without a model.

``[test:complete]`` (also the default), ``[test:escalate]``, ``[test:fail]``, ``[test:input]`` (an approval, then a
form), ``[test:slow]`` (about ten seconds), ``[test:stream N]`` (N events), ``[test:steps N]`` and
``[test:steps N sleep S]``.
"""

import re
from collections.abc import Callable, Mapping

from futurone_server.features.runs import Plan, PlanStep
from futurone_server.kit import limits
from futurone_server.pipelines.outcomes import StepFailedError

_DIRECTIVE = re.compile(r"\[test:([a-z]+)(?: (\d{1,6}))?(?: sleep (\d{1,3}(?:\.\d{1,3})?))?\]")
_STREAM_MAX = 100_000


def plan(task: str) -> Plan:
    """The plan that the task's directive asks for. Raises StepFailedError for a directive that does not exist."""
    found = _DIRECTIVE.search(task)
    word, count, pause_s = (found[1], int(found[2] or 0), float(found[3] or 0)) if found else ("complete", 0, 0.0)
    makers: dict[str, Callable[[], Plan]] = {
        "complete": lambda: _chain(3, 0.0, outcome="complete", report=True),
        "escalate": lambda: _chain(3, 0.0, outcome="escalate", report=True),
        "fail": lambda: _chain(2, 0.0, outcome="fail"),
        "input": _questions,
        "slow": lambda: _chain(5, 2.0, outcome="complete", report=True),
        "stream": lambda: _stream(min(count or 100, _STREAM_MAX)),
        "steps": lambda: _chain(min(count or 6, limits.STEPS_PER_RUN_MAX), pause_s, outcome="complete"),
    }
    if word not in makers:
        raise StepFailedError("UNKNOWN_DIRECTIVE", f"Test mode knows these directives: {', '.join(makers)}.")
    return makers[word]()


def _plan(*steps: PlanStep) -> Plan:
    return Plan(goal="Carry out the scripted test plan.", success_criteria=("The script ends.",), steps=steps)


def _step(number: int, kind: str, label: str, args: Mapping[str, object]) -> PlanStep:
    before = (f"s{number - 1}",) if number > 1 else ()
    return PlanStep(id=f"s{number}", kind=kind, label=label, depends_on=before, args=args)


def _chain(count: int, pause_s: float, *, outcome: str, report: bool = False) -> Plan:
    steps = []
    for number in range(1, count + 1):
        last = number == count
        args = {"pause_s": pause_s, "outcome": outcome if last else "complete", "report": report and last}
        steps.append(_step(number, "scripted", f"Scripted step {number}", args))
    return _plan(*steps)


def _stream(count: int) -> Plan:
    return _plan(_step(1, "scripted", f"Stream {count} events", {"deltas": count, "outcome": "complete"}))


def _questions() -> Plan:
    fields = [
        {"name": "city", "label": "City", "type": "text", "required": True},
        {"name": "guests", "label": "Guests", "type": "number", "required": False, "min": 1, "max": 100},
    ]
    return _plan(
        _step(1, "scripted", "Prepare", {"outcome": "complete"}),
        _step(2, "approval", "Ask for approval", {"prompt": "May the test go on?"}),
        _step(3, "form", "Ask for details", {"prompt": "Where, and for how many?", "fields": fields}),
        _step(4, "scripted", "Finish", {"outcome": "complete"}),
    )
