"""A table in a file becomes one line a row, each with its number, and formulas stay text."""

import pytest

from futurone_server.tools.documents import parse
from futurone_server.tools.documents.table import COLUMNS_MAX, ROW_CHARS_MAX
from tools.documents.shapes import paths, read


def _lines(text: str) -> list[str]:
    return read(text, "text/csv").text.splitlines()


def test_a_row_is_one_line_with_the_names_of_the_columns() -> None:
    text = 'plan,price,note\nFree,0 EUR,"two\nlines, and ""quotes"""\nTeam,49 EUR,\n'
    document = read(text, "text/csv")
    assert document.text.splitlines() == [
        'plan: Free; price: 0 EUR; note: two lines, and "quotes"',
        "plan: Team; price: 49 EUR",
    ]
    assert paths(document) == ["row 2", "row 3"]


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_the_separator_is_found_out(separator: str) -> None:
    rows = ["name,x,y", "a,1,2", "b,3,4"]
    assert _lines("\n".join(row.replace(",", separator) for row in rows)) == [
        "name: a; x: 1; y: 2",
        "name: b; x: 3; y: 4",
    ]


def test_tab_separated_files_may_hold_commas() -> None:
    assert parse("a.tsv", "text/tab-separated-values", b"name\tnote\na\tx, y, z\n").text == "name: a; note: x, y, z"


def test_a_table_without_names_keeps_its_first_row() -> None:
    assert _lines("1,2,3\n4,5,6\n") == ["1 | 2 | 3", "4 | 5 | 6"]


def test_formulas_are_text_and_no_header() -> None:
    assert _lines('=1+1,"=HYPERLINK(""http://x"")"\na,b\n')[0] == '=1+1 | =HYPERLINK("http://x")'


def test_a_row_of_another_length_loses_nothing() -> None:
    assert _lines("a,b\n1,2,3\n4\n") == ["1 | 2 | 3", "a: 4"]


def test_too_many_columns_and_too_long_rows_are_cut_and_confessed() -> None:
    wide = read(",".join(f"c{number}" for number in range(1000)) + "\n" + ",".join("1" * 1000), "text/csv")
    assert wide.notes == (f"only the first {COLUMNS_MAX} columns of a row were read",)
    long = read("a,b\n" + "x" * 50_000 + ",y\n", "text/csv")
    assert len(long.text) == ROW_CHARS_MAX
    assert long.notes == (f"rows longer than {ROW_CHARS_MAX} characters were cut",)


def test_a_quote_that_never_closes_stops_the_reading_and_says_where() -> None:
    document = read('a,b\n1,2\n"' + "x,y\n" * 50_000, "text/csv")
    assert document.text == "a: 1; b: 2"
    assert document.notes[0].startswith("reading stopped after row 2")
