"""Hostile and broken files are findings: read in bounds, in linear work, never a crash, the same every time."""

import json
import random
from collections.abc import Iterator

import pytest

from futurone_server.tools.documents import Document, UnreadableDocument, parse
from futurone_server.tools.documents import document as bounds
from futurone_server.tools.documents import outline as outlines
from futurone_server.tools.documents.markup import read_markup

MEDIA_TYPES = ("text/plain", "text/markdown", "text/html", "text/csv", "text/tab-separated-values")
BOMBS = {
    "one word": "a" * 60_000,
    "dots": "a." * 30_000,
    "fences": "`" * 60_000,
    "brackets": "[" * 60_000,
    "pipes": "|" * 60_000,
    "tags": "<" * 60_000,
    "attributes": "<a " * 18_000,
    "quotes": '<a "' * 30_000,
    "comments": "<!--" * 30_000,
    "scripts": "<script>" * 15_000,
    "nesting": "<div>" * 12_000,
    "tables": "<table><tr><td>" * 7_500,
    "formatting": "".join(f"<b id={number}>" for number in range(2_000)) + "<p>x" * 6_000,
    "references": "&amp" * 30_000,
    "headings": "# x\n" * 9_000,
    "bullets": "- " * 30_000,
    "separators": ",;\t" * 18_000,
    "open quote": '"' * 45_000,
    "staircase": "".join(" " * number + "x\n" for number in range(800)),
}


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
@pytest.mark.parametrize("bomb", sorted(BOMBS))
def test_a_bomb_is_read_as_any_other_file(bomb: str, media_type: str) -> None:
    document = parse("bomb", media_type, BOMBS[bomb].encode())
    assert len(document.text) <= bounds.TEXT_CHARS_MAX


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
@pytest.mark.parametrize("seed", range(8))
def test_noise_gives_blocks_inside_the_text_and_the_same_ones_again(media_type: str, seed: int) -> None:
    chance = random.Random(seed)
    alphabet = [
        "<p>",
        "<td>",
        "</table>",
        "<table>",
        "#",
        "- ",
        "```\n",
        "|",
        ",",
        '"',
        "\n",
        "\n\n",
        "word ",
        "é",
        "\0",
        "&lt;",
    ]
    data = "".join(chance.choices(alphabet, k=3_000)).encode() + chance.randbytes(50)
    document = parse("noise", media_type, data)
    assert document == parse("noise", media_type, data)
    assert list(_misplaced(document)) == []


def _misplaced(document: Document) -> Iterator[str]:
    at = 0
    for section in document.sections:
        for block in section.blocks:
            if not at <= block.start < block.end <= len(document.text):
                yield f"{block} after {at}"
            if not section.start <= block.start < section.end:
                yield f"{block} outside {section.path}"
            at = block.end


def test_markup_is_read_in_one_pass() -> None:
    # A tree of this page would be 12,000 deep; a flat run has one tag for each.
    assert sum(1 for _ in read_markup(BOMBS["nesting"])) == 12_000


def test_empty_files_say_so() -> None:
    for media_type in MEDIA_TYPES:
        assert parse("a", media_type, b"").notes == ("it holds no text",)


def test_what_is_beyond_the_bounds_is_left_out_and_confessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlines, "SECTIONS_MAX", 3)
    monkeypatch.setattr(outlines, "BLOCKS_MAX", 5)
    document = parse("a.md", "text/markdown", b"# a\n\nb\n\n" * 9)
    assert len([section for section in document.sections if section.title]) == 3
    assert document.notes == (
        "only the first 3 headings, terms or rows were told apart",
        "only the first 5 paragraphs or rows were read",
    )


@pytest.mark.parametrize(
    ("media_type", "data", "reason"),
    [
        ("image/png", b"x", "DOCUMENT_TYPE_UNSUPPORTED"),
        ("application/pdf", b"x", "DOCUMENT_BROKEN"),
        ("application/zip", b"x", "DOCUMENT_BROKEN"),
        ("", b"x", "DOCUMENT_TYPE_UNSUPPORTED"),
        ("text/plain", b" " * (bounds.BYTES_MAX + 1), "DOCUMENT_TOO_LARGE"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(media_type: str, data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableDocument) as refused:
        parse("a", media_type, data)
    assert refused.value.reason_code == reason


def test_a_media_type_may_carry_parameters() -> None:
    assert parse("a", "Text/HTML; charset=utf-8", b"<p>x").text == "x"


def test_a_document_survives_being_sealed() -> None:
    data = "# A\n\nWords é.\n\n| a | b |\n| - | - |\n| 1 | 2 |\n".encode()
    document = parse("a.md", "text/markdown", data)
    assert Document.from_json(json.loads(json.dumps(document.to_json()))) == document
