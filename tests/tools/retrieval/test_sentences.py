"""Text divides into quotable pieces at the right places, and every piece is a slice of it."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from futurone_server.tools.documents import Block, BlockKind
from futurone_server.tools.retrieval import PIECE_CHARS_MAX, pieces


def _pieces(text: str, kind: BlockKind = BlockKind.PROSE) -> list[str]:
    return [text[start:end] for start, end in pieces(text, Block(kind=kind, start=0, end=len(text)))]


@pytest.mark.parametrize(
    "sentences",
    [
        ["See e.g. the manual.", "It costs 1.5 kB."],
        ["Dr. Example said “Stop.”", "Then v2.0 came!", "Is it done?"],
        ["1. First step.", "Then the second."],
        ["We use node.js and J. Doe et al. agree.", "It works…", "End"],
        ["Wait ... for it.", "Now."],
        ["The file (see fig. 3) is read.", "(It is small.)", "Good."],
        ["在服务器上。", "默认端口是4000！"],
        ["No stop at all"],
        ["He paused . and went on.", "Then left."],
    ],
)
def test_sentences_end_where_a_reader_ends_them(sentences: list[str]) -> None:
    joint = "" if sentences[0][-1] == "。" else "\n  "
    assert _pieces(joint.join(sentences)) == sentences


def test_code_and_rows_stay_whole() -> None:
    for kind in (BlockKind.CODE, BlockKind.ROW):
        assert _pieces("a. b. c.\nd. e.", kind) == ["a. b. c.\nd. e."]


def test_a_piece_too_long_to_quote_is_cut_at_white_space_and_loses_no_word() -> None:
    text = "word " * 1_000
    found = _pieces(text)
    assert max(map(len, found)) <= PIECE_CHARS_MAX
    assert " ".join(found).split() == text.split()
    assert all(piece.endswith("word") for piece in found)


def test_one_endless_word_is_cut_too() -> None:
    assert [len(piece) for piece in _pieces("x" * 1_500)] == [700, 700, 100]


def test_white_space_alone_gives_nothing() -> None:
    assert _pieces(" \n\t ") == []


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(alphabet=st.sampled_from('aB1.!?…。 \n"”)e.g;:-'), max_size=400))
def test_pieces_are_ordered_trimmed_slices_that_hold_all_that_shows(text: str) -> None:
    spans = list(pieces(text, Block(kind=BlockKind.PROSE, start=0, end=len(text))))
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in spans)
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())
