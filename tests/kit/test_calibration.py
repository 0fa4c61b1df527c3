"""Calibration is monotone, never certain, exact where the answer is known, and silent with few labels."""

import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from futurone_server.kit.calibration import (
    LABELS_WANTED,
    Curve,
    Label,
    auroc,
    brier,
    ece,
    fit,
    isotonic,
    reliability,
)

MANY = st.lists(
    st.tuples(st.integers(0, 40).map(lambda at: at / 40), st.booleans()), min_size=LABELS_WANTED, max_size=150
)
GRID = [at / 50 for at in range(51)]
HELD_OUT = 5_000


def curve_of(labels: list[Label]) -> Curve:
    found = fit(labels)
    assert found is not None
    return found


@settings(max_examples=40)
@given(MANY)
def test_the_curve_never_falls_and_is_never_certain(labels: list[Label]) -> None:
    assume(len({right for _, right in labels}) == 2)
    found = [curve_of(labels).apply(raw) for raw in GRID]
    assert found == sorted(found)
    assert all(0 < one < 1 for one in found)


@settings(max_examples=40)
@given(MANY)
def test_the_order_of_the_labels_does_not_matter(labels: list[Label]) -> None:
    assert fit(labels) == fit(labels[::-1])


def test_adjacent_violators_are_pooled() -> None:
    labels = [(0.1, False), (0.2, True), (0.3, False), (0.4, True), (0.5, True)]
    assert isotonic(labels) == ((0.1, 0.0), (0.2, 0.5), (0.3, 0.5), (0.4, 1.0), (0.5, 1.0))


def test_equal_confidences_share_one_point() -> None:
    assert isotonic([(0.7, True), (0.7, False), (0.7, True), (0.7, True)]) == ((0.7, 0.75),)


def test_an_overconfident_verifier_is_brought_down() -> None:
    curve = curve_of([(0.9, at % 2 == 0) for at in range(100)] + [(0.2, False)] * 98)
    assert curve.apply(0.9) == pytest.approx(0.5)
    assert curve.apply(0.2) == pytest.approx(1 / 100)
    assert curve.apply(0.55) == pytest.approx((0.5 + 1 / 100) / 2)


@pytest.mark.parametrize("power", [0.3, 2.0, 4.0])
@pytest.mark.parametrize("seed", range(3))
def test_what_a_known_wrong_verifier_says_is_right_once_it_is_fitted(power: float, seed: int) -> None:
    """Decisions drawn from a verifier whose confidence c is right in c^power of all cases; judged on other ones."""
    chance = random.Random(seed)

    def decided(count: int) -> list[Label]:
        drawn = (chance.random() for _ in range(count))
        return [(raw, chance.random() < raw**power) for raw in drawn]

    curve, held_out = curve_of(decided(1_000)), decided(HELD_OUT)
    fitted = [(curve.apply(raw), right) for raw, right in held_out]
    assert ece(held_out) > 0.1
    assert ece(fitted) < 0.05
    assert brier(fitted) < brier(held_out)


@pytest.mark.parametrize(("n", "is_fitted"), [(0, False), (LABELS_WANTED - 1, False), (LABELS_WANTED, True)])
def test_there_is_no_curve_until_there_are_enough_labels(n: int, is_fitted: bool) -> None:
    assert (fit([(0.5, at % 2 == 0) for at in range(n)]) is not None) is is_fitted


@pytest.mark.parametrize("right", [True, False])
def test_labels_of_one_kind_alone_teach_nothing(right: bool) -> None:
    assert fit([(at / 100, right) for at in range(100)]) is None


@pytest.mark.parametrize("raw", [-0.1, 1.1, float("nan")])
def test_a_confidence_outside_0_to_1_is_refused(raw: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        fit([(raw, True)])


def test_a_value_outside_the_curve_is_read_at_its_end() -> None:
    curve = Curve(points=((0.3, 0.2), (0.6, 0.7)), n=200)
    assert [curve.apply(raw) for raw in (-1, 0, 0.3, 0.6, 1, 2)] == [0.2, 0.2, 0.2, 0.7, 0.7, 0.7]


def test_a_curve_is_called_by_its_points() -> None:
    one, other = (Curve(points=((0.3, share),), n=60) for share in (0.5, 0.6))
    assert one.id == Curve(points=((0.3, 0.5),), n=61).id != other.id


def test_known_answers_of_the_measures() -> None:
    labels = [(0.8, True), (0.8, True), (0.8, False), (0.8, True), (0.2, False)]
    assert brier(labels) == pytest.approx((3 * 0.04 + 0.64 + 0.04) / 5)
    assert ece(labels) == pytest.approx((4 * 0.05 + 0.2) / 5)
    assert auroc(labels) == pytest.approx((3 + 1.5) / 6)
    assert [(one.low, one.n, one.share_right) for one in reliability(labels)] == [(0.2, 1, 0.0), (0.8, 4, 0.75)]


def test_perfect_and_reversed_ranking() -> None:
    assert auroc([(0.9, True), (0.1, False)]) == 1
    assert auroc([(0.1, True), (0.9, False)]) == 0
    assert auroc([(0.5, True), (0.5, False)]) == 0.5
    assert auroc([(0.5, True)]) is None


def test_the_measures_of_nothing_are_nothing() -> None:
    assert (brier([]), ece([]), auroc([]), reliability([])) == (0.0, 0.0, None, ())


def test_certainty_belongs_to_the_last_bin() -> None:
    assert [(one.low, one.high) for one in reliability([(1.0, True), (0.95, True)])] == [(0.9, 1.0)]
