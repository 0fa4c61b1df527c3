"""The law of runs: which state follows which, what an order may say, which answer fits a wait."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from futurone_server.features.keys import Mode, Principal
from futurone_server.features.runs.types import TERMINAL, Action, Domain, InputKind, Order, Run, Spent, Status
from futurone_server.kit import limits
from futurone_server.kit.errors import Conflict, Invalid, invalid_field, missing_field
from futurone_server.kit.ids import derived_id

NEXT: Mapping[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset({Status.PLANNING, Status.CANCELLED, Status.FAILED}),
    Status.PLANNING: frozenset({Status.RUNNING, Status.AWAITING_INPUT, Status.STALLED, *TERMINAL}),
    Status.RUNNING: frozenset({Status.AWAITING_INPUT, Status.STALLED, *TERMINAL}),
    Status.AWAITING_INPUT: frozenset({Status.RUNNING, Status.CANCELLED, Status.FAILED, Status.ESCALATED}),
    Status.STALLED: frozenset({Status.RUNNING, Status.PLANNING, Status.CANCELLED, Status.FAILED}),
    Status.COMPLETED: frozenset(),
    Status.ESCALATED: frozenset(),
    Status.FAILED: frozenset(),
    Status.CANCELLED: frozenset(),
}

FITTING: Mapping[InputKind, frozenset[Action]] = {
    InputKind.APPROVAL: frozenset({Action.APPROVE, Action.REJECT}),
    InputKind.FORM: frozenset({Action.SUBMIT_INPUT, Action.REJECT}),
    InputKind.CHOICE: frozenset({Action.SUBMIT_INPUT, Action.REJECT}),
}

RUBRICS: Mapping[str, tuple[str, ...]] = {
    Domain.RESEARCH: ("research", "inquiry"),
    Domain.CONTENT: ("content",),
    Domain.STRATEGY: ("strategy",),
    Domain.CODING: ("coding",),
}
"""The rubrics that an order may name, by the agent whose work each measures; the first is what it usually is."""

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,253}")
_URL = re.compile(r"https?://\S{1,2000}")


def shown_cost(spent: Spent) -> str | None:
    """What a run cost in US dollars, as it goes over the wire; None where no price is known, which is not nothing."""
    return f"{spent.cost_usd:.4f}" if spent.is_priced else None


def before(status: Status) -> list[str]:
    """The states from which a state can be reached."""
    return [now.value for now, then in NEXT.items() if status in then]


def check_order(order: Order) -> None:
    """Refuse an order that no run could be made of. Raises Invalid, naming the field."""
    if len(order.files) > limits.FILES_PER_RUN_MAX:
        raise invalid_field("files", f"at most {limits.FILES_PER_RUN_MAX} files per run")
    if len(set(order.files)) != len(order.files):
        raise invalid_field("files", "names a file twice")
    if len(set(order.deliver_to)) != len(order.deliver_to):
        raise invalid_field("deliver_to", "names a connection twice")
    check_rubric(order.rubric, order.agent)
    if order.connections:
        raise invalid_field("connections", "names a connection that does not exist in this workspace")
    wall = order.budget.max_wall_s
    if wall is not None and not 1 <= wall <= limits.WALL_S_MAX:
        raise invalid_field("budget.max_wall_s", f"must be from 1 to {limits.WALL_S_MAX} seconds")


def check_rubric(rubric: str | None, agent: str | None) -> None:
    """Refuse a rubric that does not measure what the agent makes; without an agent, one that is not there at all."""
    fitting = [name for domain, names in RUBRICS.items() if agent in (None, domain) for name in names]
    if rubric is not None and rubric not in fitting:
        of_agent = f" for the agent {agent}" if agent else ""
        raise invalid_field("rubric", f"must be {' or '.join(sorted(fitting))}{of_agent}")


def review_id(run_id: str) -> str:
    """The id of the review that an escalated run is held for."""
    return derived_id("rev_", run_id)


def already_ended(run: Run) -> Conflict:
    """The refusal of anything that would change a run which has ended."""
    return Conflict(
        f"The run has already ended as {run.status}; it can no longer change.",
        "RUN_ALREADY_TERMINAL",
        details={"status": run.status.value, "run_id": run.id},
    )


def check_answer(kind: InputKind, action: Action, payload: object, fields: Sequence[Mapping[str, object]]) -> None:
    """Refuse an answer that does not fit the wait; the wait stays. Raises Invalid, naming the field."""
    if action not in FITTING[kind]:
        wanted = " or ".join(sorted(FITTING[kind]))
        raise invalid_field("action", f"{action} does not fit: the run waits for {kind} ({wanted})")
    if action is Action.SUBMIT_INPUT:
        if not isinstance(payload, dict):
            raise missing_field("payload", "must be an object with the form's fields")
        check_fields(payload, fields)


def check_fields(payload: Mapping[str, object], fields: Sequence[Mapping[str, object]]) -> None:
    """Refuse form values that miss a required field, name an unknown one, or have the wrong shape."""
    known = {str(field["name"]): field for field in fields}
    for name in payload:
        if name not in known:
            raise Invalid(
                f"payload.{name}: the form has no such field", "UNKNOWN_FIELD", details={"field": f"payload.{name}"}
            )
    for name, field in known.items():
        value = payload.get(name)
        if field.get("required") and _says_nothing(value):
            raise missing_field(f"payload.{name}", "is required")
        if value is None or value == "":
            continue
        problem = _problem(str(field.get("type", "text")), value, field)
        if problem:
            raise invalid_field(f"payload.{name}", problem)


def _says_nothing(value: object) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _problem(kind: str, value: object, field: Mapping[str, object]) -> str | None:
    if kind == "number":
        return _number_problem(value, field)
    if kind == "boolean":
        return None if isinstance(value, bool) else "must be true or false"
    options = [_option(one) for one in _list(field.get("options"))]
    if kind == "multiselect":
        fits = isinstance(value, list) and all(one in options for one in value)
        return None if fits else f"must be a list out of: {', '.join(options)}"
    if not isinstance(value, str):
        return "must be a text"
    if kind == "select":
        return None if value in options else f"must be one of: {', '.join(options)}"
    return _text_problem(kind, value, field)


def _number_problem(value: object, field: Mapping[str, object]) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "must be a number"
    low, high = field.get("min"), field.get("max")
    if isinstance(low, int | float) and value < low:
        return f"must be at least {low}"
    if isinstance(high, int | float) and value > high:
        return f"must be at most {high}"
    return None


def _text_problem(kind: str, value: str, field: Mapping[str, object]) -> str | None:
    high = field.get("max")
    bound = high if isinstance(high, int) and not isinstance(high, bool) else limits.TASK_CHARS_MAX
    if len(value) > bound:
        return f"must have at most {bound} characters"
    if kind == "email" and not _EMAIL.fullmatch(value):
        return "must be an e-mail address"
    if kind == "url" and not _URL.fullmatch(value):
        return "must be an http or https address"
    if kind == "date" and not _is_date(value):
        return "must be a date such as 2026-11-21"
    return None


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _option(one: object) -> str:
    return str(one.get("value")) if isinstance(one, dict) else str(one)


def erases_at(run: Run, status: Status, ended: datetime) -> datetime | None:
    """When the content of a run that ends now is to be erased; None when it is kept."""
    if run.retention.mode == "keep":
        return None
    seconds = _REVIEW_S if status is Status.ESCALATED else run.retention.window_s
    return ended + timedelta(seconds=seconds)


def goes_with_its_end(run: Run, status: Status) -> bool:
    """Whether the content is to be erased in the very commit that ends the run."""
    return run.retention.mode == "zero" and run.retention.window_s == 0 and status is not Status.ESCALATED


def erases_after_review(run: Run, decided: datetime) -> datetime | None:
    """When the content of an escalated run is to be erased once its review is decided; None when it is kept."""
    if run.retention.mode == "keep" or run.completed_at is None:
        return None
    held = run.completed_at + timedelta(seconds=_REVIEW_S)
    return min(held, decided + timedelta(seconds=run.retention.window_s))


_REVIEW_S = 72 * 60 * 60
"""An escalated run keeps its content this long for its reviewer (the contract's section 3)."""


def as_mapping(value: object) -> Mapping[str, object]:
    """A JSON object that this program sealed itself."""
    assert isinstance(value, dict)
    return value


def is_within_reach(caller: Principal, run: Run) -> bool:
    """Whether a key reaches a run of its workspace: by project, by agent, and with a test key test runs alone."""
    return (
        (caller.projects is None or run.project_id in caller.projects)
        and (caller.agents is None or run.agent in caller.agents)
        and (caller.mode is Mode.LIVE or run.mode is Mode.TEST)
    )
