"""Plain text keeps its characters, and its headings, definitions, lists and columns are told apart."""

from itertools import pairwise

from tools.documents.shapes import blocks, paths, read, under

MANUAL = """\
NAME
       ar - an archiver

OPTIONS
   Modifiers
       -c, --create
              Create a new archive. It is
              overwritten.

       -prune True; if the file is a directory, do not
              descend into it.

       -q     Be quiet.

       -i, --in-place

              Edit files in place.

       Everything else is refused.

EXIT STATUS
       0      All is well.
"""


def test_the_text_is_the_original_character_for_character() -> None:
    original = "One.\r\n\r\n  Two\tthree.\rFour. é\n"
    assert read(original).text == original


def test_capital_and_indented_headings_of_a_manual_are_found() -> None:
    found = paths(read(MANUAL))
    assert found[0] == "NAME"
    assert "OPTIONS > Modifiers" in found
    assert "EXIT STATUS > 0" in found


def test_an_option_is_a_definition_term_however_its_text_is_set() -> None:
    document = read(MANUAL)
    assert under(document, "OPTIONS > Modifiers > -c, --create") == ["Create a new archive. It is overwritten."]
    assert under(document, "OPTIONS > Modifiers > -prune") == [
        "True; if the file is a directory, do not descend into it."
    ]
    assert under(document, "OPTIONS > Modifiers > -q") == ["Be quiet."]
    assert under(document, "OPTIONS > Modifiers > -i, --in-place") == ["Edit files in place."]


def test_text_after_the_definitions_belongs_to_the_heading_again() -> None:
    assert under(read(MANUAL), "OPTIONS > Modifiers") == ["Everything else is refused."]


def test_underlined_and_numbered_headings_nest() -> None:
    text = "Guide\n=====\n\nWords.\n\nFirst part\n----------\n\nMore.\n\n2.1 Inner part\n\nInner words.\n"
    assert paths(read(text)) == ["Guide", "Guide > First part", "Guide > 2.1 Inner part"]


def test_a_numbered_list_is_no_row_of_headings() -> None:
    document = read("1. First Thing\n\n2. Second Thing\n\n3. Third Thing\n")
    assert {kind for kind, _ in blocks(document)} == {"item"}


def test_bullets_are_items_and_columns_are_rows() -> None:
    text = "Values:\n\n* one\n  goes on\n* two\n\nname      age       town\nA         12        X\n"
    assert blocks(read(text)) == [
        ("prose", "Values:"),
        ("item", "* one goes on"),
        ("item", "* two"),
        ("row", "name age town"),
        ("row", "A 12 X"),
    ]


def test_the_sections_cover_the_text_without_overlap() -> None:
    document = read(MANUAL)
    assert document.sections[-1].end == len(document.text)
    for one, other in pairwise(document.sections):
        assert one.end == other.start
        assert one.start <= one.body <= one.end
