"""The labelled set: every passage through every rule, with what was written by hand; the same each time."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from benches.claims import mistakes, rewrites
from benches.claims.tables import Tables, tables
from benches.claims.texts import Passage, passages
from futurone_server.tools.documents import Block, BlockKind
from futurone_server.tools.retrieval import pieces

SEED = "claims-1"
SET = Path(__file__).with_name("labelled.jsonl")
_SECOND_PASSAGE = 0.3
_REWORDED = 0.35
_PER_PASSAGE: Mapping[str, int] = {"verbatim": 1, "synonyms": 2, "frame": 1, "number format": 1, "merge": 1}


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """A claim, the ids of the passages it cites, and whether they support it. ``made`` is ``rule`` or ``hand``."""

    id: str
    passages: tuple[str, ...]
    claim: str
    supported: bool
    kind: str
    made: str
    part: str


def generated() -> Iterator[Labelled]:
    """The whole set, in the order of the passages."""
    known, lists = passages(), tables()
    by_part = {part: [one for one in known if one.part == part] for part in ("train", "held")}
    sentences = {one.id: sentences_of(one.text) for one in known}
    for passage in known:
        others = [one for one in by_part[passage.part] if one.group != passage.group]
        near = [one.id for one in by_part[passage.part] if one.group == passage.group and one.id != passage.id]
        seen: set[str] = set()
        made = (*_by_hand(passage), *_by_rule(passage, others, sentences, lists))
        for number, (kind, how, supported, claim) in enumerate(made):
            if claim in seen:
                continue
            seen.add(claim)
            chance = _chance(passage.id, kind, claim)
            more = (chance.choice(near),) if near and chance.random() < _SECOND_PASSAGE else ()
            yield Labelled(
                id=f"{passage.id}/{number:02}",
                passages=(passage.id, *more),
                claim=claim,
                supported=supported,
                kind=kind,
                made=how,
                part=passage.part,
            )


def write() -> int:
    """Write the set; returns how many claims it has."""
    rows = [json.dumps(asdict(one), ensure_ascii=False) for one in generated()]
    SET.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return len(rows)


def load() -> list[Labelled]:
    """The set as it is stored."""
    rows = map(json.loads, SET.read_text(encoding="utf-8").splitlines())
    return [Labelled(**{**row, "passages": tuple(row["passages"])}) for row in rows]


def sentences_of(text: str) -> list[str]:
    """The sentences of a passage."""
    return [text[start:end] for start, end in pieces(text, Block(kind=BlockKind.PROSE, start=0, end=len(text)))]


def _by_hand(passage: Passage) -> Iterator[tuple[str, str, bool, str]]:
    for claim in passage.right:
        yield "paraphrase", "hand", True, claim
    for kind, claim in passage.wrong:
        yield kind, "hand", False, claim


def _by_rule(
    passage: Passage, others: list[Passage], sentences: Mapping[str, list[str]], lists: Tables
) -> Iterator[tuple[str, str, bool, str]]:
    own = sentences[passage.id]
    chance = _chance(passage.id, "others")
    around = mistakes.Surroundings(
        passage=passage.text,
        names=[name for one in chance.sample(others, min(30, len(others))) for name in mistakes.names_in(one.text)],
        sentences=[sentence for one in chance.sample(others, min(6, len(others))) for sentence in sentences[one.id]],
        tables=lists,
    )
    yield from _supported(passage.id, own, lists)
    yield from _unsupported(passage.id, own, around)


def _supported(name: str, own: list[str], lists: Tables) -> Iterator[tuple[str, str, bool, str]]:
    for kind, rule in rewrites.RULES.items():
        chance = _chance(name, kind)
        made = [claim for claim in (rule(sentence, chance, lists) for sentence in _mixed(own, chance)) if claim]
        for claim in made[: _PER_PASSAGE.get(kind, 2)]:
            yield kind, "rule", True, claim
    chance = _chance(name, "merge")
    at = chance.randrange(len(own) - 1) if len(own) > 1 else None
    if at is not None:
        yield "merge", "rule", True, rewrites.merged((own[at], own[at + 1]), chance)


def _unsupported(name: str, own: list[str], around: mistakes.Surroundings) -> Iterator[tuple[str, str, bool, str]]:
    for kind, rule in mistakes.RULES.items():
        chance = _chance(name, kind)
        for sentence in _mixed(own, chance):
            wrong = rule(sentence, chance, around)
            if wrong is None or wrong in around.passage:
                continue
            if chance.random() < _REWORDED:
                wrong = rewrites.reworded(wrong, chance, around.tables) or wrong
            yield kind, "rule", False, wrong
            break


def _mixed(own: list[str], chance: Random) -> list[str]:
    return chance.sample(own, len(own))


def _chance(*names: str) -> Random:
    return Random(hashlib.sha256("/".join((SEED, *names)).encode()).digest())
