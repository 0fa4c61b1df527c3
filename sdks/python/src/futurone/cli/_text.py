"""Text from elsewhere made safe to print: no terminal commands, no reversed reading order."""

import re
import unicodedata

_JOINERS = "\u200c\u200d"  # invisible, and part of the spelling of several languages
_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_UNSAFE_IN_NAMES = re.compile(r'[\s/\\:*?"<>|]+')
_NAME_BYTES_MAX = 100


def clean(text: object) -> str:
    """The text without control, direction and other invisible characters; line ends and tabs stay."""
    text = str(text).replace("\r\n", "\n")
    if text.isascii() and text.isprintable():
        return text
    return "".join(char for char in text if char in f"\n\t{_JOINERS}" or unicodedata.category(char) not in _UNSAFE)


def one_line(text: object) -> str:
    """The clean text with every run of white space as one space."""
    return " ".join(clean(text).split())


def columns(*values: object) -> str:
    """Clean values side by side, two spaces apart; ``-`` for what is missing."""
    return "  ".join(one_line(value) or "-" for value in ("" if each is None else each for each in values))


def safe_name(text: str, *, suffix: str = "") -> str:
    """A file name made of the text: no directories, no hidden file, nothing a shell or a terminal trips over."""
    name = _UNSAFE_IN_NAMES.sub("-", one_line(text)).strip("-. ")
    limit = _NAME_BYTES_MAX - len(suffix)
    name = name.encode("utf-8")[:limit].decode("utf-8", errors="ignore")
    return f"{name or 'file'}{suffix}"
