"""Each gate lets an honest report through and stops one with exactly the fault it is there for."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pytest

from futurone_server.pipelines.research.brief import Brief
from futurone_server.pipelines.research.deliverable import Citation
from futurone_server.pipelines.verification.checks import GATES, open_case
from futurone_server.pipelines.verification.reading import read_report
from futurone_server.pipelines.verification.research import verify_research
from futurone_server.pipelines.verification.rubric import research_rubric
from futurone_server.pipelines.verification.verdict import Verification
from pipelines.research.library import originals, read
from pipelines.research.making import research

TASK = "What is the default port? How do I restore a folder? What is the capital of Australia?"


@dataclass(frozen=True, kw_only=True)
class Handed:
    """What is handed to the verifier."""

    markdown: str
    citations: tuple[Citation, ...]
    sources: Mapping[str, bytes]
    brief: Brief

    def verify(self) -> Verification:
        """The verdict on it, with a threshold that anything above nothing reaches."""
        rubric = research_rubric()
        return verify_research(self.markdown, self.citations, self.sources, self.brief, rubric, threshold=0.0001)


def _honest() -> Handed:
    asked, report = research(TASK)
    return Handed(markdown=report.markdown, citations=report.citations, sources=originals(), brief=asked)


def _edited(pattern: str, instead: str, *, count: int = 1) -> Callable[[Handed], Handed]:
    def edit(handed: Handed) -> Handed:
        markdown = re.sub(pattern, instead, handed.markdown, count=count, flags=re.MULTILINE)
        assert markdown != handed.markdown
        return replace(handed, markdown=markdown)

    return edit


def _forged_everywhere(handed: Handed) -> Handed:
    """The maker lies in the report and in the citations that come with it."""
    first = handed.citations[0]
    quote = replace(first.quote, text=first.quote.text.replace("8440", "9999"))
    markdown = handed.markdown.replace("8440", "9999")
    return replace(handed, markdown=markdown, citations=(replace(first, quote=quote), *handed.citations[1:]))


def _changed_source(handed: Handed) -> Handed:
    digest = handed.citations[0].quote.sha256
    return replace(handed, sources={**handed.sources, digest: handed.sources[digest].replace(b"8440", b"9999")})


def _other_digest(handed: Handed) -> Handed:
    digest = handed.citations[0].quote.sha256
    data = handed.sources[digest] + b"\n"
    rest = {known: one for known, one in handed.sources.items() if known != digest}
    return replace(handed, sources={**rest, hashlib.sha256(data).hexdigest(): data})


def _moved_citation(handed: Handed) -> Handed:
    first = handed.citations[0]
    moved = replace(first, quote=replace(first.quote, start=first.quote.start + 1))
    return replace(handed, citations=(moved, *handed.citations[1:]))


FAULTS: dict[str, list[Callable[[Handed], Handed]]] = {
    "sources_unchanged": [_changed_source, _other_digest],
    "citations_resolve": [
        _edited(r"^> \[1\]", "> [7]"),
        _edited(r"characters \d+–", "characters 9999999–"),
        _edited(r"characters \d+–(\d+)", r"characters \1–\1"),
        _edited(r"SHA-256 `[0-9a-f]{16}`$", "SHA-256 `00000000000000ff`"),
        _edited(r"SHA-256 `[0-9a-f]{16}`$", "SHA-256 ``"),
        _edited(r"^1\. \*\*settings", "1. **handbook"),
        _edited(r", characters \d+–\d+, ", ", somewhere, "),
        _edited(r"^(2\. \*\*handbook.*)$", r"\1\n3. **handbook.md**, characters 1–2, SHA-256 `0123456789`"),
        _moved_citation,
        lambda handed: replace(handed, citations=handed.citations[:-1]),
    ],
    "quotes_verbatim": [
        _edited("8440", "9999"),
        _edited("stop the service first", "never stop the service"),
        _edited("“The default is", "“So the default is"),
        _edited(r"characters (\d+)–", r"characters 1–"),
        _forged_everywhere,
    ],
    "claims_cited": [
        _edited(r"^> \[1\].*$", "> see *settings.txt*"),
        _edited(r"^>\n> \[1\].*$", ">"),
        _edited(r"^(## 2\..*)$", r"\1\n\nIn short, it is the best port of all."),
        _edited(r"^(## 2\..*)$", r"\1\n\n- The port is best."),
        _edited(r"^(## 2\..*)$", r"\1\n\n> The port is 8440, surely.\n>\n> [1] *settings.txt*"),
        _edited(r"^(## 2\..*)$", r"\1\n\n### The best port\n\n8440"),
        _edited(r"^(## 2\..*)$", r"\1\n\n    8440 is best"),
        _edited(r"^Questions answered", "The port is surely 8440.\n\nQuestions answered"),
        _edited(r"^Questions answered", "```\nThe port is 8440.\n```\n\nQuestions answered"),
        _edited(r"^(## Sources)$", r"- The port is surely 8440.\n\n\1"),
        _edited(r"^(## Documents)$", r"In short, the port is 8440.\n\n\1"),
        _edited(r"\Z", "\nIn short, the port is 8440.\n"),
        _edited(r"\Z", "\n## Conclusion\n\nIn short, the port is 8440.\n"),
        _edited(r"The sources never mention “Australia”\.$", "The port is 8440."),
    ],
    "numbers_in_source": [_edited("8440", "8,441"), _edited("Ports below", "Twelve ports below"), _forged_everywhere],
    "questions_accounted": [
        _edited(r"^## 3\. .*\n\n.*\n", ""),
        _edited(r"^\*The sources do not hold the answer\.\*.*$", ""),
        _edited(r"^## 1\. What is the default port\?", "## 1. What is the best port?"),
        _edited(r"^## 2\.", "## 4."),
        _edited(r"^(## 2\..*)$", r"\1\n\n*The sources do not hold the answer.*"),
        _edited("^Questions answered: 2 of 3", "Questions answered: 3 of 3"),
        _edited(r"^(Questions answered: .* Quotes:) \d+", r"\1 50"),
        _edited("^Questions answered.*", ""),
        _edited(r"^- Question 3: .*$", "Every question was answered with quotes."),
        _edited(r"^- Question 3: .*$", "- Question 3: The port is surely 8440."),
        _edited(r"^- Question 3: ", "- Question 1: "),
        lambda handed: replace(handed, brief=replace(handed.brief, questions=())),
        lambda handed: replace(handed, brief=replace(handed.brief, questions_left_out=3)),
    ],
    "report_inert": [
        _edited("^Questions answered", "[Questions](http://evil.example) answered"),
        _edited("^Questions answered", "![x](http://evil.example/beacon.png) Questions answered"),
        _edited("^Questions answered", "<b>Questions</b> answered"),
        _edited("^Questions answered", "<http://evil.example> answered"),
        _edited("^Questions answered", "<script>alert(1)</script>\n\nQuestions answered"),
    ],
}
CASES = [(name, number) for name, faults in FAULTS.items() for number in range(len(faults))]


def test_an_honest_report_passes_every_gate() -> None:
    verdict = _honest().verify()
    assert verdict.failed_gates == ()
    assert verdict.passed


@pytest.mark.parametrize(("gate", "number"), CASES)
def test_a_fault_is_stopped_by_its_gate(gate: str, number: int) -> None:
    verdict = FAULTS[gate][number](_honest()).verify()
    failed = {check.name: check.reason for check in verdict.failed_gates}
    assert gate in failed
    assert failed[gate]
    assert verdict.confidence == 0.0
    assert not verdict.passed


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        ("What is the capital of Australia and Austria?", "The sources never mention “Australia”, “Austria”."),
        ("How do I bake bread?", "No passage covers enough of what is asked."),
        ("Explain it exactly.", "The question holds no words that could be looked up."),
    ],
)
def test_every_way_to_abstain_is_an_honest_report(task: str, reason: str) -> None:
    asked, report = research(task)
    assert reason in report.markdown
    verdict = Handed(markdown=report.markdown, citations=(), sources=originals(), brief=asked).verify()
    assert verdict.failed_gates == ()


def test_a_report_without_sources_is_honest_too() -> None:
    asked, report = research("What is the default port?", [])
    assert "There is nothing to read." in report.markdown
    assert "do not hold the answer" not in report.markdown
    assert Handed(markdown=report.markdown, citations=(), sources={}, brief=asked).verify().failed_gates == ()


def _listed_and_never_cited(handed: Handed) -> Handed:
    """A place more in the report's list and in the citations, which no claim cites."""
    last = handed.citations[-1]
    number = last.number + 1
    line = next(line for line in handed.markdown.splitlines() if line.startswith(f"{last.number}. **"))
    more = line.replace(f"{last.number}.", f"{number}.", 1)
    return replace(
        handed,
        markdown=handed.markdown.replace(line, f"{line}\n{more}"),
        citations=(*handed.citations, replace(last, number=number)),
    )


