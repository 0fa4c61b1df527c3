"""The second look at a lint report: right ones pass, and every planted wrong is caught by its gate."""

from dataclasses import replace

import pytest

from futurone_server.pipelines.content.assignment import Assignment, read_assignment
from futurone_server.pipelines.content.lint import lint
from futurone_server.pipelines.content.lint_report import compose
from futurone_server.pipelines.verification.content import Made, verify_content
from futurone_server.pipelines.verification.rubric import load_rubric
from futurone_server.pipelines.verification.verdict import Verification
from pipelines.content.making import document
from pipelines.content.test_lint_rules import GERMAN

DRAFT = """# Launch of Kettle Two

We are very proud of the the new kettle. It was recieved well by 120 customers, and studies show that 83 % of them
would buy it again. Send an email or an e-mail to us. See [the prices](#price).

### Prices

The price is set by the team in order to make use of the colour of the kettle; the color was chosen by many of the
people whom we asked about it in a survey that took place in the spring of last year in the garden of our office.
"""
TASK = 'Proofread. At most 80 words. Avoid "synergy". Mention "Kettle Two". In English. No passive voice.'
_CASE = document(DRAFT)
_ASSIGNMENT = read_assignment(TASK, has_files=True)


def _report(assignment: Assignment = _ASSIGNMENT) -> str:
    return compose([lint(_CASE, assignment.constraints)])[1]


def _verify(markdown: str, data: bytes = DRAFT.encode()) -> Verification:
    return verify_content(
        Made.LINT, markdown, _ASSIGNMENT, {_CASE.sha256: data}, {_CASE.sha256: _CASE}, rubric=load_rubric("content")
    )


def _failed(markdown: str, data: bytes = DRAFT.encode()) -> set[str]:
    return {check.name for check in _verify(markdown, data).failed_gates}


def test_a_right_report_passes_every_gate() -> None:
    verdict = _verify(_report())
    assert verdict.failed_gates == ()
    assert verdict.passed
    assert not verdict.calibrated


@pytest.mark.parametrize(
    ("was", "planted", "gate"),
    [
        ("| draft.md:3 | spelling |", "| draft.md:4 | spelling |", "places_hold"),
        ("| draft.md:3 | spelling |", "| draft.md:99 | spelling |", "places_hold"),
        ("| draft.md:3 | spelling |", "| other.md:3 | spelling |", "places_hold"),
        ("| recieved |", "| recyeved |", "places_hold"),
        ("| recieved | Misspelt. | received |", "| recieved | Misspelt. | deceived |", "places_hold"),
        ("| recieved | Misspelt. | received |", "| kettle | Misspelt. | cattle |", "places_hold"),
        ("| repeated word | the the |", "| repeated word | the new |", "places_hold"),
        ("| passive | is set |", "| passive | We are |", "places_hold"),
        ("(\\#price)", "(\\#prices)", "places_hold"),
        ("| Words | ", "| Words | 1", "numbers_recomputed"),
        ("| Sentences | ", "| Sentences | 2", "numbers_recomputed"),
        ("| Syllables (estimated) | ", "| Syllables (estimated) | 1", "numbers_recomputed"),
        ("| Flesch reading ease | ", "| Flesch reading ease | 1", "numbers_recomputed"),
        ("(errors: 3", "(errors: 2", "numbers_recomputed"),
        ("| at most 80 words | not kept |", "| at most 80 words | kept |", "constraints_accounted"),
        ("| mention “Kettle Two” | kept |", "| mention “Kettle Two” | not kept |", "constraints_accounted"),
        ("| avoid “synergy” | kept | found 0 times |\n", "", "constraints_accounted"),
        ("| no passive | not kept |", "| no passive | kept |", "constraints_accounted"),
        ("| in English | kept |", "| in English | not kept |", "constraints_accounted"),
        ("Nothing in the drafts", "![x](http://evil.example/a.png) Nothing", "inert"),
        (_CASE.sha256, "0" * 64, "sources_unchanged"),
    ],
)
def test_a_planted_wrong_is_caught(was: str, planted: str, gate: str) -> None:
    report = _report()
    assert was in report
    assert gate in _failed(report.replace(was, planted, 1))


def test_a_draft_that_changed_meanwhile_is_caught() -> None:
    assert "sources_unchanged" in _failed(_report(), DRAFT.replace("Two", "Six").encode())


def test_a_plain_error_that_the_report_leaves_out_costs_confidence() -> None:
    lines = [line for line in _report().splitlines() if "| spelling |" not in line]
    told = "\n".join(lines).replace("(errors: 3", "(errors: 2").replace("Findings: 1", "Findings: 1")
    coverage = next(check for check in _verify(told).checks if check.name == "coverage")
    assert coverage.score < 1
    assert "1 of 2 plain errors" in coverage.reason


