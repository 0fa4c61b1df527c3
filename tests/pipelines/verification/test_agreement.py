"""Statements that contradict one another are found; lists of different things are left alone."""

import pytest

from futurone_server.pipelines.verification.agreement import Statement, disagreements

CONTRADICTING = [
    ("The thermal power is 20 megawatts.", "The thermal power is 99 megawatts."),
    (
        "The thermal power of the reactor is 20 megawatts.",
        "According to the brochure, the thermal power is 99 megawatts.",
    ),
    ("The thermal power is 20 megawatts.", "However, another source says the thermal power is 99 megawatts."),
    ("The tower is 42 metres high.", "The tower is 47 metres high."),
    ("The notice period is two weeks.", "The notice period is one month."),
    ("The lighthouse was built in 1874.", "The lighthouse was built in 1847."),
    ("The server listens on port 8440.", "The server listens on port 9000."),
    ("The deposit is 500 euros.", "The deposit amounts to €700."),
    ("The valve is open at night.", "The valve is closed at night."),
    ("Prices of tea rose.", "Prices of tea fell."),
    ("Dogs are allowed on the pier.", "Dogs are not allowed on the pier."),
]
AGREEING = [
    ("The tower is 42 metres high.", "The tower is 4200 cm high."),
    ("The notice period is two weeks.", "The notice period is 14 days."),
    ("The span is 42.3 metres.", "The span is 42.5 metres."),
    ("Pump A weighs 20 kilograms.", "Pump B weighs 30 kilograms."),
    ("The north pump weighs 20 kilograms.", "The south pump weighs 30 kilograms."),
    ("The pump weighs 20 kilograms.", "The motor weighs 30 kilograms."),
    ("Revenue was 5 million euros in 2020.", "Revenue was 6 million euros in 2021."),
    ("In 2020 there were 5 ships.", "In 2021 there were 5 ships."),
    ("The minimum load is 20 tonnes.", "The maximum load is 90 tonnes."),
    ("The load is at least 20 tonnes.", "The load is at most 90 tonnes."),
    ("Adults pay 9 euros.", "Children pay 4 euros."),
    ("The first stage lasts 3 days.", "The second stage lasts 5 days."),
    ("The harbour has a depth of 11 metres.", "The lighthouse tower is 42 metres high."),
    ("The rent is 900 euros.", "The rent including heating is 1100 euros."),
    ("Import duty is 5 percent.", "Export duty is 5 percent."),
    ("The upper tank is green.", "The lower tank is green."),
    ("The shop opens in May.", "The shop opens in May on Sundays."),
    ("Before 2020 the fee was 5 euros.", "Since 2020 the fee is 7 euros."),
    ("The fee was previously 5 euros.", "The fee is now 7 euros."),
]


def _found(one: str, other: str, *, same: bool = False) -> bool:
    second = "a" if same else "b"
    statements = [Statement(text=one, sources=frozenset("a")), Statement(text=other, sources=frozenset(second))]
    return bool(disagreements(statements))


@pytest.mark.parametrize(("one", "other"), CONTRADICTING)
def test_statements_of_two_sources_that_cannot_both_be_right_are_found(one: str, other: str) -> None:
    assert _found(one, other)
    assert _found(other, one)


@pytest.mark.parametrize(("one", "other"), AGREEING)
@pytest.mark.parametrize("same", [True, False])
def test_statements_that_may_both_be_right_are_left_alone(one: str, other: str, *, same: bool) -> None:
    assert not _found(one, other, same=same)
    assert not _found(other, one, same=same)


def test_steps_and_articles_of_one_document_are_a_list() -> None:
    assert not _found("Step 1 takes the cover off.", "Step 2 takes the cover off.", same=True)


def test_both_values_are_named() -> None:
    one, other = CONTRADICTING[0]
    (found,) = disagreements(
        [Statement(text=one, sources=frozenset("a")), Statement(text=other, sources=frozenset("b"))]
    )
    assert found.of(1) == ("The sources disagree: this sentence says “20 megawatts”, sentence 2 says “99 megawatts”.")
    assert found.of(2) == ("The sources disagree: this sentence says “99 megawatts”, sentence 1 says “20 megawatts”.")
