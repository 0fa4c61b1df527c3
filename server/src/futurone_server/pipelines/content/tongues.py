"""What a task in German, French or Spanish asks for, by a few plain words: to look through, to write, and how long."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LOOK = (
    r"(?:schau|schauen|sieh|sehen|seht|lies|lesen|geh|gehen|guck)\b[^.,;:!?\n]{1,60}\bdurch|durchsehen|durchschauen|"
    r"durchlesen|durchgehen|durchzusehen|durchzulesen|gegenlesen|(?:über)?prüf(?:e|en|t|st)?|"
    r"korrigier(?:e|en|t)?|korrekturlesen|korrektur\s+lesen|lektorier(?:e|en|t)?|verbesser(?:e|n|t)?|"
    r"was\s+(?:würdest|würden)\s+(?:du|sie)\s+ändern|"
    r"relis|relire|relisez|corrige|corriger|corrigez|vérifie|vérifier|vérifiez|révise|réviser|révisez|améliore[rz]?|"
    r"revisa|revisar|revisen|revise\s+(?:el|la|los|las|este|esta|mi)|corregir|corrija|corrijan|repasa|repasar|repase|"
    r"comprueba|comprobar|compruebe|mejora|mejorar"
)
"""Verbs that ask for a draft to be looked through."""

WRITING = (
    r"schreib(?:e|en|t|st)?|verfass(?:e|en|t)?|übersetz(?:e|en|t)?|umschreiben|formulier(?:e|en|t)?|"
    r"fass(?:e|en|t)?\b[^.,;:!?\n]{1,60}\bzusammen|zusammenfassen|kürz(?:e|en|t)?|"
    r"écris|écrire|écrivez|rédige|rédiger|rédigez|traduis|traduire|traduisez|résume|résumer|résumez|"
    r"escribe|escribir|escriba|escriban|redacta|redactar|redacte|traduce|traducir|traduzca|resumir|resume\s+(?:el|la|este)"
)
"""Verbs that ask for a text to be written."""


@dataclass(frozen=True, kw_only=True)
class Length:
    """One bound of a text: of its words or sentences, the most or the least."""

    unit: str
    is_most: bool
    count: int


@dataclass(frozen=True, kw_only=True)
class _Words:
    """How one language says how long a text may be."""

    most: str
    least: str
    about: str
    until: str
    words: str
    sentences: str


_LANGUAGES = (
    _Words(
        most=r"höchstens|maximal|maximum|max\.?|nicht mehr als|nicht länger als|bis zu|unter|weniger als|in",
        least=r"mindestens|wenigstens|minimal|nicht weniger als|(?<!nicht )mehr als",
        about=r"etwa|ungefähr|rund|circa|ca\.?", until=r"bis|-|–", words="wörtern?|worten?", sentences="sätzen?|satz",
    ),
    _Words(
        most=r"au plus|au maximum|maximum|max\.?|pas plus de|moins de|jusqu['’]à|en",
        least=r"au moins|au minimum|minimum|(?<!pas )plus de",
        about=r"environ|à peu près|autour de", until=r"à|et|-|–", words="mots?", sentences="phrases?",
    ),
    _Words(
        most=r"como máximo|máximo(?: de)?|no más de|menos de|hasta|máx\.?|en",
        least=r"al menos|como mínimo|mínimo(?: de)?|por lo menos|(?<!no )más de",
        about=r"unas?|unos|alrededor de|aproximadamente|cerca de", until=r"a|y|-|–", words="palabras?",
        sentences="frases?|oraciones|oración",
    ),
)  # fmt: skip
_NUMBER = r"(\d{1,3}(?:[.’' \u202f]\d{3})|\d{1,6})"


def lengths_in(task: str) -> Iterator[Length]:
    """How long a text may be, as a task in German, French or Spanish says it."""
    for words in _LANGUAGES:
        for unit, noun in (("words", words.words), ("sentences", words.sentences)):
            yield from _lengths(task, words, unit, noun)


def _lengths(task: str, words: _Words, unit: str, noun: str) -> Iterator[Length]:
    for found in _found(rf"\b{_NUMBER}\s*(?:{words.until})\s*{_NUMBER}\s+(?:{noun})\b", task):
        yield Length(unit=unit, is_most=False, count=_whole(found.group(1)))
        yield Length(unit=unit, is_most=True, count=_whole(found.group(2)))
    for is_most, said in ((True, words.most), (False, words.least)):
        ahead = rf"(?<!\w)(?:{said})\s+{_NUMBER}\s+(?:{noun})\b"
        behind = rf"(?<![\w–-]){_NUMBER}\s+(?:{noun})\s+(?:{said})(?!\w|\s*\d)"
        for pattern in (ahead, behind):
            for found in _found(pattern, task):
                yield Length(unit=unit, is_most=is_most, count=_whole(found.group(1)))
    for found in _found(rf"(?<!\w)(?:{words.about})\s+{_NUMBER}\s+(?:{noun})\b", task):
        about = _whole(found.group(1))
        yield Length(unit=unit, is_most=False, count=about - about // 10)
        yield Length(unit=unit, is_most=True, count=about + about // 10)


def _found(pattern: str, task: str) -> Iterator[re.Match[str]]:
    return re.finditer(pattern, task, re.IGNORECASE)


def _whole(number: str) -> int:
    return int(re.sub(r"\D", "", number))
