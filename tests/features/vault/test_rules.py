"""The law of the vault: names that are safe to show, filters that make sense."""

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from futurone_server.features.vault import File, Filter, IndexState, rules
from futurone_server.kit import limits
from futurone_server.kit.errors import Invalid

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def named(name: str) -> File:
    return File(
        id="file_1",
        workspace_id="ws_1",
        name=name,
        type="text/plain",
        size=1,
        folder_id=None,
        sha256="",
        index_state=IndexState.NONE,
        created_at=NOW,
        updated_at=NOW,
    )


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("report.md", "report.md"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\anna\\Q3 plan.docx", "Q3 plan.docx"),
        ("/etc/", None),
        ("a\0b.txt", "ab.txt"),
        ("two\r\nlines\t.txt", "two lines .txt"),
        ("\u202egpj.exe", "gpj.exe"),
        ("harmless\u2066.txt\u2069", "harmless.txt"),
        ("\ufeffstart.txt", "start.txt"),
        ("half \ud800 pair", "half pair"),
        ("  spaced\u00a0out  .md  ", "spaced out .md"),
        ("trailing dots...", "trailing dots"),
        (".env", ".env"),
        ("Übersicht – Größe.csv", "Übersicht – Größe.csv"),
        ("U\u0308bersicht.md", "Übersicht.md"),
        ("👩\u200d💻 notes.md", "👩\u200d💻 notes.md"),
        ("", None),
        ("..", None),
        ("\u200d", None),
        ("\0\u202e", None),
    ],
)
def test_a_hostile_name_becomes_one_that_is_safe_to_show_or_is_refused(given: str, shown: str | None) -> None:
    if shown is None:
        with pytest.raises(Invalid, match="name"):
            rules.display_name(given)
    else:
        assert rules.display_name(given) == shown


def test_a_name_that_is_too_long_loses_its_middle_and_keeps_its_extension() -> None:
    name = rules.display_name("x" * 10_000 + ".markdown")
    assert len(name) == limits.LABEL_CHARS_MAX
    assert name.endswith("x.markdown")


def test_an_extension_that_is_itself_too_long_is_cut_too() -> None:
    assert rules.display_name("a." + "b" * 10_000) == "a." + "b" * (limits.LABEL_CHARS_MAX - 2)


@given(st.text(alphabet=st.characters(codec=None), max_size=300))
def test_no_name_breaks_a_line_names_a_folder_or_hides_a_character(given: str) -> None:
    try:
        name = rules.display_name(given)
    except Invalid:
        return
    assert 1 <= len(name) <= limits.LABEL_CHARS_MAX
    assert name == name.strip()
    assert not set(name) & {"/", "\\", "\n", "\r", "\0"}
    assert not any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in name)
    assert not any(unicodedata.bidirectional(char) in ("RLO", "LRO", "RLE", "LRI", "RLI", "PDF") for char in name)
    assert rules.display_name(name) == name


@pytest.mark.parametrize(
    ("name", "wanted", "fits"),
    [
        ("Report Q3.PDF", Filter(search="report"), True),
        ("Report Q3.PDF", Filter(search="q4"), False),
        ("STRASSE.txt", Filter(search="straße"), True),
        ("Übersicht.md", Filter(search="U\u0308BER"), True),
        ("a.md", Filter(type="md"), True),
        ("a.MD", Filter(type=".md"), True),
        ("a.md.txt", Filter(type="md"), False),
        ("md", Filter(type="md"), False),
        ("a.md", Filter(type="text/plain"), True),
        ("a.md", Filter(search="a", type="txt"), False),
    ],
)
def test_names_are_searched_in_whatever_case_and_extensions_are_exact(name: str, wanted: Filter, fits: bool) -> None:
    assert rules.matches(named(name), wanted) is fits


@pytest.mark.parametrize(
    "kind", ["text/", "/plain", "*/*", "text/pl ain", "text/plain\0", "m d", "\0", "x" * 40, "a/b/c"]
)
def test_a_type_that_could_match_nothing_is_refused_by_name(kind: str) -> None:
    with pytest.raises(Invalid, match="type"):
        rules.check_filter(Filter(type=kind))


def test_a_folder_is_refused_as_long_as_there_are_none() -> None:
    with pytest.raises(Invalid, match="there is no such folder") as refusal:
        rules.check_filter(Filter(folder_id="folder_1"))
    assert refusal.value.details == {"field": "folder_id"}
