"""A model that failed is left alone for a while, and found again when it is back."""

import pytest

from futurone_server.models.breaker import FIRST_S, LONGEST_S, Breaker


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_models_in_service_come_first_and_in_their_order(clock: Clock) -> None:
    breaker = Breaker(clock)
    assert breaker.order(["a", "b", "c"]) == ["a", "b", "c"]
    breaker.fail("a", "SERVER_ERROR")
    assert breaker.order(["a", "b", "c"]) == ["b", "c", "a"]
    assert breaker.reason("a") == "SERVER_ERROR"


def test_when_all_are_out_the_one_that_comes_back_first_is_tried_first(clock: Clock) -> None:
    breaker = Breaker(clock)
    breaker.fail("a", "RATE_LIMITED", 60)
    breaker.fail("b", "SERVER_ERROR")
    assert breaker.order(["a", "b"]) == ["b", "a"]


def test_after_its_time_one_request_finds_out_and_the_others_do_not_wait_for_it(clock: Clock) -> None:
    breaker = Breaker(clock)
    breaker.fail("a", "SERVER_ERROR")
    clock.now += FIRST_S
    assert breaker.order(["a", "b"]) == ["a", "b"]
    breaker.begin("a")
    assert breaker.order(["a", "b"]) == ["b", "a"]
    breaker.drop("a")
    assert breaker.order(["a", "b"]) == ["a", "b"], "a request that was given up found nothing out"
    breaker.succeed("a")
    assert breaker.order(["a", "b"]) == ["a", "b"]


def test_each_further_failure_doubles_the_time_up_to_a_bound(clock: Clock) -> None:
    breaker = Breaker(clock)
    for _ in range(20):
        breaker.fail("a", "SERVER_ERROR")
    clock.now += LONGEST_S - 1
    assert breaker.order(["a", "b"]) == ["b", "a"]
    clock.now += 1
    assert breaker.order(["a", "b"]) == ["a", "b"]


def test_the_providers_word_on_when_to_come_back_is_kept_within_bounds(clock: Clock) -> None:
    breaker = Breaker(clock)
    breaker.fail("a", "RATE_LIMITED", 10_000)
    clock.now += LONGEST_S
    assert breaker.order(["a", "b"]) == ["a", "b"]
