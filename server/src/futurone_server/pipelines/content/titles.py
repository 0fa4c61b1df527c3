"""Titles of what is made from a task: short enough for a file's name, and ended between words."""

import re

TITLE_CHARS_MAX = 80
_WORDS_MIN = 3
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+|\n+")
_LOOSE = " .,;:–—-…"


def title_of(kind: str, goal: str) -> str:
    """The kind and the beginning of the goal: its first sentence, or more where that has hardly a word."""
    told = ""
    for sentence in _SENTENCE_END.split(goal.strip()):
        told = f"{told} {' '.join(sentence.split())}".strip()
        if len(told.split()) >= _WORDS_MIN:
            break
    return shortened_title(f"{kind}: {told}" if told else kind)


def shortened_title(title: str) -> str:
    """A title that is not too long, cut after a word, without a loose mark at its end."""
    flat = " ".join(title.split())
    if len(flat) <= TITLE_CHARS_MAX:
        return flat.rstrip(_LOOSE) or flat
    return f"{flat[: TITLE_CHARS_MAX - 1].rsplit(' ', 1)[0].rstrip(_LOOSE)}…"