def _outside(handed: Handed) -> Handed:
    """A place beyond the end of its document, in the report and in the citations alike."""
    first = handed.citations[0]
    moved = replace(first, quote=replace(first.quote, start=900_000, end=900_010))
    edited = _edited(r"characters \d+–\d+", "characters 900000–900010")(handed)
    return replace(edited, citations=(moved, *handed.citations[1:]))


@pytest.mark.parametrize(
    ("gate", "fault", "complaint"),
    [
        ("citations_resolve", _listed_and_never_cited, "is listed and never cited"),
        ("citations_resolve", _outside, "leads outside settings.txt"),
        ("citations_resolve", _edited(r"^> \[1\]", "> [7]"), "Citation [7] leads nowhere"),
        ("citations_resolve", _edited(r"^1\. \*\*settings", "1. **handbook"), "has another name"),
        ("citations_resolve", _edited(r"^1\. \*\*", "4. **"), "is not numbered from 1 on"),
        ("citations_resolve", _moved_citation, "is not the citation that came with it"),
        ("quotes_verbatim", _edited(r"^> \[1\]", "> [7]"), "cannot be looked up"),
        ("questions_accounted", _edited(r"^## 2\.", "## 4."), "Section 2 is not about question 2"),
        ("claims_cited", _edited(r"\Z", "\n\nThe port is 8440.\n"), "“The port is 8440.” is neither"),
    ],
)
def test_a_fault_is_named(gate: str, fault: Callable[[Handed], Handed], complaint: str) -> None:
    handed = fault(_honest())
    case = open_case(read_report(handed.markdown), handed.brief, handed.citations, handed.sources)
    assert any(complaint in wrong for wrong in GATES[gate](case))


