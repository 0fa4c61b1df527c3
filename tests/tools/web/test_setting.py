"""The setting of the search service says what is wrong with it, and its key shows nowhere."""

import pytest

from futurone_server.egress import Egress
from futurone_server.tools.web import SearchKind, read_search, search_provider


@pytest.mark.parametrize(
    ("text", "kind", "base_url", "key"),
    [
        ("searxng:http://127.0.0.1:8080", "searxng", "http://127.0.0.1:8080", ""),
        (" SearXNG:https://searx.example/path/ ", "searxng", "https://searx.example/path", ""),
        ("brave:BSA-key", "brave", "https://api.search.brave.com", "BSA-key"),
        ("tavily:tvly-a@b", "tavily", "https://api.tavily.com", "tvly-a@b"),
        ("exa:key@http://127.0.0.1:1", "exa", "http://127.0.0.1:1", "key"),
    ],
)
def test_every_form_is_read(text: str, kind: str, base_url: str, key: str) -> None:
    choice = read_search(text)
    assert choice is not None
    assert (choice.kind, choice.base_url, choice.key) == (SearchKind(kind), base_url, key)


def test_empty_means_no_search() -> None:
    assert read_search("") is None
    assert read_search("  ") is None


@pytest.mark.parametrize(
    "text",
    [
        "google:secret", "secret", ":secret", "brave:", "brave", "brave: secret", "brave:se\ncret", "brave:sécret",
        "searxng:", "searxng:secret", "searxng:ftp://secret.example", "searxng:http://user:secret@host",
        "searxng:http://host:99999/secret", "exa:secret@https://", "exa:@https://secret.example", "searxng:http://h/?secret",
    ],
)  # fmt: skip
def test_a_slip_is_said_without_repeating_what_may_be_a_key(text: str) -> None:
    with pytest.raises(ValueError) as slip:
        read_search(text)
    assert str(slip.value).startswith("FUTURONE_SEARCH")
    assert "secret" not in str(slip.value).lower()
    assert slip.value.__cause__ is None


def test_the_key_shows_in_no_representation() -> None:
    choice = read_search("brave:secret-key")
    assert choice is not None
    assert "secret-key" not in repr(choice) + str(search_provider(choice, Egress()))
