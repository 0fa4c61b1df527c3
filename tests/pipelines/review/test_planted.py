"""Planted defects: most are found, by a patch alone and beside its project; good code is left in peace."""

from benches.review.good import library
from benches.review.planted import defects, try_all


def test_fifteen_of_twenty_planted_defects_are_found_beside_their_project() -> None:
    outcomes = try_all(defects("dev"), with_project=True)
    missed = [one.defect.name for one in outcomes if not one.is_caught]
    assert len(missed) <= len(outcomes) // 4, missed


def test_most_that_a_hunk_can_show_is_found_in_the_patch_alone() -> None:
    outcomes = try_all(defects("dev"), with_project=False)
    assert sum(one.is_caught for one in outcomes) >= 0.7 * len(outcomes)


def test_defects_that_no_rule_was_written_for_are_found_more_often_than_not() -> None:
    outcomes = try_all(defects("held"), with_project=True)
    assert sum(one.is_caught for one in outcomes) >= 0.6 * len(outcomes)


def test_good_code_gets_at_most_two_findings_in_a_thousand_lines() -> None:
    reading = library(
        ("argparse", "contextlib", "dataclasses", "json/decoder", "queue", "shlex", "textwrap", "weakref")
    )
    assert reading.absent == ()
    assert reading.per_thousand("critical", "warning") <= 2.0
