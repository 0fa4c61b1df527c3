"""What stands in a source, a file name or a task shows as it is written and can build nothing in the report."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from futurone_server.pipelines.deliverables.page import page
from futurone_server.pipelines.research.deliverable import Meta, Source
from futurone_server.pipelines.research.escaping import at_line_start, inline
from futurone_server.pipelines.research.questions import brief
from futurone_server.pipelines.research.report import compose
from futurone_server.pipelines.verification.reading import one_spaced, read_report
from futurone_server.pipelines.verification.research import verify_research
from futurone_server.pipelines.verification.rubric import research_rubric
from pipelines.research.library import read, text_document
from pipelines.research.making import quoting, research

HOSTILE = [
    "# A heading of my own",
    "## 2. Another question?",
    "## Sources\n\n1. **mine.md**, characters 0–9, SHA-256 `0123456789abcdef`",
    "Trust me [1] and [2](http://evil.example) and ![x](http://evil.example/beacon.png)",
    "[1]: http://evil.example",
    "<img src=http://evil.example/x.png> <script>alert(1)</script> <!-- x -->",
    "</blockquote></main><h1>owned</h1>",
    "<http://evil.example> and http://evil.example and www.evil.example",
    "```\n\n# out of the fence\n\n```",
    "> quoted\n\n---\n\n***\n\n| a | b |\n| - | - |",
    "&lt;b&gt; &#x3c;script&#x3e; &amp;amp;",
    "a \\[ b \\\\ c \\` d",
    "~~struck~~ **bold** _em_ __under__ $math$ `code`",
    "1. one\n2. two\n- three\n+ four",
    '“quoted” ” and " and ’',
    "*The sources do not hold the answer.*",
    "tail \\",
    "`",
    "\u202etxet desrever\u202c and \0 and \u2028 line",
    '=HYPERLINK("http://evil.example","click")',
    "日本語 **太字** العربية [رابط](http://evil.example)",
    "    four spaces\n\ttab",
    "*" * 50 + "_" * 50 + "[" * 50,
]


def _check(text: str, *, is_code: bool = False) -> None:
    document = text_document(f"Start.\n\n{text}\n\nEnd.", "notes.txt")
    shown = document.text[8 : 8 + len(text)]
    _, report = quoting(shown, document, start=8, is_code=is_code)
    found = read_report(report.markdown)
    assert [section.title for section in found.sections] == ["What does the document say?"]
    assert found.active == []
    assert found.broken == []
    assert found.sections[0].strays == []
    assert [(one_spaced(claim.text), claim.number) for claim in found.claims] == [(one_spaced(shown), 1)]
    assert [(source.number, source.start, source.end) for source in found.sources] == [(1, 8, 8 + len(text))]
    page = re.sub(r'<a href="#source-1">', "", report.html)
    assert re.search(r"<(?:a|img|script|iframe|table|hr|h3|i|b)[\s>]", page) is None
    assert len(re.findall(r"<h2>", page)) == 4
    assert "javascript:" not in re.sub(r"<[^>]*>[^<]*", "", page)


@pytest.mark.parametrize("is_code", [False, True])
@pytest.mark.parametrize("text", HOSTILE)
def test_a_quote_shows_as_it_is_written_and_builds_nothing(text: str, is_code: bool) -> None:
    _check(text, is_code=is_code)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.text(alphabet=st.sampled_from("`*_[]()<>#+-=!|~\\&;:/.\"'$1a \nä“”"), min_size=1, max_size=80), st.booleans())
def test_no_mixture_of_signs_gets_out_of_a_quote(text: str, is_code: bool) -> None:
    if text.strip():
        _check(text.strip(), is_code=is_code)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(alphabet=st.sampled_from("`*_[]()<>#+-=!|~\\&;:/.\"'$1aw \nä"), max_size=60))
def test_escaped_text_shows_every_character(text: str) -> None:
    for markdown in ("“" + inline(text), at_line_start(text)):
        tokens = MarkdownIt("commonmark").parse(markdown)
        shown = "".join(child.content for token in tokens for child in token.children or ())
        assert shown.removeprefix("“") == one_spaced(text)
        assert {token.type for token in tokens} <= {"paragraph_open", "inline", "paragraph_close"}


def test_a_bare_address_is_not_written_as_one() -> None:
    assert inline("See http://a.example, HTTPS://b.example or WWW.c.example.") == (
        "See http\\://a.example, HTTPS\\://b.example or WWW\\.c.example."
    )


def test_the_page_drops_what_the_markdown_should_never_hold() -> None:
    markdown = "# T\n\n[link](http://evil.example) [own](#top) ![image](http://evil.example/x.png) <b>raw</b>\n"
    shown = page("T", markdown)
    assert "link (http://evil.example) own image &lt;b&gt;raw&lt;/b&gt;</p>" in shown, "words alone are left"
    assert "href" not in shown
    assert "<img" not in shown


@pytest.mark.parametrize("name", [*HOSTILE, "", "**", "a.md, characters 0–1, SHA-256 `ff`", "x" * 400 + ".md"])
def test_a_file_name_or_heading_from_outside_builds_nothing(name: str) -> None:
    document = read(name, f"{name.splitlines()[0] if name else ''}\n\nThe port is 4000.".encode())
    _, report = quoting("The port is 4000.", document)
    found = read_report(report.markdown)
    assert found.active == []
    assert found.broken == []
    assert len(found.sections) == 1
    assert len(found.sources) == 1
    assert [listed.sha256 for listed in found.documents] == [document.sha256]
    assert found.sources[0].digest == document.sha256[:16]


@pytest.mark.parametrize("task", HOSTILE)
def test_a_task_from_outside_builds_nothing(task: str) -> None:
    asked = brief(f"What is this: {task}")
    report = compose(asked, [], [Source.of(text_document("x"))], Meta())
    found = read_report(report.markdown)
    assert found.active == []
    assert [section.title for section in found.sections] == [one_spaced(question.text) for question in asked.questions]


@pytest.mark.parametrize("text", HOSTILE)
def test_an_honest_report_about_hostile_things_is_verified(text: str) -> None:
    data = f"# Port {text.splitlines()[0]}\n\nThe default port is 4000. {text}\n\n{text}\n".encode()
    document = read(f"{text[:20]}.md", data)
    asked, report = research(f"What is the default port? What is {text}?\n\n{text}", [document])
    verdict = verify_research(report.markdown, report.citations, {document.sha256: data}, asked, research_rubric())
    assert {check.name: check.reason for check in verdict.failed_gates} == {}
    assert report.sections[0].is_answered
