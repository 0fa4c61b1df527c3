"""Text from outside as inert Markdown: it shows as it is written and can build nothing."""

import re

from futurone_server.tools.documents import make_visible

_SPECIAL = re.compile(r"[\\`*\[\]<>&|~$#]|(?<![^\W_])_|_(?![^\W_])|(?<=www)\.(?=\S)|:(?=//)", re.IGNORECASE)
_LINE_START = re.compile(r"[-+=>#:]|\d{1,9}[.)]")
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0\ufffd"
    "\U0001d173-\U0001d17a\U000e0100-\U000e01ef]"
    "|(?<![\u0600-\u0fff\u1000-\u109f\u1780-\u18af\u2190-\U0001faff])[\u200c\u200d]"
    "|[\u200c\u200d](?![\u0600-\u0fff\u1000-\u109f\u1780-\u18af\u2190-\U0001faff])"
)
_FENCE_RUN = re.compile(r"`{3,}")


def inline(text: str) -> str:
    """A text as Markdown inside a line: every character shows, none means anything. White space becomes one space."""
    return _SPECIAL.sub(r"\\\g<0>", " ".join(make_visible(text)[0].split()))


def seen(text: str) -> str:
    """As ``inline``, and what shows nothing is left out, so that a reader of the text reads what is there."""
    return inline(without_unseen(text))


def without_unseen(text: str) -> str:
    """A text without the characters that show nothing, in which words can be hidden or cut: zero-width, marks of order,
    and the sign that stands in documents in place of each of them.

    Joiners stay where they join: between letters of scripts that need them, and in pictures of several signs.
    """
    return _UNSEEN.sub("", text)


def at_line_start(text: str) -> str:
    """As ``inline``, also safe as the first thing on a line."""
    escaped = inline(text)
    start = _LINE_START.match(escaped)
    if start is None:
        return escaped
    return f"{escaped[: start.end() - 1]}\\{escaped[start.end() - 1 :]}"


def fenced(text: str) -> list[str]:
    """A text as the lines of a code block whose fence it cannot close."""
    runs = [len(run) for run in _FENCE_RUN.findall(text)]
    fence = "`" * (max(runs, default=2) + 1)
    return [f"{fence}text", *text.splitlines(), fence]


def shortened_title(text: str, chars_max: int) -> str:
    """A title of bounded length, cut after a word."""
    flat = " ".join(text.split())
    return flat if len(flat) <= chars_max else flat[: chars_max - 1].rsplit(" ", 1)[0] + "…"


def shortened(text: str, chars_max: int) -> str:
    """A name or path of bounded length; the end of a long one stays, because extensions stand there."""
    flat = " ".join(text.split())
    if len(flat) <= chars_max:
        return flat
    return f"{flat[: chars_max - 21]}…{flat[-20:]}"
