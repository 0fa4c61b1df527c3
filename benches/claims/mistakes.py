"""Rules that make a sentence say what its passage does not. Each gives None where it does not apply."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from benches.claims.tables import Tables
from benches.claims.texts import uncapitalised
from futurone_server.tools.retrieval.words import STOP

_NUMBER = re.compile(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?(?![\w])|\b(?:two|three|four|five|six|seven|eight|nine|ten)\b")
_NAME = re.compile(r"(?<=[a-z,] )(?:[A-Z][a-z]{2,}|[A-Z]{2,}[a-z]?|[A-Za-z]+_[A-Za-z_]+)(?: [A-Z][a-z]+)?\b")
_SMALL = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
_BE = re.compile(r"\b(is|are|was|were|can|may|must|should|will|has|have|could|does|do)\b(?! not| no|n't)")
_NOT = re.compile(r"\b(is|are|was|were|can|may|must|should|will|does|do) not\b|\bcannot\b")
_THAN = re.compile(r"^(?:The )?([\w-]+(?: [\w-]+)?) (is|are|has|have|\w+s) (.{0,60}?)\bthan ([\w-]+)\b(.*)$")
_FROM = re.compile(r"\bfrom ((?:the )?[\w-]+) to ((?:the )?[\w-]+)")
_CONTRAST = re.compile(
    r"^((?:The |A )?[\w-]+) (.{6,60}?),? (while|but|and) ((?:the |a )?[\w-]+) "
    r"((?:\w+s|can|may|must|\w+ed|are|fell|grew|rose|one|gives?|has|have) .{3,80})$"
)
_SUBJECT = re.compile(
    r"^((?:The |A |An )?(?:[\w'-]+ ){1,4}?)(?=(?:is|are|was|were|has|have|can|may|must|should|will|needs?|does|do|"
    r"takes?|keeps?|makes?|gives?|shows?|costs?|begins?|lasts?|holds?|sends?|writes?|reads?)\b)"
)
_PRONOUNS = (
    "It ",
    "They ",
    "This ",
    "That ",
    "These ",
    "Those ",
    "There ",
    "Both ",
    "He ",
    "She ",
    "Neither ",
    "What ",
    "If ",
    "When ",
    "Before ",
    "After ",
    "Since ",
    "In ",
    "At ",
    "From ",
    "Nothing ",
    "Who ",
    "So ",
    "Because ",
    "You ",
    "We ",
    "Suppose ",
    "For ",
    "On ",
    "Until ",
)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a rule may need beside the sentence: its passage, names and sentences of others, the lists."""

    passage: str
    names: Sequence[str]
    sentences: Sequence[str]
    tables: Tables


def number(sentence: str, chance: Random, around: Surroundings) -> str | None:
    """Another number, one that the passage does not have."""
    places = list(_NUMBER.finditer(sentence))
    if not places:
        return None
    place = chance.choice(places)
    new = _other_number(place.group(), chance, around.passage)
    return None if new is None else sentence[: place.start()] + new + sentence[place.end() :]


def name(sentence: str, chance: Random, around: Surroundings) -> str | None:
    """Another name, from a list, from other passages or from elsewhere in the same one."""
    places = list(_NAME.finditer(sentence))
    if not places:
        return None
    place = chance.choice(places)
    nearby = [found.group() for found in _NAME.finditer(around.passage) if found.group() not in sentence]
    pool = nearby if nearby and chance.random() < 0.25 else chance.choice((around.names, around.tables.names))
    pool = [
        one
        for one in pool
        if one not in sentence
        and (pool is nearby or one not in around.passage)
        and _shape(one) == _shape(place.group())
    ]
    return sentence[: place.start()] + chance.choice(pool) + sentence[place.end() :] if pool else None


def antonym(sentence: str, chance: Random, around: Surroundings) -> str | None:
    """One word turned into its opposite."""
    words = [word for word in around.tables.opposites if re.search(rf"\b{word}\b", sentence)]
    if not words:
        return None
    word = chance.choice(sorted(words))
    return re.sub(rf"\b{word}\b", chance.choice(around.tables.opposites[word]), sentence, count=1)


def negation(sentence: str, chance: Random, around: Surroundings) -> str | None:
    """A "not" put in or taken out."""
    if _NOT.search(sentence):
        return _NOT.sub(lambda found: found[1] or "can", sentence, count=1)
    places = list(_BE.finditer(sentence))
    if not places:
        return None
    return sentence[: places[0].end()] + " not" + sentence[places[0].end() :]


