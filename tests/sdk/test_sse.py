"""Server-sent events are read as the standard says, wherever the bytes are cut."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from futurone._sse import Frame, InvalidStream, SSEParser


def read(*chunks: bytes, **options: int) -> list[Frame]:
    parser = SSEParser(**options)
    return [frame for chunk in chunks for frame in parser.feed(chunk)]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_each_kind_of_line_end_ends_a_line(end: bytes) -> None:
    text = end.join([b"id: 1", b"event: status", b"data: a", b"", b"id:2", b"data:b", b"", b""])
    assert read(text) == [Frame("status", "a", "1"), Frame("message", "b", "2")]


def test_the_standards_own_examples() -> None:
    assert read(b"data: YHOO\ndata: +2\ndata: 10\n\n") == [Frame("message", "YHOO\n+2\n10", "")]
    stream = b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"
    assert read(stream) == [
        Frame("message", "first event", "1"),
        Frame("message", "second event", ""),
        Frame("message", " third event", ""),
    ]
    assert read(b"data\n\ndata\ndata\n\ndata:") == [Frame("message", "", ""), Frame("message", "\n", "")]
    assert read(b"data:test\n\ndata: test\n\n") == [Frame("message", "test", "")] * 2


def test_a_byte_order_mark_is_skipped_at_the_beginning_only_and_in_pieces_too() -> None:
    assert read(b"\xef", b"\xbb", b"\xbfdata: a\n\n") == [Frame("message", "a", "")]
    assert read(b"data: a\n\n\xef\xbb\xbfdata: b\n\n") == [Frame("message", "a", "")]


def test_an_unfinished_event_is_not_dispatched() -> None:
    assert read(b"id: 1\nevent: plan\ndata: {}\n") == []
    assert read(b"id: 1\ndata: {}\r", b"\n") == []


def test_an_event_without_data_is_nothing_but_its_id_counts() -> None:
    assert read(b"event: x\nid: 4\n\ndata: y\n\n") == [Frame("message", "y", "4")]


def test_comments_unknown_fields_and_ids_with_nul_are_ignored() -> None:
    assert read(b": heartbeat\n\nfoo: bar\nid: 1\nid: 2\x00\ndata: a\n: b\n\n") == [Frame("message", "a", "1")]


@pytest.mark.parametrize(("line", "expected"), [(b"1500", 1500), (b"1e3", None), (b"-1", None), (b"9" * 5000, None)])
def test_retry_is_taken_when_it_is_a_number(line: bytes, expected: int | None) -> None:
    parser = SSEParser()
    assert list(parser.feed(b"retry: " + line + b"\n\n")) == []
    assert parser.retry_ms == expected


def test_what_is_not_utf_8_is_refused_rather_than_mended() -> None:
    with pytest.raises(InvalidStream, match="UTF-8"):
        read(b"data: \xff\n\n")


@pytest.mark.parametrize("stream", [b"data: " + b"x" * 200, b"data: xx\n" * 30, b": " + b"x" * 200])
def test_an_endless_event_is_refused_before_it_fills_the_memory(stream: bytes) -> None:
    with pytest.raises(InvalidStream, match="larger than 100 bytes"):
        read(*[stream[i : i + 7] for i in range(0, len(stream), 7)], event_bytes_max=100)


def test_the_bound_is_for_one_event_not_for_the_stream() -> None:
    assert len(read(b"data: xxxxxxxxxx\n\n" * 1000, event_bytes_max=100)) == 1000


LINES = st.lists(
    st.sampled_from(
        [b"data: \xe2\x82\xac\xf0\x9f\x9a\x80", b"data:x", b"", b"", b": beat", b"id: 7", b"event: e", b"retry: 5"]
    ),
    max_size=30,
)
ENDS = st.sampled_from([b"\n", b"\r", b"\r\n"])


@settings(deadline=None)
@given(st.lists(st.tuples(LINES, ENDS), max_size=4), st.lists(st.integers(0, 400), max_size=20))
def test_cuts_between_bytes_change_nothing(parts: list[tuple[list[bytes], bytes]], cuts: list[int]) -> None:
    stream = b"\xef\xbb\xbf" + b"".join(line + end for lines, end in parts for line in lines)
    edges = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    pieces = [stream[a:b] for a, b in pairwise(edges)]
    whole = read(stream)
    assert read(*pieces) == whole
    assert read(*[bytes([byte]) for byte in stream]) == whole
