"""Pages: what part of a list is asked for, and cursors that nobody else can write."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from futurone_server.kit.errors import Invalid
from futurone_server.kit.page import Cursors, Page, Window, window

CURSORS = Cursors(bytes(32))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ((None, None, None), (20, 0)),
        ((5, None, None), (5, 0)),
        ((5, 7, None), (5, 7)),
        ((5, None, 1), (5, 0)),
        ((5, None, 3), (5, 10)),
        ((100, 10**9, None), (100, 10**9)),
    ],
)
def test_a_window_is_asked_for_by_offset_or_by_page(
    asked: tuple[int | None, int | None, int | None], expected: tuple[int, int]
) -> None:
    assert window(*asked) == Window(limit=expected[0], offset=expected[1])


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ((0, None, None), "limit"),
        ((101, None, None), "limit"),
        ((-5, None, None), "limit"),
        ((5, -1, None), "offset"),
        ((5, 10**9 + 1, None), "offset"),
        ((5, None, 0), "page"),
        ((5, None, -1), "page"),
        ((5, 0, 1), "page"),
        ((100, None, 10**12), "page"),
    ],
)
def test_a_window_out_of_bounds_is_refused_by_name(
    asked: tuple[int | None, int | None, int | None], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        window(*asked)
    assert refused.value.details["field"] == field


def test_a_window_of_another_size_can_be_the_default() -> None:
    assert window(None, None, None, default=10).limit == 10


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(texts, st.lists(texts, max_size=4))
def test_a_cursor_is_read_as_it_was_written(kind: str, after: list[str]) -> None:
    cursor = CURSORS.write(kind, tuple(after))
    assert CURSORS.read(kind, cursor) == tuple(after)
    assert cursor.isascii()
    assert not set(cursor) & set("+/= &?#%")


@given(st.binary(max_size=80))
def test_no_bytes_make_a_cursor(raw: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        CURSORS.read("runs", base64.urlsafe_b64encode(raw).decode().rstrip("="))
    assert refused.value.reason == "INVALID_CURSOR"


@given(st.text(max_size=80))
def test_no_text_makes_a_cursor(text: str) -> None:
    with pytest.raises(Invalid):
        CURSORS.read("runs", text)


def test_a_cursor_fits_its_own_list_and_its_own_server() -> None:
    cursor = CURSORS.write("runs", ("2026", "fo_run_1"))
    for other, kind in ((CURSORS, "keys"), (Cursors(bytes([1] * 32)), "runs")):
        with pytest.raises(Invalid):
            other.read(kind, cursor)


def test_a_page_has_more_when_it_says_where_to_go_on() -> None:
    asked = Window(limit=1)
    assert Page(items=(1,), total=2, window=asked, next_after=("a",)).has_more
    assert not Page(items=(1,), total=1, window=asked, next_after=None).has_more