def addition(sentence: str, chance: Random, around: Surroundings) -> str | None:
    """Something that the passage does not say, at the end."""
    if chance.random() < 0.3:
        other = chance.choice(around.sentences)
        return f"{sentence.rstrip('.')}, and {uncapitalised(other)}"
    return f"{sentence.rstrip('.')}{chance.choice(around.tables.additions)}."


def role(sentence: str, chance: Random, around: Surroundings) -> str | None:
    """The two sides of a relation exchanged."""
    found = _FROM.search(sentence)
    if found and not any(side[0].isdigit() for side in found.groups()):
        return f"{sentence[: found.start()]}from {found[2]} to {found[1]}{sentence[found.end() :]}"
    found = _THAN.match(sentence)
    if found and found[4] not in {"a", "the", "one", "that", "in", "any", "once"} and not found[4][0].isdigit():
        side = found[4][0].upper() + found[4][1:]
        return f"{side} {found[2]} {found[3]}than {uncapitalised(found[1])}{found[5]}"
    found = _CONTRAST.match(sentence)
    if found and not STOP.intersection((found[1].lower(), found[4].lower())):
        subject = found[4][0].upper() + found[4][1:]
        return f"{subject} {found[2]} {found[3]} {uncapitalised(found[1])} {found[5]}"
    names = list(_NAME.finditer(sentence))
    if len(names) == 2 and not re.fullmatch(r",? (?:and|or) |, ", sentence[names[0].end() : names[1].start()]):
        middle = sentence[names[0].end() : names[1].start()]
        return f"{sentence[: names[0].start()]}{names[1].group()}{middle}{names[0].group()}{sentence[names[1].end() :]}"
    return None


def topic(sentence: str, chance: Random, around: Surroundings) -> str | None:
    """Another subject, or a sentence that is about something else altogether."""
    others = [one for one in around.sentences if not one.startswith(_PRONOUNS)]
    if chance.random() < 0.3:
        return chance.choice(others)
    own = _SUBJECT.match(sentence)
    new = _SUBJECT.match(chance.choice(others))
    if own is None or new is None or " that " in f"{own[1]} {new[1]}" or sentence.startswith(_PRONOUNS):
        return None
    return new[1] + sentence[own.end() :]


def modality(sentence: str, chance: Random, around: Surroundings) -> str | None:
    """A weak word made strong."""
    words = [word for word in around.tables.stronger if re.search(_weak(word), sentence, re.IGNORECASE)]
    if not words:
        return None
    word = chance.choice(sorted(words))
    new = chance.choice(around.tables.stronger[word])

    def put(found: re.Match[str]) -> str:
        return new[0].upper() + new[1:] if found.group()[0].isupper() else new

    return re.sub(_weak(word), put, sentence, count=1, flags=re.IGNORECASE)


RULES: Mapping[str, Callable[[str, Random, Surroundings], str | None]] = {
    "number": number,
    "entity": name,
    "antonym": antonym,
    "negation": negation,
    "addition": addition,
    "role": role,
    "topic": topic,
    "modality": modality,
}


def _shape(name: str) -> str:
    return "code" if "_" in name or (not name[1:].islower() and " " not in name) else "word"


def _weak(word: str) -> str:
    return rf"(?<!\bat )(?<!\bthe )(?<!\bas )(?<!\bhow )\b{word}\b(?! not)(?! \d)" if word != "up to" else r"\bup to\b"


def names_in(text: str) -> list[str]:
    """The names that stand inside sentences of a text."""
    return [found.group() for found in _NAME.finditer(text) if found.group().lower() not in STOP]


def _other_number(spelt: str, chance: Random, passage: str) -> str | None:
    for _ in range(12):
        if spelt in _SMALL:
            new = chance.choice(_SMALL)
        else:
            value = float(spelt.replace(",", ""))
            changed = chance.choice(
                (value + chance.randint(1, 9), value * 2, value * 10, max(1.0, value - 1), value / 2)
            )
            digits = spelt.partition(".")[2]
            new = f"{changed:,.{len(digits)}f}" if "," in spelt or value >= 10_000 else f"{changed:.{len(digits)}f}"
        if new != spelt and not re.search(rf"(?<![\w.]){re.escape(new)}(?![\w])", passage):
            return new
    return None
