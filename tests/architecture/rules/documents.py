"""What the pages for contributors name must be there: files, folders, links, commands."""

import re
from collections.abc import Collection, Iterator

_CODE = re.compile(r"`([^`\s]+)`")
_LINK = re.compile(r"\]\(([^)#\s]+)\)")
_MAKE = re.compile(r"`make ([a-z]+)")
_TARGET = re.compile(r"^([a-z]+):.*?##", re.MULTILINE)
_BASES = ("", "server/src/futurone_server/", "server/src/", "docs/")
_PATH = re.compile(r"^[\w./-]+(?:/|\.(?:py|md|toml|txt|in))$")
_IN_EVERY_ROOM = {"types.py", "rules.py", "service.py", "store.py", "tables.py", "__init__.py", "registry.py"}
_MAP = "<!-- code map"


def lost_paths(page: str, text: str, files: Collection[str]) -> Iterator[str]:
    """Paths in code spans that no file has. A folder ends with a slash."""
    for name in _CODE.findall(text.partition(_MAP)[0]):
        if not _PATH.match(name) or name in _IN_EVERY_ROOM:
            continue
        wanted = [base + name for base in _BASES]
        if not any(file == one or (name.endswith("/") and file.startswith(one)) for file in files for one in wanted):
            yield f"{page}: names {name}, which is not there"


def lost_links(page: str, text: str, files: Collection[str]) -> Iterator[str]:
    """Links to files of the repository that are not there, seen from the page's folder."""
    folder = page.rpartition("/")[0]
    for target in _LINK.findall(text):
        parts = [part for part in f"{folder}/{target}".split("/") if part]
        path = re.sub(r"[^/]+/\.\./", "", "/".join(parts)).rstrip("/")
        if "://" not in target and not any(file == path or file.startswith(path + "/") for file in files):
            yield f"{page}: links to {target}, which is not there"


def lost_commands(page: str, text: str, makefile: str) -> Iterator[str]:
    """Commands of make that the Makefile does not list."""
    for name in sorted(set(_MAKE.findall(text)) - set(_TARGET.findall(makefile))):
        yield f"{page}: names make {name}, which is no target"
