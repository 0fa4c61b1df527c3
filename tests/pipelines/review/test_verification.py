"""The verification of a review: an honest one passes, and every way of telling something untrue is caught."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from futurone_server.pipelines.review.accounting import account, not_checked
from futurone_server.pipelines.review.finding import Finding
from futurone_server.pipelines.review.merging import counts, merge
from futurone_server.pipelines.review.report import Reviewing, compose, shown
from futurone_server.pipelines.verification.coding import Delivered, review_outcome, verify_changes
from futurone_server.pipelines.verification.rubric import load_rubric
from futurone_server.pipelines.verification.verdict import Verification
from futurone_server.tools.analysers import FAMILIES, Analyser, Analysis, rule_book
from futurone_server.tools.changes import Changes, Given, read_changes
from pipelines.review.scene import PATCH, zipped

SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
CODE = f'TOKEN = "{SECRET}"\n\n\ndef f(x):\n    return eval(x)\n'


class Made:
    """A review that was made, and what it is checked against."""

    def __init__(self, given: Sequence[Given]) -> None:
        self.given = list(given)
        self.changes: Changes = read_changes(self.given)
        self.analyses: list[Analysis] = [Analyser(family, self.changes).run() for family in FAMILIES]
        findings = merge(self.changes, self.analyses, rule_book())
        files = account(self.changes, self.analyses)
        digests = [(one.name, hashlib.sha256(one.data).hexdigest()) for one in self.given]
        reviewing = self.reviewing = Reviewing(
            basis=self.changes.basis,
            findings=findings,
            files=files,
            not_checked=not_checked(self.changes, self.analyses),
            notes=[(note.name, note.text) for note in self.changes.notes],
            digests=digests,
            engine="deterministic",
            rules_version=rule_book().version,
        )
        self.listing: dict[str, Any] = {
            "counts": counts(findings),
            "shown": len(shown(findings)),
            "findings": [one.to_json() for one in findings],
            "files": [one.to_json() for one in files],
        }
        self.delivered = Delivered(
            markdown=compose(reviewing).markdown,
            listing=json.dumps(self.listing),
            digests=tuple(sha256 for _, sha256 in digests),
        )

    def verdict(self, delivered: Delivered | None = None, changes: Changes | None = None) -> Verification:
        """What the verifier says."""
        return verify_changes(
            delivered or self.delivered, self.given, changes or self.changes, self.analyses, load_rubric("coding")
        )


@pytest.fixture(scope="module")
def made() -> Made:
    return Made([Given(name="a.py", data=CODE.encode())])


def _failed(verdict: Verification) -> set[str]:
    assert verdict.confidence == 0.0
    assert not verdict.passed
    return {check.name for check in verdict.failed_gates}


def test_an_honest_review_passes_and_is_not_called_calibrated(made: Made) -> None:
    verdict = made.verdict()
    assert verdict.failed_gates == ()
    assert (verdict.passed, verdict.calibrated) == (True, False)
    assert 0.85 <= verdict.confidence < 1
    told = review_outcome(verdict, made.delivered, made.changes, made.analyses)
    assert told["summary"].startswith("2 critical")
    assert verdict.sections[1].question == "security"


def _told(**changes: Any) -> Callable[[dict[str, Any]], None]:
    def change(listing: dict[str, Any]) -> None:
        listing["findings"][0].update(changes)

    return change


def _drop_file(listing: dict[str, Any]) -> None:
    listing["files"] = []


def _drop_finding(listing: dict[str, Any]) -> None:
    listing["findings"].pop()


def _count(listing: dict[str, Any]) -> None:
    listing["counts"]["critical"] += 1


@pytest.mark.parametrize(
    ("gate", "change"),
    [
        ("locations_changed", _told(line=3_000)),
        ("locations_changed", _told(path="other.py")),
        ("locations_changed", _told(also=[77])),
        ("quotes_verbatim", _told(quote="return x")),
        ("quotes_verbatim", _told(line=2)),
        ("rules_known", _told(rules=["ruff:F999"])),
        ("rules_known", _told(rules=["text:TX103"])),
        ("secrets_masked", _told(detail=f"It is {SECRET}.")),
        ("files_accounted", _drop_file),
        ("deliverables_agree", _drop_finding),
        ("deliverables_agree", _told(title="Something else")),
        ("deliverables_agree", _told(severity="info")),
        ("counts_right", _count),
    ],
)
def test_a_list_that_tells_something_untrue_fails_its_gate(
    made: Made, gate: str, change: Callable[[dict[str, Any]], None]
) -> None:
    listing = json.loads(made.delivered.listing)
    change(listing)
    assert gate in _failed(made.verdict(replace(made.delivered, listing=json.dumps(listing))))


@pytest.mark.parametrize(
    ("gate", "old", "new"),
    [
        ("counts_right", "Findings: 2 critical", "Findings: 1 critical"),
        ("secrets_masked", "## Given", f"{SECRET}\n\n## Given"),
        ("report_inert", "## Given", "[look](http://evil.example)\n\n## Given"),
        ("report_inert", "## Given", "![look](http://evil.example/a.png)\n\n## Given"),
        ("deliverables_agree", "**critical** · a.py:5", "**warning** · a.py:5"),
        ("deliverables_agree", "return eval(x)", "return literal_eval(x)"),
        ("files_accounted", "- a.py:", "- b.py:"),
    ],
)
def test_a_report_that_tells_something_untrue_fails_its_gate(made: Made, gate: str, old: str, new: str) -> None:
    assert old in made.delivered.markdown
    wrong = replace(made.delivered, markdown=made.delivered.markdown.replace(old, new))
    assert gate in _failed(made.verdict(wrong))


def test_a_file_that_changed_meanwhile_fails_its_gate(made: Made) -> None:
    assert "sources_unchanged" in _failed(made.verdict(replace(made.delivered, digests=("0" * 64,))))
    unnamed = made.delivered.markdown.partition("## Given")[0]
    assert "sources_unchanged" in _failed(made.verdict(replace(made.delivered, markdown=unnamed)))


def test_a_finding_on_a_line_that_the_patch_does_not_add_is_caught_from_its_bytes() -> None:
    made = Made([Given(name="c.patch", data=PATCH.encode())])
    assert made.verdict().failed_gates == ()
    wider = replace(
        made.changes, files=tuple(replace(file, lines=frozenset(range(1, 9))) for file in made.changes.files)
    )
    listing = json.loads(made.delivered.listing)
    listing["findings"][0]["line"] = 6
    wrong = replace(made.delivered, listing=json.dumps(listing))
    assert "locations_changed" in _failed(made.verdict(wrong, wider))


def test_a_list_that_cannot_be_read_fails_and_breaks_nothing(made: Made) -> None:
    assert {"counts_right", "deliverables_agree"} <= _failed(made.verdict(replace(made.delivered, listing="{nonsense")))


def test_the_less_was_looked_at_the_less_sure_is_the_review() -> None:
    whole = Made([Given(name="a.py", data=b"def f(x):\n    return x\n")])
    mixed = Made([*whole.given, Given(name="a.js", data=b"let x = 1;\nlet y = 2;\n")])
    broken = Made([*whole.given, Given(name="b.py", data=b"print 'x'\nprint 'y'\n")])
    sure = [one.verdict().confidence for one in (whole, mixed, broken)]
    assert sure[0] > 0.9 > sure[1] > sure[2] > 0
    needs = review_outcome(mixed.verdict(), mixed.delivered, mixed.changes, mixed.analyses)["needs"]
    assert any("2 of 4 changed lines are JavaScript" in need for need in needs)


def test_an_analysis_that_did_not_come_to_an_end_makes_the_review_less_sure(made: Made) -> None:
    missing = Analysis(family="security", missing=("security: the analysis did not come to an end within its bounds",))
    analyses = [missing if one.family == "security" else one for one in made.analyses]
    verdict = verify_changes(made.delivered, made.given, made.changes, analyses, load_rubric("coding"))
    assert verdict.confidence < 0.85
    needs = review_outcome(verdict, made.delivered, made.changes, analyses)["needs"]
    assert any("security" in need for need in needs)


def test_a_number_of_files_that_is_not_theirs_fails_the_gate() -> None:
    given = [Given(name=f"{number}.bin", data=b"\0\1") for number in range(9)]
    made = Made([*given, Given(name="a.py", data=CODE.encode())])
    assert "- 9 files: binary (.bin 9)" in made.delivered.markdown
    assert made.verdict().failed_gates == ()
    for wrong in ("- 8 files: binary", "- 9 files: vendored"):
        report = made.delivered.markdown.replace("- 9 files: binary", wrong)
        assert "files_accounted" in _failed(made.verdict(replace(made.delivered, markdown=report)))


def _needs(made: Made) -> list[str]:
    return list(review_outcome(made.verdict(), made.delivered, made.changes, made.analyses)["needs"])


def _coverage(made: Made) -> str:
    return next(check.reason for check in made.verdict().checks if check.name == "coverage")


def test_files_that_were_not_read_are_told_as_files_and_their_lines_only_where_they_are_known() -> None:
    large = b"x = 1\n" * 300_000
    known = Made([Given(name="a.py", data=b"x = 1\ny = 2\n"), Given(name="b.py", data=large)])
    assert "300002 changed lines of code; 0 in languages without an analyser, 300000 not read." in _coverage(known)
    archive = zipped({"a.py": "x = 1\ny = 2\n", "b.py": large})
    unknown = Made([Given(name="p.zip", data=archive)])
    assert "2 changed lines of code; 0 in languages without an analyser, 0 not read." in _coverage(unknown)
    assert "Beside them 1 file of unknown length was not read." in _coverage(unknown)
    assert not _coverage(unknown).startswith("Nothing of it")
    assert any(need.startswith("1 file: too large to be read") for need in _needs(unknown))


def test_a_path_that_leads_out_of_the_project_gets_no_advice_on_encodings() -> None:
    made = Made([Given(name="c.patch", data=PATCH.replace("shop/prices.py", "../../etc/prices.py").encode())])
    assert "UTF-8" not in " ".join(_needs(made))
    assert any("leads out of the project" in need for need in _needs(made))
    assert "2 changed lines of code" in _coverage(made)


def test_a_family_that_only_sees_whole_files_was_not_stopped_where_there_are_only_hunks() -> None:
    script = "--- a/a.js\n+++ b/a.js\n@@ -0,0 +1,40 @@\n" + "+let x = 1;\n" * 40
    made = Made([Given(name="c.patch", data=f"{PATCH}{script}".encode())])
    assert _needs(made)
    assert not any("did not come to an end" in need for need in _needs(made))


def test_a_report_says_what_ran_over_a_patch_and_a_line_without_anything_on_it_is_not_quoted() -> None:
    patch = "--- a/a.js\n+++ b/a.js\n@@ -0,0 +1,1 @@\n+let x = 1;\n"
    report = Made([Given(name="c.patch", data=patch.encode())]).delivered.markdown
    assert "secrets: 1 of 1" in report
    assert "1 changed line was not analysed" in report
    code = "import os\n\nos.system(input())\n"
    made = Made([Given(name="a.py", data=code.encode())])
    assert "**critical** · a.py:3" in made.delivered.markdown
    assert "bandit:B605." in made.delivered.markdown
    assert "- a.py: 1 lines" not in made.delivered.markdown
    blank = {**made.listing["findings"][0], "title": "Something on an empty line", "line": 2, "quote": ""}
    finding = Finding.from_json(blank)
    bare = compose(replace(made.reviewing, findings=[finding])).markdown
    assert "```" not in bare
