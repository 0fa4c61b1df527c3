"""The generator's lists, read from ``tables.toml``."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Tables:
    """Words and phrases the rules draw from."""

    synonyms: Mapping[str, list[str]]
    frames: list[str]
    opposites: Mapping[str, list[str]]
    stronger: Mapping[str, list[str]]
    additions: list[str]
    names: list[str]


def tables() -> Tables:
    """The lists of the file."""
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    supported, unsupported = data["supported"], data["unsupported"]
    opposites: dict[str, list[str]] = {}
    for line in unsupported["opposites"].strip().splitlines():
        left, right = (side.strip() for side in line.split("|"))
        opposites.setdefault(left, []).append(right)
        opposites.setdefault(right, []).append(left)
    synonyms = {word: [new for new in others if new != word] for word, others in _lists(supported["synonyms"]).items()}
    return Tables(
        synonyms={word: others for word, others in synonyms.items() if others},
        frames=supported["frames"],
        opposites=opposites,
        stronger=_lists(unsupported["stronger"]),
        additions=unsupported["additions"],
        names=unsupported["names"],
    )


def _lists(text: str) -> dict[str, list[str]]:
    found = {}
    for line in text.strip().splitlines():
        word, _, others = line.partition(":")
        found[word.strip().strip('"')] = [other.strip() for other in others.split(",")]
    return found
