"""What a plan may say about waiting for a person: how long, and what then. Refused before anything is done."""

from collections.abc import Mapping, Sequence

from futurone_server.features.runs import Action, InputKind, Plan, PlanError, PlanStep
from futurone_server.features.runs import rules as run_rules
from futurone_server.kit import limits
from futurone_server.kit.errors import Invalid

_POLICIES = ("fail", "escalate", "default")
_OPTIONS_MAX = 100
_KINDS = tuple(InputKind)


def check_waits(plan: Plan) -> None:
    """Refuse a plan whose order or whose waits could not be carried out. Raises PlanError, naming the step."""
    for step in plan.in_order():
        if step.kind in _KINDS:
            _check(step, InputKind(step.kind))


def fields_of(step: PlanStep) -> list[Mapping[str, object]]:
    """What a step asks for: none of an approval, those of a form, the one field of a choice."""
    given = step.args.get("options" if step.kind == InputKind.CHOICE else "fields")
    members = list(given) if isinstance(given, list | tuple) else []
    if step.kind == InputKind.APPROVAL:
        return []
    if step.kind == InputKind.FORM:
        return members
    return [{"name": "choice", "label": step.label, "type": "select", "required": True, "options": members}]


def _check(step: PlanStep, kind: InputKind) -> None:
    wait_s, policy = step.args.get("timeout_s"), step.args.get("on_timeout", "fail")
    is_number = isinstance(wait_s, int | float) and not isinstance(wait_s, bool)
    if wait_s is not None and not (is_number and 1 <= float(str(wait_s)) <= limits.INPUT_WAIT_S_MAX):
        raise _refused(step, f"timeout_s must be from 1 to {limits.INPUT_WAIT_S_MAX} seconds")
    if policy not in _POLICIES:
        raise _refused(step, f"on_timeout must be one of {', '.join(_POLICIES)}")
    if kind is InputKind.CHOICE:
        _check_options(step, fields_of(step)[0]["options"])
    if policy == "default":
        _check_default(step, kind)
    elif "default" in step.args:
        raise _refused(step, "default goes with on_timeout: default")


def _check_options(step: PlanStep, options: object) -> None:
    assert isinstance(options, Sequence)
    values = [one.get("value") if isinstance(one, Mapping) else one for one in options]
    if not 1 <= len(values) <= _OPTIONS_MAX or len(set(map(str, values))) != len(values):
        raise _refused(step, f"a choice has 1 to {_OPTIONS_MAX} options, each another")
    if not all(isinstance(value, str) and value for value in values):
        raise _refused(step, "every option must be a text, or an object with a value that is one")


def _check_default(step: PlanStep, kind: InputKind) -> None:
    if kind is InputKind.APPROVAL:
        raise _refused(step, "an approval has no default: silence approves of nothing")
    try:
        run_rules.check_answer(kind, Action.SUBMIT_INPUT, step.args.get("default"), fields_of(step))
    except Invalid as refusal:
        raise _refused(step, f"its default is no answer to it: {refusal.message}") from refusal


def _refused(step: PlanStep, why: str) -> PlanError:
    return PlanError(f"Step {step.id} cannot wait like this: {why}.")
