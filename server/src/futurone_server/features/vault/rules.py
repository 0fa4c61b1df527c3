"""The law of the vault: how names are shown, which filters make sense, how long links hold."""

import re
import unicodedata
from datetime import datetime

from futurone_server.features.vault.types import File, Filter
from futurone_server.kit import limits
from futurone_server.kit.errors import NotFound, TooLarge, invalid_field

PREFIX = "file_"
LINK_S = 15 * 60
LINK_S_MAX = 60 * 60
BATCH_CHUNKS = 16
"""So many sealed chunks, a MiB, go to the database or come from it at once."""

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/(\*|[a-z0-9][a-z0-9.+-]*)")
_EXTENSION = re.compile(r"\.?[\w+-]{1,16}")
_JOINERS = "\u200c\u200d"  # without them Persian words and many emoji fall apart
_EXTENSION_CHARS_MAX = 16


def display_name(given: str) -> str:
    """A file's name that is safe to show and to save under: the last part of a path, on one line, without tricks.

    Left out are control characters, and formatting ones such as those that reverse the direction of writing, so that
    ``fdp.exe`` cannot pass for ``exe.pdf``. Names that are too long lose their middle, not their extension. Raises
    Invalid when nothing is left.
    """
    text = unicodedata.normalize("NFC", re.split(r"[/\\]", given)[-1])
    text = " ".join("".join(_shown(char) for char in text).split()).rstrip(" .")
    if not text.strip(_JOINERS + " ."):
        raise invalid_field("name", "has no characters that could be shown; send `name` with a file name")
    return _shortened(text)


def _shown(char: str) -> str:
    category = unicodedata.category(char)
    if char in "\t\n\r\v\f" or category in ("Zs", "Zl", "Zp"):
        return " "
    is_hidden = category in ("Cc", "Cs") or (category == "Cf" and char not in _JOINERS)
    return "" if is_hidden else char


def _shortened(name: str) -> str:
    if len(name) <= limits.LABEL_CHARS_MAX:
        return name
    ending = "." + extension(name)
    if not 1 < len(ending) <= _EXTENSION_CHARS_MAX:
        ending = ""
    return name[: limits.LABEL_CHARS_MAX - len(ending)].rstrip() + ending


def extension(name: str) -> str:
    """What follows a name's last dot, in lower case; empty without one."""
    stem, dot, ending = name.rpartition(".")
    return ending.casefold() if dot and stem else ""


def check_folder(folder_id: str | None) -> None:
    """Refuse a folder. Raises Invalid."""
    if folder_id is not None:
        raise invalid_field("folder_id", "there is no such folder")


def check_filter(wanted: Filter) -> None:
    """Refuse a filter that could not match anything. Raises Invalid, naming the parameter."""
    check_folder(wanted.folder_id)
    kind = wanted.type
    if kind is not None and not (_MEDIA_TYPE if "/" in kind else _EXTENSION).fullmatch(kind.lower()):
        raise invalid_field("type", "must be a media type such as application/pdf, image/*, or an extension such as md")


def needs_names(wanted: Filter) -> bool:
    """Whether names decide what matches; they are sealed, so the database cannot tell."""
    return wanted.search is not None or (wanted.type is not None and "/" not in wanted.type)


def matches(file: File, wanted: Filter) -> bool:
    """Whether a file's name matches: it contains what is searched for, in whatever case, and has the extension."""
    if wanted.search is not None and _folded(wanted.search) not in _folded(file.name):
        return False
    is_extension = wanted.type is not None and "/" not in wanted.type
    return not is_extension or extension(file.name) == str(wanted.type).removeprefix(".").casefold()


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def sort_key(created_at: datetime, file_id: str) -> tuple[str, str]:
    """Where a file stands in a list, as a cursor says it."""
    return created_at.isoformat(), file_id


def read_sort_key(after: tuple[str, ...]) -> tuple[datetime, str]:
    """The same, from a cursor."""
    return datetime.fromisoformat(after[0]), after[1]


def too_large() -> TooLarge:
    """The refusal of a file over the bound."""
    return TooLarge(
        f"file: is larger than {limits.UPLOAD_BYTES_MAX >> 20} MiB, the most one file may have. Nothing was stored.",
        "FILE_TOO_LARGE",
        details={"field": "file", "limit_bytes": limits.UPLOAD_BYTES_MAX},
    )


def not_found() -> NotFound:
    """The refusal of a file that is absent, or another workspace's."""
    return NotFound("There is no such file in this workspace.")
