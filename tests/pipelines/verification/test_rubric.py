"""A rubric is versioned data that is refused unless it holds together."""

import re

import pytest

from futurone_server.pipelines.verification import checks
from futurone_server.pipelines.verification.rubric import BadRubricError, read_rubric, research_rubric

TEXT = """
id = "x"
version = 3
title = "X"
threshold = 0.5
[[gate]]
name = "quotes_verbatim"
description = "Quotes."
[[dimension]]
name = "relevance"
weight = 1.0
description = "Fits?"
anchors = ["0", "1", "2", "3", "4"]
[confidence]
intercept = 0.0
coverage = 1.0
direct = 1.0
negation_factor = 0.5
source = "here"
"""


def test_the_research_rubric_is_complete_and_every_gate_has_its_check() -> None:
    rubric = research_rubric()
    assert (rubric.id, rubric.version) == ("research", 1)
    assert {gate.name for gate in rubric.gates} == set(checks.GATES)
    assert "benches/quality/questions.toml" in rubric.weights.source


def test_a_version_that_is_not_there_is_refused() -> None:
    with pytest.raises(BadRubricError, match="no version 99"):
        research_rubric(99)


def test_a_sound_rubric_is_read() -> None:
    assert read_rubric(TEXT).dimensions[0].anchors == ("0", "1", "2", "3", "4")


@pytest.mark.parametrize(
    ("pattern", "instead", "complaint"),
    [
        (r"weight = 1.0", "weight = 0.9", "do not sum to 1"),
        (r', "4"\]', "]", "relevance needs a description for each grade"),
        (r'"relevance"', '"quotes_verbatim"', "one name"),
        (r"threshold = 0.5", "threshold = 0.0", "threshold"),
        (r"threshold = 0.5", "threshold = 1.5", "threshold"),
        (r"source = \"here\"", "", "where the numbers"),
        (r"version = 3", "", "cannot be read"),
        (r"version = 3", "version = ", "cannot be read"),
        (r"description = \"Quotes.\"", "", "cannot be read"),
        (r"\[\[gate\]\](?s:.*?)\[\[dim", "gate = []\n[[dim", "needs gates and dimensions"),
    ],
)
def test_a_rubric_that_does_not_hold_together_is_refused(pattern: str, instead: str, complaint: str) -> None:
    broken = re.sub(pattern, instead, TEXT, count=1)
    assert broken != TEXT
    with pytest.raises(BadRubricError, match=complaint):
        read_rubric(broken)


def test_a_rubric_without_the_numbers_its_verifier_needs_is_refused_when_they_are_asked_for() -> None:
    with pytest.raises(BadRubricError, match="no weights for quotes"):
        _ = read_rubric(TEXT.replace("intercept = 0.0", "")).weights
