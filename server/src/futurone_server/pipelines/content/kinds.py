"""What a file is called by people, by its media type."""

from collections.abc import Mapping

_OFFICE = "application/vnd.openxmlformats-officedocument."
_CALLED: Mapping[str, str] = {
    f"{_OFFICE}wordprocessingml.document": "Word file",
    f"{_OFFICE}presentationml.presentation": "PowerPoint file",
    f"{_OFFICE}spreadsheetml.sheet": "Excel file",
    "application/pdf": "PDF file",
    "text/html": "HTML file",
    "text/csv": "CSV file",
    "text/plain": "plain text",
    "text/markdown": "Markdown",
}
_WITHOUT_ARTICLE = frozenset(["plain text", "Markdown"])
_OWN_LINES = frozenset(["text/plain", "text/markdown", "text/csv"])


def called(media_type: str) -> str:
    """A kind of file in plain words, such as "Word file"; the media type itself where it has no such name."""
    return _CALLED.get(media_type, media_type)


def called_one(media_type: str) -> str:
    """The same as the end of "this is …": "a Word file", "plain text"."""
    name = called(media_type)
    if name in _WITHOUT_ARTICLE or name == media_type:
        return name
    # "An HTML file", "an Excel file": by the sound of the first letter.
    return f"an {name}" if name[0] in "EH" else f"a {name}"


def has_own_lines(media_type: str) -> bool:
    """Whether lines can be counted in the file itself, and not only in the text that was read out of it."""
    return media_type in _OWN_LINES
