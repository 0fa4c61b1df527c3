"""What a run may spend is set aside before a call, so that no two calls together go beyond it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from futurone_server.features.runs import Budget, Spent
from futurone_server.models.port import Call, Estimate, Price, Routing, Usage
from futurone_server.pipelines.outcomes import LimitExceededError, StepFailedError
from futurone_server.pipelines.spending import Spending

PRICE = Price(input_usd=Decimal(1_000_000), output_usd=Decimal(1_000_000), source="test")


def estimate(tokens: int, cost: str | None = "0") -> Estimate:
    return Estimate(model="m", tokens=tokens, cost_usd=None if cost is None else Decimal(cost))


def call(given: int, made: int, *, price: Price | None = PRICE) -> Call:
    usage = Usage(input_tokens=given, output_tokens=made)
    return Call(model="m", routing=Routing.FAST, outcome="ok", usage=usage, price=price, latency_ms=1)


def test_calls_side_by_side_never_set_aside_more_than_there_is() -> None:
    spending = Spending(Spent(), Budget(max_tokens=100))
    spending.reserve(estimate(60))
    with pytest.raises(LimitExceededError, match="40 are left"):
        spending.reserve(estimate(41))
    spending.reserve(estimate(40))


def test_what_was_set_aside_and_not_used_comes_back() -> None:
    spending = Spending(Spent(), Budget(max_tokens=100))
    ticket = spending.reserve(estimate(100))
    assert spending.settle(ticket, call(10, 5)).tokens == 15
    spending.reserve(estimate(85))
    with pytest.raises(LimitExceededError):
        spending.reserve(estimate(1))


def test_money_is_kept_to_the_last_fraction_of_a_cent() -> None:
    spending = Spending(Spent(cost_usd=Decimal("0.99")), Budget(max_cost_usd=1.0))
    with pytest.raises(LimitExceededError, match=r"\$0\.0100 are left"):
        spending.reserve(estimate(1, "0.0101"))
    spending.reserve(estimate(1, "0.01"))


def test_a_budget_in_money_and_a_model_of_unknown_price_do_not_go_together() -> None:
    with pytest.raises(StepFailedError, match="price of m is not known") as raised:
        Spending(Spent(), Budget(max_cost_usd=1.0)).reserve(estimate(1, None))
    assert raised.value.reason == "PRICE_UNKNOWN"
    Spending(Spent(), Budget(max_tokens=10)).reserve(estimate(1, None))


def test_an_unknown_price_is_remembered_and_never_counts_as_nothing() -> None:
    spending = Spending(Spent(), Budget())
    spent = spending.settle(spending.reserve(estimate(1, None)), call(1, 1, price=None))
    assert not spent.is_priced
    again = spending.settle(spending.reserve(estimate(1)), call(1, 1))
    assert not again.is_priced


def test_a_call_that_used_nothing_leaves_the_price_known() -> None:
    spending = Spending(Spent(), Budget())
    assert spending.settle(spending.reserve(estimate(1, None)), call(0, 0, price=None)).is_priced


def test_without_a_budget_nothing_is_refused() -> None:
    Spending(Spent(), Budget()).reserve(estimate(10**9, None))


def test_what_was_sent_is_counted_from_the_moment_it_is_sent() -> None:
    spending = Spending(Spent(), Budget())
    begun = estimate(100)
    ticket = spending.reserve(replace(begun, call=call(30, 70)))
    assert (spending.spent.tokens, spending.so_far.tokens, spending.so_far.cost_usd) == (0, 30, Decimal(30))
    spending.settle(ticket, call(25, 5))
    assert spending.so_far == spending.spent
    assert spending.spent.tokens == 30


def test_a_call_that_was_lost_counts_in_full_and_once() -> None:
    died = Spending(Spent(), Budget())
    died.reserve(replace(estimate(100), call=call(30, 70)))
    successor = Spending(died.so_far, Budget(max_tokens=150))
    successor.settle_lost(call(30, 70))
    assert (successor.spent.input_tokens, successor.spent.output_tokens) == (30, 70)
    with pytest.raises(LimitExceededError, match="50 are left"):
        successor.reserve(estimate(51))