def test_a_lint_report_where_a_text_was_asked_for_is_not_what_was_asked_for() -> None:
    assignment = read_assignment("Write a launch post.", has_files=True)
    report = compose([lint(_CASE, assignment.constraints)])[1]
    verdict = verify_content(
        Made.LINT,
        report,
        assignment,
        {_CASE.sha256: DRAFT.encode()},
        {_CASE.sha256: _CASE},
        rubric=load_rubric("content"),
    )
    assert [check.name for check in verdict.failed_gates] == ["as_asked"]
    assert verdict.confidence == 0


_LEFT_OVERS = "# Tea\n\nTODO: we sell coffee,tea and cake. See [prices](http://) and [](a.md) and [add more].\n"


@pytest.mark.parametrize("text", [_LEFT_OVERS, GERMAN])
def test_what_is_found_in_any_draft_holds_on_the_second_look(text: str) -> None:
    verdict = _judged(text)
    assert verdict.failed_gates == ()


@pytest.mark.parametrize(
    ("was", "planted"),
    [("| TODO |", "| sell |"), ("| coffee,tea |", "| cake |"), ("| coffee, tea |", "| coffee tea |"),
     ("](http://) |", "](http://a.example) |")],
)  # fmt: skip
def test_a_left_over_that_is_none_is_caught(was: str, planted: str) -> None:
    assert "places_hold" in {check.name for check in _judged(_LEFT_OVERS, was, planted).failed_gates}


def test_a_draft_in_another_language_is_held_for_a_person() -> None:
    verdict = _judged(GERMAN)
    assert not verdict.passed
    assert "It is not in English" in verdict.sections[0].reason


def test_one_empty_draft_among_others_is_caught() -> None:
    verdict = _judged("All is well here.", also="")
    assert [check.name for check in verdict.failed_gates] == ["has_text"]


def _judged(text: str, was: str = "", planted: str = "", *, also: str | None = None) -> Verification:
    drafts = [document(text), *([document(also, "other.md")] if also is not None else [])]
    assignment = read_assignment("Proofread. No passive voice. At most 6 sentences.", has_files=True)
    report = compose([lint(one, assignment.constraints) for one in drafts])[1].replace("\\", "")
    assert was in report
    data = {one.sha256: one.text.encode() for one in drafts}
    documents = {one.sha256: one for one in drafts}
    planted_report = compose([lint(one, assignment.constraints) for one in drafts])[1]
    for char in "[]":
        was, planted = was.replace(char, f"\\{char}"), planted.replace(char, f"\\{char}")
    planted_report = planted_report.replace(was.replace("://", "\\://"), planted.replace("://", "\\://"), 1)
    return verify_content(Made.LINT, planted_report, assignment, data, documents, rubric=load_rubric("content"))


@pytest.mark.parametrize(
    "left",
    [
        "[TODO: add link]", "[TBD: price]", "[add: a link]", "[Insert, please]", "[todo]", "[fill in the date]",
        "[your name]", "TODO", "TO-DO", "???", "XXX", "TKTK", "lorem ipsum", "[placeholder – a picture]",
    ],
)  # fmt: skip
def test_a_note_left_in_the_draft_holds_however_it_is_punctuated(left: str) -> None:
    case = document(f"# Guide\n\nThe server starts in two seconds. {left} It works well.\n")
    task = read_assignment("Proofread this draft.", has_files=True)
    markdown = compose([lint(case, ())])[1]
    assert "| placeholder |" in markdown
    data = {case.sha256: case.text.encode()}
    verdict = verify_content(Made.LINT, markdown, task, data, {case.sha256: case}, rubric=load_rubric("content"))
    assert verdict.failed_gates == ()


def test_a_tone_that_the_task_asks_for_is_listed_as_not_checked_and_missed_where_it_is_not() -> None:
    case = document("# Guide\n\nThe server starts in two seconds.\n")
    task = read_assignment("Proofread this. Friendly tone.", has_files=True)
    data = {case.sha256: case.text.encode()}

    def failed(assignment: Assignment) -> list[str]:
        markdown = compose([lint(case, assignment.constraints)])[1]
        verdict = verify_content(
            Made.LINT, markdown, assignment, data, {case.sha256: case}, rubric=load_rubric("content")
        )
        return [check.name for check in verdict.failed_gates]

    assert "| tone: Friendly | not checked |" in compose([lint(case, task.constraints)])[1]
    assert failed(task) == []
    assert failed(replace(task, constraints=())) == ["constraints_accounted"]
