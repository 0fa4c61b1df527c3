"""What each rule of the lint finds in a draft, and what it leaves alone."""

import pytest

from futurone_server.pipelines.content.finding import Finding, Rule
from futurone_server.pipelines.content.lint import lint
from futurone_server.pipelines.content.readability import measure, syllables
from pipelines.content.making import document, manuscript


def _found(text: str) -> list[Finding]:
    return list(lint(document(text), ()).findings)


def _rules(text: str) -> set[Rule]:
    return {finding.rule for finding in _found(text)}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("We recieved the parcel.", Rule.SPELLING),
        ("We saw the the parcel.", Rule.REPEATED_WORD),
        ("We saw the\nthe parcel.", Rule.REPEATED_WORD),
        ("See [prices](#prices).", Rule.DEAD_ANCHOR),
        ("See [prices](price-list.md).", Rule.LINK_UNCHECKED),
        ("# A\n\n### C\n\nWords.", Rule.HEADING_LEVEL),
        ("# A\n\nWords.\n\n# B\n\nWords.", Rule.HEADING_LEVEL),
        ("# A\n\n## B\n\nWords.\n\n## B\n\nWords.", Rule.HEADING_TWICE),
        ("Send an email. Then send an e-mail.", Rule.TERM),
        ("The colour is red. The color stays.", Rule.TERM),
        ("Our web site is new. The website works.", Rule.TERM),
        ("It grew by 40 % in a year.", Rule.NUMBER_UNSOURCED),
        ("It costs $1,200 now.", Rule.NUMBER_UNSOURCED),
        ("Studies show that tea helps.", Rule.CLAIM_UNCITED),
        ("It is the world's largest kettle.", Rule.CLAIM_UNCITED),
        ("The parcel was sent by them.", Rule.PASSIVE),
        ("The rule has been broken.", Rule.PASSIVE),
        ("Perhaps this works.", Rule.HEDGE),
        ("We did it in order to win.", Rule.FILLER),
        (f"{'We walk and ' * 12}rest.", Rule.SENTENCE_LONG),
    ],
)
def test_a_planted_fault_is_found(text: str, rule: Rule) -> None:
    assert rule in _rules(text)


@pytest.mark.parametrize(
    "text",
    [
        "We received the parcel.",
        "I know that that helps, and she had had enough.",
        "# Prices\n\nSee [prices](#prices).",
        "# A\n\n## B\n\n### C\n\nWords.",
        "It grew by 40 % in a year [1].",
        "It grew by 40 % (Smith 2021).",
        "It grew by 40 %. It grew again by 3 %. [2]",
        "According to the annual report, it grew by 40 %.",
        "Call `recieve()` and `the the` in code.",
        "```\nrecieve the the\n```",
        "The team needed speed, and it is indeed red.",
        "We met on 3 May 2024 at 10:30.",
    ],
)
def test_what_is_right_is_left_alone(text: str) -> None:
    assert _rules(text) == set()


def test_a_finding_names_its_line_and_quotes_what_stands_there() -> None:
    (finding,) = _found("# Title\n\nFine words.\n\nMore words\nthat we recieved.\n")
    assert (finding.line, finding.excerpt, finding.suggestion) == (6, "recieved", "received")


def test_lines_are_counted_alike_for_every_line_end() -> None:
    for end in ("\n", "\r\n", "\r"):
        (finding,) = _found(f"One line.{end}{end}We recieved it.{end}")
        assert finding.line == 3


def test_a_capital_inside_a_sentence_is_a_name_and_no_misspelling() -> None:
    assert Rule.SPELLING not in _rules("We visited Teh in May.")


def test_reading_ease_is_what_flesch_made_of_it() -> None:
    measures = measure(manuscript("The cat sat on the mat. The dog ran to the door.\n"))
    assert (measures.words, measures.sentences, measures.syllables) == (12, 2, 12)
    assert measures.ease == pytest.approx(206.835 - 1.015 * 6 - 84.6)


@pytest.mark.parametrize(
    ("word", "count"),
    [("cat", 1), ("table", 2), ("made", 1), ("walked", 1), ("wanted", 2), ("kettle", 2), ("area", 2), ("rhythm", 1)],
)
def test_syllables_are_counted_about_right(word: str, count: int) -> None:
    assert syllables(word) == count


def test_an_empty_draft_has_no_findings_and_no_measures() -> None:
    made = lint(document("\n\n"), ())
    assert made.findings == ()
    assert made.measures.ease is None


def test_more_findings_than_are_listed_are_counted() -> None:
    made = lint(document("\n\n".join("We recieved it." for _ in range(350))), ())
    assert (len(made.findings), made.left_out) == (300, 50)
