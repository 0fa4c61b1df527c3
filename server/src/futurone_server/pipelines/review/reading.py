"""Reading: parts of a change as a model is shown them, and its findings held against the code before they are told."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from futurone_server.pipelines.prompting import outside, paragraphs
from futurone_server.tools.analysers import Found, mask
from futurone_server.tools.changes import ChangedFile, Changes

PARTS_MAX = 16
_AROUND_LINES = 12
_PART_CHARS_MAX = 5_500
_CONVENTIONS = ("CONTRIBUTING", "AGENTS", "STYLE", "CONVENTIONS", "HACKING", "README")
_CONVENTION_CHARS_MAX = 2_500
_RULES = {"critical": "model:MR101", "warning": "model:MR102", "info": "model:MR103"}
_NOT_READ = {"prose", ""}


@dataclass(frozen=True, kw_only=True)
class Part:
    """A run of lines of one file that goes into one question."""

    file: ChangedFile
    low: int
    high: int


def parts(changes: Changes) -> list[Part]:
    """The changed parts of a change with some lines around them, in the order of the files."""
    read = [file for file in changes.files if file.left_out is None and file.language not in _NOT_READ]
    return [part for file in read for part in _of_file(file)]


def _of_file(file: ChangedFile) -> Iterator[Part]:
    rows = file.rows
    low = high = 0
    size = 0
    for number in sorted(file.lines):
        begin, end = max(number - _AROUND_LINES, high + 1, 1), min(number + _AROUND_LINES, len(rows))
        added = sum(len(row) + 8 for row in rows[max(begin, high + 1) - 1 : end])
        if low and (begin > high + 1 or size + added > _PART_CHARS_MAX):
            yield Part(file=file, low=low, high=high)
            low = size = 0
        low, high, size = low or begin, max(high, end), size + added
    if low:
        yield Part(file=file, low=low, high=high)


def conventions(changes: Changes) -> str:
    """Excerpts of what a project says of itself."""
    texts = {**changes.others, **{file.path: file.text for file in changes.files}}
    names = {path: path.rpartition("/")[2].partition(".")[0].upper() for path in texts if path.count("/") <= 1}
    wanted = sorted((name for name in names if names[name] in _CONVENTIONS), key=lambda p: _CONVENTIONS.index(names[p]))
    return paragraphs(outside("conventions", texts[path][:_CONVENTION_CHARS_MAX], file=path) for path in wanted[:2])


def question(part: Part, said: str, secret_lines: Collection[int]) -> str:
    """What a model is asked about a part. Lines that hold a secret are shown masked."""
    rows = part.file.rows
    shown = []
    for number in range(part.low, part.high + 1):
        row = mask(rows[number - 1]) if number in secret_lines else rows[number - 1]
        shown.append(f"{number:5d} {'+' if number in part.file.lines else ' '} {row[:400]}")
    return paragraphs([said, outside("change", "\n".join(shown), file=part.file.path)])


def held(part: Part, answer: Mapping[str, Any]) -> tuple[list[Found], int]:
    """The findings whose quote is a changed line of the part, and how many were dropped because theirs is none."""
    told: Sequence[Mapping[str, Any]] = answer.get("findings", ())
    found = []
    for one in told:
        line = _line(part, int(one["line"]), str(one["quote"]).strip())
        if line is not None:
            detail = " ".join(f"{one['problem']} {one['why']}".split())[:400]
            found.append(Found(rule=_RULES[str(one["severity"])], path=part.file.path, line=line, detail=detail))
    return found, len(told) - len(found)


def _line(part: Part, told: int, quote: str) -> int | None:
    """The changed line that a quote is, nearest to where it was said to be."""
    rows = part.file.rows
    lines = [n for n in part.file.lines if part.low <= n <= part.high and rows[n - 1].strip() == quote and quote]
    return min(lines, key=lambda number: abs(number - told), default=None)
