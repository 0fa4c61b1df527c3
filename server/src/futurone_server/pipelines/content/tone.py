"""The tone that a task asks for: read out so that it is listed, though nothing here can measure it."""

import re

_CHARS_MAX = 80
_WORD = r"[^\W\d_][\w’'-]*"
_SAYS_NOTHING = """
    a an the this that its our my your their his her same right wrong overall general active passive of and or
    in for with to check review improve adjust change match keep mind watch what which whose no any write
    rewrite make give use proofread edit polish proof-read copy-edit look read der die das den dem des einen
    einem ein eine im in un une le la el los las de del d’un d'un son mon
"""
_NO_TONE = frozenset(_SAYS_NOTHING.split())
_SAID = (
    re.compile(
        r"\b(?:tone|ton|tonfall|tono)(?:\s+of\s+voice)?(?:\s+(?:is|should be|must be|to be)\b|\s*:)\s*([^.;\n]{2,60})",
        re.IGNORECASE,
    ),
    re.compile(r"\b(?:keep|make)\s+(?:the|its)\s+tone\s+([^.;\n]{2,60})", re.I),
    re.compile(r"\bin an? ([\w\s,-]{3,40}?) (?:tone|voice|style)\b", re.I),
)  # fmt: skip
_BEFORE = re.compile(
    rf"((?:{_WORD}(?:,\s*|\s+(?:and|but|yet|und)\s+|,\s*(?:and|but|yet|und)\s+))*{_WORD})\s+"
    r"(?:tone(?:\s+of\s+voice)?|(?-i:Ton)|tonfall|tonlage)(?![\w-])",
    re.IGNORECASE,
)
_BEHIND = re.compile(rf"\b(?:un|le|el|d['’]un)\s+ton[oe]?\s+((?:{_WORD}\s+et\s+|{_WORD}\s+y\s+)?{_WORD})", re.I)
_MENTIONED = re.compile(r"[^.!?\n]*\b(?:tone|tonfall|tonlage|tono)\b[^.!?\n]*", re.IGNORECASE)


def tone_of(task: str) -> str:
    """The tone that a task asks for; where it speaks of a tone and says none, that sentence; empty otherwise."""
    for pattern in _SAID:
        found = pattern.search(task)
        if found:
            return _flat(found.group(1))
    for found in _BEFORE.finditer(task):
        told = _adjectives(found.group(1))
        if told:
            return told
    behind = _BEHIND.search(task)
    if behind:
        return _flat(behind.group(1))
    mentioned = _MENTIONED.search(task)
    return _flat(mentioned.group()) if mentioned else ""


def _adjectives(told: str) -> str:
    """The words right before "tone" that can say which: none if the nearest says nothing."""
    words = re.split(r"(,\s*(?:and|but|yet|und)?\s+|\s+(?:and|but|yet|und)\s+)", told)
    kept: list[str] = []
    for word in reversed(words):
        if word.strip(" ,").lower() in _NO_TONE - {"and", "but"}:
            break
        kept.insert(0, word)
    return _flat("".join(kept)).strip(" ,")


def _flat(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _CHARS_MAX else f"{flat[: _CHARS_MAX - 1].rsplit(' ', 1)[0]}…"
