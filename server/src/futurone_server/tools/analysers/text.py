"""Text: what simple rules see in any language. Conflict markers, debuggers, things left to do, checkers silenced."""

import re
from collections.abc import Iterator, Sequence

from futurone_server.tools.analysers.finding import Analysis, Found, placed
from futurone_server.tools.changes import ChangedFile, Changes, Scope

_LARGE_LINES = 800
_LINE_CHARS_MAX = 2_000
_CONFLICT = re.compile(r"(<{7}|>{7}|\|{7}) \S")
_TODO = re.compile(r"(?:#|//|/\*|<!--|--|;|\*)[^\"']*\b(TODO|FIXME|XXX)\b")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SILENCED = re.compile(
    r"#\s*(noqa|nosec|type:\s*ignore|pylint:\s*disable|pragma:\s*(?:no cover|allowlist secret)|nosemgrep|fmt:\s*off)"
    r"|(eslint-disable|@ts-ignore|@ts-nocheck|tslint:disable|nolint|NOSONAR|@SuppressWarnings|rubocop:disable|"
    r"phpcs:ignore|#\[allow\()",
    re.IGNORECASE,
)
_DEBUGGERS = {
    **dict.fromkeys(("JavaScript", "TypeScript", "Vue", "Svelte"), re.compile(r"^\s*debugger\b")),
    "Ruby": re.compile(r"^\s*(binding\.(pry|irb)|byebug|debugger)\b"),
    "PHP": re.compile(r"^\s*(var_dump|dd|xdebug_break)\s*\("),
    "Go": re.compile(r"^\s*runtime\.Breakpoint\(\)"),
    "Rust": re.compile(r"^\s*dbg!\("),
}
_OUTPUT = {
    **dict.fromkeys(("JavaScript", "TypeScript", "Vue", "Svelte"), re.compile(r"^\s*console\.(log|debug|trace)\(")),
    "PHP": re.compile(r"^\s*(print_r|var_export)\s*\("),
    "Java": re.compile(r"^\s*System\.(out|err)\.print"),
}


def detect_all(changes: Changes) -> Analysis:
    """What the simple rules see in all files that are read."""
    read = [file for file in changes.files if file.left_out is None]
    found = [one for file in read for one in _in_file(file)]
    found += _size(changes, read)
    return Analysis(family="text", found=tuple(found), files=tuple(file.path for file in read))


def _in_file(file: ChangedFile) -> Iterator[Found]:
    rows = file.rows
    for number in sorted(file.lines):
        row = rows[number - 1] if number <= len(rows) else ""
        if len(row) > _LINE_CHARS_MAX:
            continue
        for rule, detail in _on_line(file.language, row):
            one = placed(file, f"text:{rule}", number, detail=detail)
            if one is not None:
                yield one


def _on_line(language: str, row: str) -> Iterator[tuple[str, str]]:
    if _CONFLICT.match(row):
        yield "TX101", ""
    if _BIDI.search(row):
        yield "TX104", ""
    if language == "prose":
        return
    if (todo := _TODO.search(row)) is not None:
        yield "TX103", f"It says {todo[1]}."
    if (silenced := _SILENCED.search(row)) is not None:
        yield "TX105", f"{silenced[1] or silenced[2]} is written here; this review does not obey it."
    if language in _DEBUGGERS and _DEBUGGERS[language].match(row):
        yield "TX102", ""
    if language in _OUTPUT and _OUTPUT[language].match(row):
        yield "TX107", ""


def _size(changes: Changes, read: Sequence[ChangedFile]) -> Iterator[Found]:
    count = sum(len(file.lines) for file in read)
    if changes.scope is not Scope.WHOLE and count > _LARGE_LINES and read:
        told = f"Lines: {count}. Files: {len(read)}."
        one = placed(read[0], "text:TX106", min(read[0].lines), detail=told)
        if one is not None:
            yield one
