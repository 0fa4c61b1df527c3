"""The law of runs: states, forms, plans, and when content goes. Pure, without a database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from futurone_server.features.runs import TERMINAL, Action, InputKind, Plan, PlanError, PlanStep, Status
from futurone_server.features.runs import rules as run_rules
from futurone_server.kit.errors import Invalid

AT = datetime(2026, 11, 21, tzinfo=UTC)


def test_every_state_can_be_reached_and_every_one_but_the_last_four_left() -> None:
    assert set(run_rules.NEXT) == set(Status)
    reached, waiting = {Status.QUEUED}, [Status.QUEUED]
    while waiting:
        fresh = run_rules.NEXT[waiting.pop()] - reached
        reached |= fresh
        waiting += fresh
    assert reached == set(Status)
    assert {status for status, then in run_rules.NEXT.items() if not then} == TERMINAL
    assert len(TERMINAL) == 4


@pytest.mark.parametrize("status", sorted(set(Status) - TERMINAL))
def test_every_run_that_has_not_ended_can_be_cancelled_and_can_fail(status: Status) -> None:
    assert {Status.CANCELLED, Status.FAILED} <= run_rules.NEXT[status]


def check(payload: Any, *fields: dict[str, Any], kind: InputKind = InputKind.FORM) -> str | None:
    """The field that is refused, if any."""
    try:
        run_rules.check_answer(kind, Action.SUBMIT_INPUT, payload, fields)
    except Invalid as refused:
        return str(refused.details["field"])
    return None


FITTING: list[tuple[str, dict[str, Any], list[object], list[object]]] = [
    ("text", {}, ["", "x", "x" * 64_000], [5, True, [], {}, "x" * 64_001]),
    ("text", {"max": 3}, ["abc"], ["abcd"]),
    ("textarea", {}, ["a\nb"], [1]),
    ("number", {}, [0, -1, 1.5, 10**15], ["1", True, [], {}]),
    ("number", {"min": 1, "max": 5}, [1, 5, 2.5], [0, 6, 0.99]),
    ("boolean", {}, [True, False], [0, 1, "true", []]),
    ("select", {"options": ["a", "b"]}, ["a"], ["c", ["a"], 1]),
    ("select", {"options": [{"value": "a", "label": "A"}]}, ["a"], ["A"]),
    ("multiselect", {"options": ["a", "b"]}, [[], ["a"], ["a", "b"]], ["a", ["c"], [["a"]], {"a": 1}]),
    ("date", {}, ["2026-11-21"], ["21.11.2026", "2026-13-01", "yesterday", 5]),
    ("email", {}, ["a@b"], ["a", "@b", "a@", "a b@c", "a@b c"]),
    ("url", {}, ["https://example.com/x"], ["example.com", "javascript:alert(1)", "ftp://x", "https://a b"]),
]


@pytest.mark.parametrize(("kind", "more", "good", "bad"), FITTING, ids=[one[0] for one in FITTING])
def test_every_kind_of_field_takes_what_fits_and_names_itself_otherwise(
    kind: str, more: dict[str, Any], good: list[object], bad: list[object]
) -> None:
    field = {"name": "f", "label": "F", "type": kind, "required": False, **more}
    for value in good:
        assert check({"f": value}, field) is None, value
    for value in bad:
        assert check({"f": value}, field) == "payload.f", value


def test_a_field_may_be_left_out_unless_it_is_required() -> None:
    field = {"name": "f", "label": "F", "type": "text"}
    for payload in ({}, {"f": None}, {"f": ""}):
        assert check(payload, {**field, "required": False}) is None
        assert check(payload, {**field, "required": True}) == "payload.f"


def test_what_is_required_is_not_left_blank() -> None:
    field = {"name": "f", "label": "F", "required": True}
    assert check({"f": " \n"}, {**field, "type": "textarea"}) == "payload.f"
    assert check({"f": []}, {**field, "type": "multiselect", "options": ["a"]}) == "payload.f"
    assert check({"f": 0}, {**field, "type": "number"}) is None
    assert check({"f": False}, {**field, "type": "boolean"}) is None


def test_a_field_that_the_form_does_not_have_is_refused() -> None:
    assert check({"g": 1}, {"name": "f", "type": "text", "required": False}) == "payload.g"


@pytest.mark.parametrize("payload", [None, [], "x", 5, True])
def test_a_form_is_answered_with_an_object(payload: object) -> None:
    assert check(payload) == "payload"


@pytest.mark.parametrize("kind", list(InputKind))
def test_every_wait_can_be_rejected_and_takes_only_what_fits(kind: InputKind) -> None:
    run_rules.check_answer(kind, Action.REJECT, None, [])
    fitting = run_rules.FITTING[kind]
    for action in set(Action) - fitting:
        with pytest.raises(Invalid) as refused:
            run_rules.check_answer(kind, action, {}, [])
        assert refused.value.details["field"] == "action"
    assert (Action.APPROVE in fitting) == (kind is InputKind.APPROVAL)


def step(step_id: str, *depends_on: str) -> PlanStep:
    return PlanStep(id=step_id, kind="scripted", label=step_id, depends_on=depends_on)


graphs = st.integers(1, 12).flatmap(
    lambda size: st.tuples(*(st.sets(st.integers(0, max(0, n - 1))) if n else st.just(set()) for n in range(size)))
)


@given(graphs, st.randoms())
def test_steps_are_ordered_so_that_each_comes_after_what_it_depends_on(graph: Any, chance: Any) -> None:
    steps = [step(f"s{n}", *(f"s{other}" for other in before)) for n, before in enumerate(graph)]
    chance.shuffle(steps)
    ordered = Plan(goal="g", steps=tuple(steps)).in_order()
    assert sorted(one.id for one in ordered) == sorted(one.id for one in steps)
    done: set[str] = set()
    for one in ordered:
        assert done.issuperset(one.depends_on)
        done.add(one.id)


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ((), "1 to 200 steps"),
        (tuple(step(f"s{n}") for n in range(201)), "1 to 200 steps"),
        ((step("a"), step("a")), "same id"),
        ((step("a", "b"),), "depends on b"),
        ((step("a", "a"),), "wait for one another"),
        ((step("a", "c"), step("b", "a"), step("c", "b"), step("d")), "wait for one another"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused_and_says_where(steps: tuple[PlanStep, ...], words: str) -> None:
    with pytest.raises(PlanError, match=words):
        Plan(goal="g", steps=steps).in_order()


def test_a_plan_is_read_back_as_it_was_stored() -> None:
    plan = Plan(goal="g", constraints=("c",), success_criteria=("s",), steps=(step("a"), step("b", "a")), revision=2)
    assert Plan.from_json(plan.to_json()) == plan


@given(st.timedeltas(timedelta(0), timedelta(days=30)))
def test_content_goes_when_its_window_is_over_and_an_escalated_runs_after_its_review(window: timedelta) -> None:
    seconds = int(window.total_seconds())
    for status in TERMINAL:
        run = _Run(seconds)
        goes = run_rules.erases_at(run, status, AT)  # type: ignore[arg-type]  # only its retention is asked for
        assert goes is not None
        kept = goes - AT
        assert kept == timedelta(hours=72) if status is Status.ESCALATED else kept == timedelta(seconds=seconds)


class _Run:
    def __init__(self, window_s: int) -> None:
        self.retention = type("R", (), {"mode": "zero", "window_s": window_s})()
