"""The report cites every quote, says what it could not answer and how it was made, in Markdown and as a page."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from futurone_server.pipelines.research.answers import answer
from futurone_server.pipelines.research.deliverable import Meta, Report, ReportSection, Source
from futurone_server.pipelines.research.questions import brief
from futurone_server.pipelines.research.report import compose, section
from futurone_server.pipelines.verification.constraints import body_words
from pipelines.research.library import documents, index, text_document
from pipelines.research.making import research

TASK = "What is the default port? What is the capital of Australia? How do I restore a folder?"


def _headings(markdown: str) -> list[str]:
    return re.findall(r"^#+ .*", markdown, re.MULTILINE)


def test_each_question_has_its_section_and_the_report_its_lists() -> None:
    _, report = research(TASK)
    assert _headings(report.markdown)[1:] == [
        "## 1. What is the default port?",
        "## 2. What is the capital of Australia?",
        "## 3. How do I restore a folder?",
        "## What could not be answered",
        "## Sources",
        "## Documents",
    ]


def test_every_quote_carries_a_number_that_leads_to_its_place() -> None:
    _, report = research(TASK)
    port = report.citations[0]
    assert port.number == 1
    assert "> [1] *settings.txt*, SETTINGS › listen.port" in report.markdown
    assert (
        f"1. **settings.txt**, section *SETTINGS › listen.port*, characters {port.quote.start}–{port.quote.end}, "
        f"SHA-256 `{port.quote.sha256[:16]}`" in report.markdown
    )
    assert [citation.number for citation in report.citations] == list(range(1, len(report.citations) + 1))


def test_the_report_says_how_it_was_made_and_what_it_could_not_answer() -> None:
    _, report = research(TASK)
    assert "Made without a language model (engine: deterministic)." in report.markdown
    assert "Questions answered: 2 of 3." in report.markdown
    assert "*The sources do not hold the answer.* The sources never mention “Australia”." in report.markdown
    assert "- Question 2: What is the capital of Australia? The sources never mention “Australia”." in report.markdown


def test_every_document_is_listed_with_what_was_wrong_with_it() -> None:
    asked = brief("What is the default port?")
    sources = [
        replace(Source.of(documents()[0]), notes=("2 places could not be decoded and were replaced",)),
        Source(name="scan.pdf", media_type="", sha256="", size_bytes=7, unread="This is a PDF file."),
    ]
    markdown = compose(asked, [answer(asked.questions[0], index())], sources, Meta(made_on="2026-11-21")).markdown
    assert f"SHA-256 `{documents()[0].sha256}` Note: 2 places could not be decoded and were replaced." in markdown
    assert "- **scan.pdf**, not read: This is a PDF file." in markdown
    assert "Documents read: 1 of 2." in markdown
    assert "Made on 2026-11-21." in markdown


def test_a_section_stands_alone_before_the_report_is_whole() -> None:
    asked = brief(TASK)
    made = section(asked.questions[2], answer(asked.questions[2], index()), 3, first=2)
    _, report = research(TASK)
    assert made.markdown.strip() in report.markdown
    assert made.is_answered
    assert made == report.sections[2]


def test_code_keeps_its_lines() -> None:
    _, report = research("How do I restore a folder?")
    assert "> larkspur restore --folder NAME --at 2024-03-01" in report.markdown.splitlines()


def test_nothing_asked_nothing_found_and_no_documents_are_reports_too() -> None:
    empty = compose(brief(""), [], [], Meta())
    assert empty.title == "Research report"
    assert "The task asks nothing that could be looked up." in empty.markdown
    assert "No source is cited." in empty.markdown
    assert "No document was given." in empty.markdown


def test_a_question_without_an_answer_counts_as_unanswered() -> None:
    report = compose(brief(TASK), [], [], Meta())
    assert "Questions answered: 0 of 3." in report.markdown
    assert report.markdown.count("*The sources do not hold the answer.*") == 3


def test_questions_beyond_the_bound_are_declared() -> None:
    _, report = research(" ".join(f"What is the default port of {number}?" for number in range(20)))
    assert "- 8 further questions were beyond the limit and were not looked into." in report.markdown


def test_a_bound_on_the_words_is_kept_by_leaving_out_the_weakest_quotes() -> None:
    parts = ["copies", "removes", "restores", "checks"]
    told = "".join(
        f"# {part}\n\nThe sweep {part} versions {' '.join(part * 9 for _ in range(30))}.\n\n" for part in parts
    )
    library = [text_document(told)]
    _, long = research("What does the sweep do with versions?", library)
    _, short = research("What does the sweep do with versions? At most 130 words.", library)
    assert len(long.citations) == 4
    assert body_words(long.markdown) > 130 >= body_words(short.markdown)
    kept = [citation.quote for citation in short.citations]
    assert 1 <= len(kept) < 4
    assert kept == [citation.quote for citation in long.citations[: len(kept)]]


def test_every_answer_keeps_its_best_quote_whatever_the_bound() -> None:
    _, report = research("What is the default port? How do I restore a folder? At most 10 words.")
    assert all(made.is_answered for made in report.sections)


def test_a_report_survives_being_sealed() -> None:
    _, report = research(TASK)
    assert Report.from_json(json.loads(json.dumps(report.to_json()))) == report
    assert ReportSection.from_json(report.sections[0].to_json()) == report.sections[0]


class _Balance(HTMLParser):
    """Which tags are open, and every address in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src", "action", "style", "srcset"}]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _balance(page: str) -> _Balance:
    reader = _Balance()
    reader.feed(page)
    return reader


def test_the_page_is_whole_and_leads_nowhere_but_to_itself() -> None:
    _, report = research(TASK)
    assert report.html.startswith('<!doctype html>\n<html lang="en">')
    reader = _balance(report.html)
    assert reader.open == []
    assert set(reader.addresses) == {f"#{name}" for name in reader.ids}
    assert reader.ids == [f"source-{citation.number}" for citation in report.citations]
    assert "default-src 'none'" in report.html
    assert "<script" not in report.html


@pytest.mark.parametrize(
    "title", ["A & B <i>", '"><script>alert(1)</script>', "line\nbreak", "*stars* [x](y)", "x" * 500]
)
def test_a_title_from_outside_is_only_a_title(title: str) -> None:
    report = compose(brief("What is X?"), [], [], Meta(title=title))
    reader = _balance(report.html)
    assert reader.open == []
    assert reader.tags <= {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "em", "ul", "li"}
    assert len(_headings(report.markdown)) == 5
