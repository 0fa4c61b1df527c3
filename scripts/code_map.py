"""Writes the code map in ARCHITECTURE.md from the first line of every module's docstring; with --check, compares."""

import argparse
import ast
import difflib
import sys
from collections.abc import Iterator
from pathlib import Path

BEGIN = "<!-- code map: written by `make map` -->"
END = "<!-- end of the code map -->"

ROOTS = ("server/src/futurone_server", "sdks/python/src/futurone")
_HISTORY = "migrations/versions"  # one file per change of the schema; a map of them would only grow


def sentence_of(path: Path) -> str:
    """The first line of a module's docstring, or nothing."""
    return (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").split("\n")[0]


def _lines(folder: Path, name: str, depth: int) -> Iterator[str]:
    """A folder's line, then its files', then its folders', each deeper by one."""
    init = folder / "__init__.py"
    yield _line(f"{name}/", sentence_of(init) if init.is_file() else "", depth)
    if folder.as_posix().endswith(_HISTORY):
        return
    for path in sorted(folder.glob("*.py")):
        if path.name != "__init__.py":
            yield _line(path.name, sentence_of(path), depth + 1)
    for path in sorted(folder.iterdir()):
        if path.is_dir() and any(path.rglob("*.py")):
            yield from _lines(path, path.name, depth + 1)


def _line(name: str, sentence: str, depth: int) -> str:
    return f"{'  ' * depth}- `{name}` {sentence}".rstrip()


def draw(root: Path) -> str:
    """The map of both distributions, as nested Markdown lists."""
    return "\n".join(line for one in ROOTS if (root / one).is_dir() for line in _lines(root / one, one, 0))


def replace(text: str, drawn: str) -> str:
    """The page with this map between its two marks. Raises ValueError where a mark is missing."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"ARCHITECTURE.md needs the two lines {BEGIN} and {END}")
    return f"{before}{begin}\n\n{drawn}\n\n{end}{after}"


def main() -> int:
    """Write the map, or compare it and return 1 when it is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the map is stale")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[1], help="the repository")
    options = parser.parse_args()
    page: Path = options.root / "ARCHITECTURE.md"
    text = page.read_text("utf-8")
    wanted = replace(text, draw(options.root))
    if wanted == text:
        return 0
    if not options.check:
        page.write_text(wanted, "utf-8")
        return 0
    changes = difflib.unified_diff(
        text.splitlines(), wanted.splitlines(), "ARCHITECTURE.md", "the code", lineterm="", n=0
    )
    print("\n".join(changes))
    print("The code map is stale; `make map` writes it anew.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
