"""Pages show a deliverable and can do nothing else; citations lead to the sources and to no other place."""

import re

import pytest

from futurone_server.pipelines.deliverables.account import put_into_page
from futurone_server.pipelines.deliverables.page import page
from pipelines.deliverables.making import HOSTILE, PROVENANCE

CITED = """# Report

It is 42 metres high. [1][2]†
It is old. [3]

> [2] The tower is 42 metres high.

A quote that says [1] in its middle.

## Sources

1. **a.md**
2. **b.md**
"""


def test_nothing_in_a_page_can_act_or_fetch() -> None:
    made = page("<script>", HOSTILE)
    tags = set(re.findall(r"<([a-z0-9]+)", made.partition("<body>")[2]))
    assert tags <= {"main", "h1", "p", "blockquote", "ul", "li", "div", "table", "thead", "tbody", "tr", "th", "td"}
    attributes = set(re.findall(r"<[^<>]*?\s([a-z-]+)=", made.partition("<body>")[2]))
    assert attributes <= {"dir", "class"}
    assert "<title>&lt;script&gt;</title>" in made
    assert "default-src 'none'" in made


def test_an_address_elsewhere_is_words_and_a_picture_its_description() -> None:
    made = page("t", "[words](https://example.org/a) <https://example.org/b> ![a picture](https://example.org/c)")
    assert "words (https://example.org/a) https://example.org/b a picture</p>" in made


def test_citations_lead_to_the_sources_of_the_same_page() -> None:
    made = page("t", CITED)
    linked = re.findall(r'<a href="#(source-\d+)">\[(\d+)\]</a>', made)
    assert linked == [("source-1", "1"), ("source-2", "2"), ("source-2", "2")]
    assert re.findall(r'<li id="(source-\d+)">', made) == ["source-1", "source-2"]
    assert "It is old. [3]</p>" in made, "what no source has the number of is no link"
    assert "says [1] in its middle" in made


def test_tables_and_numbers_keep_their_places() -> None:
    made = page("t", "| a | b |\n| --- | --: |\n| 1 | 2 |\n\n3. three\n")
    assert '<td style="text-align:right">2</td>' in made
    assert '<ol start="3">' in made


def test_a_drawing_stands_under_its_heading() -> None:
    made = page("t", "## A & B\n\ntext\n\n## C\n", charts={"A & B": "<svg></svg>", "none": "<b></b>"})
    assert "<h2>A &amp; B</h2>\n<svg></svg>\n<p>text</p>" in made
    assert "<b>" not in made


@pytest.mark.parametrize("name", ["x", '"><script>alert(1)</script>', "</head><body>"])
def test_the_account_in_a_pages_head_cannot_break_out(name: str) -> None:
    told = PROVENANCE.to_json() | {"sources": [{"name": name, "sha256": "0", "media_type": None}]}
    made = put_into_page(page("t", "text"), told)
    assert made.count("<script") == 0
    assert made.count("</head>") == 1
    assert "Sources: 1. Verified by the rubric research, version 1." in made
