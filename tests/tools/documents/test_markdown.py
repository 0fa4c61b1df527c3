"""Markdown is read where it stands: headings, fences, lists, tables and definitions of the original text."""

from tools.documents.shapes import blocks, paths, read, under

TEXT = """\
---
title: not read
---
# Guide to `things` ##

Opening words.

## Setup {#setup}

1. First step
   goes on.
2. Second step.

```sh
# not a heading
run --fast
```

<!-- hidden words -->

| name | default |
| --- | --- |
| port | 4000 |

After the table.

Big title
=========

Term
: Its meaning.

[ref]: http://example.org
"""


def _read() -> list[tuple[str, str]]:
    return blocks(read(TEXT, "text/markdown"))


def test_the_text_is_the_original() -> None:
    assert read(TEXT, "text/markdown").text == TEXT


def test_headings_give_the_paths_and_a_hash_in_code_does_not() -> None:
    assert paths(read(TEXT, "text/markdown")) == [
        "Guide to things",
        "Guide to things > Setup",
        "Guide to things > Setup > name | default",
        "Guide to things > Setup",
        "Big title",
        "Big title > Term",
    ]


def test_blocks_are_told_apart() -> None:
    assert _read() == [
        ("prose", "Opening words."),
        ("item", "1. First step goes on."),
        ("item", "2. Second step."),
        ("code", "# not a heading run --fast"),
        ("row", "| port | 4000 |"),
        ("prose", "After the table."),
        ("prose", ": Its meaning."),
    ]


def test_comments_front_matter_and_link_definitions_are_not_read() -> None:
    told = " ".join(text for _, text in _read())
    assert "hidden" not in told
    assert "not read" not in told
    assert "example.org" not in told


def test_a_row_stands_under_the_names_of_its_columns() -> None:
    assert under(read(TEXT, "text/markdown"), "Guide to things > Setup > name | default") == ["| port | 4000 |"]


def test_an_unclosed_fence_runs_to_the_end() -> None:
    assert blocks(read("```\na\n\n# b", "text/markdown")) == [("code", "a # b")]


def test_the_document_is_named_by_its_first_heading() -> None:
    assert read(TEXT, "text/markdown").title == "Guide to things"
    assert read("Words first.\n\n# Later", "text/markdown").title == ""
