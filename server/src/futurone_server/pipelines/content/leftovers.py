"""What was left in a draft by haste: notes to oneself, text that fills a place, and commas without a space."""

import re
from collections.abc import Iterator

from futurone_server.pipelines.content.finding import Finding, Rule, found_at
from futurone_server.pipelines.content.manuscript import Manuscript, Passage

_LEFT = re.compile(
    r"\b(?:TODO|TO-DO|FIXME|TBD|TBC|TBA|XXX+|TKTK|TK)\b|\blorem ipsum\b|(?<![\w?])\?\?\?+"
    r"|\[(?:insert|add|your|fill in|todo|tbd|placeholder)\b[^\[\]\n]{0,60}\](?![\[(:])",
    re.IGNORECASE,
)
_SHOUTED = re.compile(r"to-?do|fixme|tb[dca]|xxx+|tktk|tk", re.IGNORECASE)
_TIGHT = re.compile(r"(?<![^\W\d_])[^\W\d_]{2,40},[^\W\d_]{2,40}(?![^\W\d_])")
_UNSPACED = re.compile(r"(?<![\w.@/\\:#-])([A-Za-zÀ-ÿ]?[a-zß-ÿ]+)[.!?]([A-ZÀ-Þ][a-zß-ÿ]{1,40}|[AI])(?![\w.@/\\(:=-])")
_ABBREVIATED = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "st",
        "no",
        "nr",
        "fig",
        "vol",
        "vs",
        "str",
        "asp",
        "ph",
        "tel",
        "os",
        "self",
        "this",
    ]
)
_ENDINGS = frozenset(
    ["com", "net", "org", "io", "de", "fr", "es", "uk", "js", "ts", "py", "md", "txt", "pdf", "docx", "cs", "app", "ai"]
)
_NOT_PROSE = re.compile(r"`[^`\n]{1,400}`|<[^<>\n]{1,400}>")


def check_leftovers(manuscript: Manuscript) -> Iterator[Finding]:
    """Every placeholder, in prose and headings, and every comma between two words without a space behind it."""
    shown = [
        (passage.start, manuscript.text[passage.start : passage.start + len(passage.masked)])
        for passage in manuscript.passages
    ]
    for start, text in [
        *shown,
        *((heading.start, _line_at(manuscript, heading.start)) for heading in manuscript.headings),
    ]:
        bare = _NOT_PROSE.sub(lambda found: " " * len(found.group()), text)
        for found in _LEFT.finditer(bare):
            # "To-do" in small letters is a word like any other.
            if not _SHOUTED.fullmatch(found.group()) or found.group().isupper():
                yield found_at(
                    manuscript,
                    Rule.PLACEHOLDER,
                    start + found.start(),
                    found.group(),
                    message="A note or a filler that was left in the text.",
                    suggestion="Write what belongs there, or remove it.",
                )
    for passage in manuscript.passages:
        for found in _TIGHT.finditer(passage.masked):
            yield found_at(
                manuscript, Rule.SPACING, passage.start + found.start(), found.group(),
                message="No space after the comma.", suggestion=found.group().replace(",", ", "),
            )  # fmt: skip
        yield from _unspaced(manuscript, passage)


def _unspaced(manuscript: Manuscript, passage: Passage) -> Iterator[Finding]:
    """Sentences that begin right behind the mark that ends the last; not abbreviations, and no names of files."""
    for found in _UNSPACED.finditer(_NOT_PROSE.sub(lambda code: " " * len(code.group()), passage.masked)):
        before, after = found.groups()
        if before.lower() not in _ABBREVIATED and len(before) > 1 and after.lower() not in _ENDINGS:
            shown = found.group()
            yield found_at(
                manuscript, Rule.SPACING, passage.start + found.start(), shown,
                message="No space after the end of the sentence.",
                suggestion=f"{shown[: len(before) + 1]} {after}",
            )  # fmt: skip


def _line_at(manuscript: Manuscript, start: int) -> str:
    return re.split(r"[\r\n]", manuscript.text[start : start + 1000], maxsplit=1)[0]
