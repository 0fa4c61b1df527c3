"""Rules that say the same in another way. Each takes a sentence and gives None where it does not apply."""

import re
from collections.abc import Callable, Mapping
from random import Random

from benches.claims.tables import Tables
from benches.claims.texts import uncapitalised

_DROPPED = re.compile(r"^(.{25,}?), (?:and|but|so|although|while) (?!not |only |if )[^,;]{12,}\.$")
_CONDITION = re.compile(r"^([A-Z][^,;:]{12,}) (if|when|because|after|before|although) ([^,;:]{8,})\.$")
_FRONTED = re.compile(r"^(If|When|Because|After|Before|Although) ([^,;:]{8,}), ([^,;:]{8,})\.$")
_GROUPED = re.compile(r"\b(\d{1,3}),(\d{3})\b")
_SMALL = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_UNITS = {
    "kilometres": "km", "metres": "m", "percent": "%", "centimetres": "cm", "millimetres": "mm", "seconds": "s",
    "minutes": "min", "hours": "h", "euros": "EUR",
}  # fmt: skip
_JOINED = ("; ", ", and ", ", while ")


def verbatim(sentence: str, chance: Random, tables: Tables) -> str | None:
    """The sentence itself."""
    return sentence


def reworded(sentence: str, chance: Random, tables: Tables) -> str | None:
    """Up to three words exchanged for others that mean the same."""
    places = [found for found in re.finditer(r"[A-Za-z]+", sentence) if found.group() in tables.synonyms]
    places = sorted(chance.sample(places, min(len(places), chance.randint(1, 3))), key=lambda one: -one.start())
    changed = sentence
    for place in places:
        new = chance.choice(tables.synonyms[place.group()])
        changed = changed[: place.start()] + new + changed[place.end() :]
    return None if changed == sentence else changed


def renumbered(sentence: str, chance: Random, tables: Tables) -> str | None:
    """Numbers and units spelt in another way."""
    changed = _GROUPED.sub(r"\1\2", sentence)
    changed = re.sub(r"(?<![\d.,:])\b(\d{1,2})(?= [a-z])", lambda found: _spelt(found.group()), changed)
    if changed == sentence:
        changed = re.sub(r"\b(two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b", _digits, sentence)
    if chance.random() < 0.5:
        changed = re.sub(r"(?<=\d) (" + "|".join(_UNITS) + r")\b", lambda found: f" {_UNITS[found[1]]}", changed)
    return None if changed == sentence else changed


def shortened(sentence: str, chance: Random, tables: Tables) -> str | None:
    """Without its last clause, where that is a statement of its own."""
    found = _DROPPED.match(sentence)
    return f"{found[1]}." if found and " if " not in found[1] else None


def reordered(sentence: str, chance: Random, tables: Tables) -> str | None:
    """A condition or reason moved to the front or to the end."""
    found = _CONDITION.match(sentence)
    if found:
        return f"{found[2].capitalize()} {found[3]}, {uncapitalised(found[1])}."
    found = _FRONTED.match(sentence)
    return f"{found[3][0].upper()}{found[3][1:]} {found[1].lower()} {found[2]}." if found else None


def framed(sentence: str, chance: Random, tables: Tables) -> str | None:
    """With words around it that only say where it comes from."""
    return chance.choice(tables.frames).format(uncapitalised(sentence))


def merged(sentences: tuple[str, str], chance: Random) -> str:
    """Two sentences as one."""
    one, other = sentences
    return f"{one.rstrip('.')}{chance.choice(_JOINED)}{uncapitalised(other)}"


RULES: Mapping[str, Callable[[str, Random, Tables], str | None]] = {
    "verbatim": verbatim,
    "synonyms": reworded,
    "number format": renumbered,
    "clause dropped": shortened,
    "order": reordered,
    "frame": framed,
}


def _spelt(number: str) -> str:
    return _SMALL[int(number)] if int(number) < len(_SMALL) else number


def _digits(found: re.Match[str]) -> str:
    return str(_SMALL.index(found.group()))
