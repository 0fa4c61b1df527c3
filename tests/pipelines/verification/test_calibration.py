"""Calibration is monotone, bounded, exact where the answer is known, and modest with few labels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from futurone_server.pipelines.verification.calibration import (
    LABELS_WANTED,
    Calibration,
    Label,
    auroc,
    brier,
    ece,
    fit,
    isotonic,
    reliability,
)

LABELS = st.lists(st.tuples(st.integers(0, 40).map(lambda at: at / 40), st.booleans()), max_size=300)
MANY = st.lists(st.tuples(st.sampled_from([0.1, 0.3, 0.5, 0.9]), st.booleans()), min_size=LABELS_WANTED, max_size=130)
GRID = [at / 50 for at in range(51)]


def _fit(labels: list[Label], everywhere: Calibration | None = None) -> Calibration:
    return fit(labels, domain="research", verifier_version=1, everywhere=everywhere)


@given(LABELS)
def test_the_curve_never_falls_and_stays_between_0_and_1(labels: list[Label]) -> None:
    found = [_fit(labels).apply(raw) for raw in GRID]
    assert found == sorted(found)
    assert all(0 <= one <= 1 for one in found)


@given(LABELS)
def test_the_order_of_the_labels_does_not_matter(labels: list[Label]) -> None:
    assert _fit(labels) == _fit(labels[::-1])


@given(LABELS)
def test_fitting_the_fitted_changes_nothing(labels: list[Label]) -> None:
    own = Calibration(domain="research", verifier_version=1, points=isotonic(labels), n=len(labels))
    again = isotonic([(own.apply(raw), right) for raw, right in labels])
    for raw, _ in labels:
        twice = Calibration(domain="research", verifier_version=1, points=again, n=len(labels)).apply(own.apply(raw))
        assert twice == pytest.approx(own.apply(raw))


@given(MANY)
def test_with_enough_labels_the_fitted_is_never_worse_on_them(labels: list[Label]) -> None:
    curve = _fit(labels)
    fitted = [(curve.apply(raw), right) for raw, right in labels]
    assert brier(fitted) <= brier(labels) + 1e-9
    assert ece(fitted) == pytest.approx(0, abs=1e-9)


def test_adjacent_violators_are_pooled() -> None:
    labels = [(0.1, False), (0.2, True), (0.3, False), (0.4, True), (0.5, True)]
    assert isotonic(labels) == ((0.1, 0.0), (0.2, 0.5), (0.3, 0.5), (0.4, 1.0), (0.5, 1.0))


def test_equal_confidences_share_one_point() -> None:
    assert isotonic([(0.7, True), (0.7, False), (0.7, True), (0.7, True)]) == ((0.7, 0.75),)


def test_an_overconfident_domain_is_brought_down() -> None:
    labels = [(0.9, at % 2 == 0) for at in range(100)] + [(0.2, False)] * 100
    curve = _fit(labels)
    assert curve.apply(0.9) == pytest.approx(0.5)
    assert curve.apply(0.2) == 0
    assert curve.apply(0.55) == pytest.approx(0.25)


def test_without_labels_the_raw_value_stays_and_nothing_is_called_calibrated() -> None:
    curve = _fit([])
    assert [curve.apply(raw) for raw in GRID] == GRID
    assert not curve.is_calibrated


def test_few_labels_move_the_curve_by_their_share() -> None:
    curve = _fit([(0.9, False)] * 25)
    assert curve.apply(0.9) == pytest.approx(0.75 * 0.9)
    assert not curve.is_calibrated


def test_few_labels_are_drawn_to_the_curve_of_all_domains() -> None:
    everywhere = fit([(0.9, at % 2 == 0) for at in range(200)], domain="", verifier_version=1)
    assert _fit([], everywhere).apply(0.9) == pytest.approx(0.5)
    assert _fit([(0.9, True)] * 50, everywhere).apply(0.9) == pytest.approx(0.75)


@pytest.mark.parametrize(("n", "is_calibrated"), [(0, False), (99, False), (100, True)])
def test_a_domain_is_uncalibrated_until_it_has_a_hundred_labels(n: int, is_calibrated: bool) -> None:
    assert _fit([(0.5, True)] * n).is_calibrated is is_calibrated


@pytest.mark.parametrize("raw", [-0.1, 1.1, float("nan")])
def test_a_confidence_outside_0_to_1_is_refused(raw: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        _fit([(raw, True)])


def test_a_value_outside_the_curve_is_read_at_its_end() -> None:
    curve = Calibration(domain="research", verifier_version=1, points=((0.3, 0.2), (0.6, 0.7)), n=200)
    assert [curve.apply(raw) for raw in (-1, 0, 0.3, 0.6, 1, 2)] == [0.2, 0.2, 0.2, 0.7, 0.7, 0.7]


def test_a_calibration_survives_being_stored() -> None:
    curve = _fit([(0.2, False), (0.4, True), (0.8, True)])
    assert Calibration.from_json(curve.to_json()) == curve


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
