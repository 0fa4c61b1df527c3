"""Words are found under all their spellings, and numbers under one."""

import pytest

from futurone_server.tools.retrieval import Lexicon, is_name, numbers, words


def _terms(word: str) -> set[str]:
    return set(Lexicon().terms(word))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("encrypted", "encryption"),
        ("Restores", "restored"),
        ("server's", "servers"),
        ("time-out", "timeout"),
        ("three", "3"),
        ("readFile", "file"),
        ("fs.readFile", "fs.readfile"),
        ("node_modules", "modules"),
        ("/etc/ssh/config", "config"),
        ("2024-03-01", "2024"),
        ("Straße", "straße"),
    ],
)
def test_two_spellings_meet_in_a_term(one: str, other: str) -> None:
    assert _terms(one) & _terms(other)


@pytest.mark.parametrize("word", ["the", "isn't", "What’s", "e.g", "x" * 65])
def test_words_that_say_nothing_have_no_terms(word: str) -> None:
    assert not _terms(word)


def test_the_parts_of_a_date_or_version_are_no_numbers_of_their_own() -> None:
    assert _terms("22.04") == {"22.04"}
    assert "12" not in _terms("1996-12-12")


@pytest.mark.parametrize("word", ["MaxStartups", "TLS", "node.js", "snake_case", "v2", "RSA4096", "iPhone"])
def test_names_are_recognised_by_their_spelling(word: str) -> None:
    assert is_name(word)


@pytest.mark.parametrize("word", ["the", "Backup", "I", "re-run", "2024", "users"])
def test_ordinary_words_are_no_names(word: str) -> None:
    assert not is_name(word)


def test_words_come_with_their_places() -> None:
    text = "Set `log.level`, now."
    assert [text[word.start : word.end] for word in words(text)] == ["Set", "log.level", "now"]
    assert [word.text for word in words(text, 5, 14)] == ["log.level"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,600 and 1600 and 1600.0", {"1600"}),
        ("2.50 is 2.5", {"2.5"}),
        ("007, 0 and 0.0", {"7", "0"}),
        ("five of twelve", {"5", "12"}),
        ("no numbers", set()),
        ("1,23 of 12,345,678", {"1,23", "12345678"}),
        ("50% of 3rd", {"50", "3"}),
    ],
)
def test_numbers_have_one_spelling(text: str, found: set[str]) -> None:
    assert numbers(text) == found
