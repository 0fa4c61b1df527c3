"""Titles are short, end between words, and make good names of files."""

import pytest

from futurone_server.pipelines.content.titles import TITLE_CHARS_MAX, title_of


@pytest.mark.parametrize(
    ("goal", "title"),
    [
        ("Prüfe diesen Entwurf. Höchstens 40 Wörter.", "Decision: Prüfe diesen Entwurf"),
        ("Which is best? Lower price is better. Lower rent is better.", "Decision: Which is best?"),
        ("Compare. Lower price is better.", "Decision: Compare. Lower price is better"),
        ("Compare.", "Decision: Compare"),
        ("Compare, -", "Decision: Compare"),
        ("", "Decision"),
    ],
)
def test_a_title_is_the_kind_and_the_first_sentence_of_the_goal(goal: str, title: str) -> None:
    assert title_of("Decision", goal) == title


def test_a_long_goal_is_cut_after_a_word() -> None:
    title = title_of("Decision", f"Which {'of these many vendors, ' * 20}is best?")
    assert len(title) <= TITLE_CHARS_MAX
    assert title.endswith(("these…", "vendors…", "many…", "of…"))