def test_every_gate_of_the_rubric_has_a_fault_that_it_stops() -> None:
    assert set(FAULTS) == {gate.name for gate in research_rubric().gates}


def test_no_threshold_is_so_low_that_a_failed_gate_passes() -> None:
    handed = _edited("8440", "9999")(_honest())
    arguments = (handed.markdown, handed.citations, handed.sources, handed.brief, research_rubric())
    assert not verify_research(*arguments, threshold=0.0).passed


def test_the_verdict_does_not_lean_on_the_objects_of_the_maker() -> None:
    handed = _honest()
    first = handed.citations[0]
    lying = replace(
        first, quote=replace(first.quote, text="The default is 8440 and free.", document="other.md", score=9.9)
    )
    verdict = replace(handed, citations=(lying, *handed.citations[1:])).verify()
    assert verdict == handed.verify()


@pytest.mark.parametrize(
    "markdown", ["", "# x", "## 1. ", "> “a”\n>\n> [1]", "1. [\n" * 50, "\0\n***", "> " * 200 + "x"]
)
def test_what_is_no_report_fails_and_does_not_crash(markdown: str) -> None:
    verdict = replace(_honest(), markdown=markdown).verify()
    assert not verdict.passed
    assert verdict.confidence == 0.0


def test_one_file_given_under_two_names_is_verified_as_the_one_that_was_read() -> None:
    data = b"setting,default\nport,4000\n"
    twice = [read("settings.csv", data), read("settings.txt", data)]
    asked, report = research("What is the default setting of port?", twice)
    assert report.citations
    handed = Handed(markdown=report.markdown, citations=report.citations, sources={twice[0].sha256: data}, brief=asked)
    assert handed.verify().failed_gates == ()


def test_an_original_that_can_no_longer_be_read_is_a_failure_and_no_crash() -> None:
    handed = _honest()
    binary = dict.fromkeys(handed.sources, b"%PDF-1.7")
    verdict = replace(handed, sources=binary).verify()
    assert {"sources_unchanged"} <= {check.name for check in verdict.failed_gates}
