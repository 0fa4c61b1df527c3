"""What each rule of the lint finds in a draft, and what it leaves alone."""

import re
from io import BytesIO

import docx
import pytest

from futurone_server.pipelines.content.assignment import read_assignment
from futurone_server.pipelines.content.finding import Finding, Rule
from futurone_server.pipelines.content.lint import lint
from futurone_server.pipelines.content.lint_report import compose
from futurone_server.pipelines.content.readability import measure, syllables
from futurone_server.pipelines.outcomes import EscalatedError
from futurone_server.pipelines.verification.content import Made, verify_content
from futurone_server.pipelines.verification.rubric import load_rubric
from futurone_server.tools.documents import parse, sniff
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
        ("We sell coffee,tea and cake.", Rule.SPACING),
        ("TODO: say what it costs.", Rule.PLACEHOLDER),
        ("It costs TBD a year.", Rule.PLACEHOLDER),
        ("# TODO\n\nWords.", Rule.PLACEHOLDER),
        ("Lorem ipsum dolor sit amet.", Rule.PLACEHOLDER),
        ("Write to [insert name here] now.", Rule.PLACEHOLDER),
        ("See [x](http://) here.", Rule.EMPTY_LINK),
        ("See [x](https://) here.", Rule.EMPTY_LINK),
        ("See [x]() here.", Rule.EMPTY_LINK),
        ("See [x](#) here.", Rule.EMPTY_LINK),
        ("See [](https://example.org) here.", Rule.EMPTY_LINK),
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
        "It holds 1,200 of them, and (a,b) or x,y too [1].",
        "Read https://example.org/a,b/coffee,tea or `coffee,tea` first.",
        "Put it on a to-do list. See [x](https://example.org).",
        "```\nTODO coffee,tea [x]()\n```",
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


GERMAN = """# Der neue Kessel

Der Kessel ist auf dem Tisch und er wurde von uns in diesem Jahr für alle Kunden gemacht. Wir haben die die Farbe
nicht gewählt, das war das Team. Er kostet 1.200 Euro mehr als der alte,aber das ist es uns wert.
"""


def test_rules_for_english_are_not_used_on_other_languages_and_the_report_says_so() -> None:
    made = lint(document(GERMAN), read_assignment("Review. No passive voice. In German.", has_files=True).constraints)
    assert made.language == "German"
    assert {finding.rule for finding in made.findings} == {Rule.SPACING}
    assert [(kept.word, kept.measured) for kept in made.kept] == [
        ("kept", "German"), ("not checked", "not checked: English only"),
    ]  # fmt: skip
    report = compose([made])[1]
    assert "| Flesch reading ease | not checked: English only |" in report
    assert "not checked: English only, and the draft is in German." in report
    assert "known misspellings (English): they were taken as right" not in report


def test_a_long_text_in_a_language_that_is_not_known_is_not_taken_for_english() -> None:
    text = "Zawsze lubimy nasze stare miasto nad rzeką. " * 5
    made = lint(document(text), ())
    assert (made.language, made.is_english) == ("", False)
    assert any("the draft's language is not known" in told for told in made.unchecked)


@pytest.mark.parametrize("text", ["", " \n\t\n", "```\ncode\n```\n"])
def test_a_draft_without_text_is_not_reported_on(text: str) -> None:
    with pytest.raises(EscalatedError):
        compose([lint(document(text), ())])


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("The API was designed by us.It works well.", "us. It"),
        ("That is all.We think so.", "all. We"),
        ("It is done!Now we rest.", "done! Now"),
        ("He asked us.I said no.", "us. I"),
        ("Das geht so.Über alles andere reden wir.", "so. Über"),
    ],
)
def test_a_sentence_that_begins_without_a_space_is_found(text: str, suggestion: str) -> None:
    (found,) = [one for one in _found(text) if one.rule is Rule.SPACING]
    assert found.suggestion == suggestion


@pytest.mark.parametrize(
    "text",
    [
        "See example.Com or www.example.org/us.It for more.", "Read https://a.example/us.It today.", "Ask Dr.Smith.",
        "It is e.g.The one.", "We use Node.js and asp.Net here.", "Call `us.It` now.", "It grew by 3.5 and 4.Then.",
        "Open read.Me.txt now.", "The U.S.A. is big.", "Send it to us.It@example.org.", "z.B.Die",
    ],
)  # fmt: skip
def test_addresses_numbers_and_abbreviations_need_no_space(text: str) -> None:
    assert Rule.SPACING not in _rules(text)


@pytest.mark.parametrize(
    ("text", "is_said"),
    [
        ("The house was built by our team.", True),
        ("The house was built in two years by our team.", True),
        ("The house was built.", False),
        ("The house was built by hand.", False),
        ("The house was built by 2020.", False),
        ("The house was built; we stand by our team.", False),
    ],
)
def test_a_passive_is_not_blamed_for_hiding_whom_it_names(text: str, is_said: bool) -> None:
    (found,) = [one for one in _found(text) if one.rule is Rule.PASSIVE]
    assert ("is not said" in found.message) is not is_said


def test_a_word_file_is_called_so_and_its_lines_are_those_of_its_text() -> None:
    held = BytesIO()
    word = docx.Document()
    word.add_paragraph("We recieved the parcel.")
    word.save(held)
    data = held.getvalue()
    case = parse("lease.docx", sniff("lease.docx", data), data)
    report = compose([lint(case, ())])[1]
    assert "Word file, " in report
    assert "Lines are counted in the text that was read out of the Word file" in report
    assert "and this is a Word file." in report
    assert "openxmlformats" not in report
    verdict = verify_content(
        Made.LINT, report, read_assignment("Proofread this.", has_files=True), {case.sha256: data}, {case.sha256: case},
        rubric=load_rubric("content"),
    )  # fmt: skip
    assert verdict.failed_gates == ()


def test_one_of_a_thing_is_told_in_the_singular() -> None:
    task = read_assignment("Proofread. At most 1 sentence. At least 1 words.", has_files=True)
    report = compose([lint(document("Stop.\n"), task.constraints)])[1]
    assert "| at most 1 sentence | kept | 1 sentence |" in report
    assert "| at least 1 word | kept | 1 word |" in report
    assert not re.search(r"\b1 (?:words|sentences|findings|drafts)\b", report)
