"""Ranking finds the passage that is about the words, with headings and rarity counted, the same way every time."""

import pytest

from futurone_server.tools.documents import Document, parse
from futurone_server.tools.retrieval import Index, search
from futurone_server.tools.retrieval import index as bounds


def _document(text: str, name: str = "a.md") -> Document:
    return parse(name, "text/markdown", text.encode())


def _found(index: Index, query: str) -> list[str]:
    return [index.documents[hit.document].text[hit.start : hit.end] for hit in search(index, query, 3)]


def test_the_passage_with_the_rare_word_comes_first() -> None:
    common = "".join(
        f"# Part {number}\n\nThe server reads the file and the server writes it.\n\n" for number in range(20)
    )
    index = Index([_document(common + "# End\n\nThe quota of the server is small.\n")])
    assert _found(index, "server quota")[0] == "The quota of the server is small."


def test_a_heading_counts_more_than_a_mention() -> None:
    text = "# Other\n\nWords on the retention, in passing, of things.\n\n# Retention\n\nThings go after a while.\n"
    assert _found(Index([_document(text)]), "retention")[0] == "Things go after a while."


def test_the_name_of_a_file_counts_a_little() -> None:
    index = Index([_document("# X\n\nPorts are open.", "one.md"), _document("# Y\n\nPorts are open.", "firewall.md")])
    assert search(index, "firewall ports", 1)[0].name == "firewall.md"


def test_equal_passages_keep_the_order_of_the_documents() -> None:
    documents = [_document(f"# T\n\nThe same words {'!' * number}", f"{number}.md") for number in range(1, 5)]
    names = [hit.name for hit in search(Index(documents), "same words", 4)]
    assert names == ["1.md", "2.md", "3.md", "4.md"]


def test_a_document_given_twice_is_read_once() -> None:
    document = _document("# A\n\nWords.")
    assert Index([document, document, _document("# A\n\nWords.", "copy.md")]).documents == (document,)


def test_what_does_not_fit_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "CHARS_MAX", 50)
    index = Index([_document("# A\n\n" + "word " * 20, "big.md"), _document("# B\n\nWords.", "small.md")])
    assert index.left_out == ("big.md",)
    assert [document.name for document in index.documents] == ["small.md"]


def test_nothing_found_is_an_empty_answer() -> None:
    assert search(Index([]), "anything", 5) == ()
    assert search(Index([_document("# A\n\nWords.")]), "the of and", 5) == ()
    assert search(Index([_document("# A\n\nWords.")]), "zebra", 5) == ()


def test_a_definition_is_one_piece_with_its_term() -> None:
    index = Index([parse("a.txt", "text/plain", b"OPTIONS\n\n       --jobs=N\n              Run N jobs at once.\n")])
    assert " ".join(_found(index, "jobs")[0].split()) == "--jobs=N Run N jobs at once."
