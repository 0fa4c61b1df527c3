"""Which way each criterion is better, as a task states it: by name, in lists, or for all of them at once."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from futurone_server.pipelines.strategy.given import Better
from futurone_server.pipelines.strategy.naming import own_words


@dataclass(frozen=True, kw_only=True)
class _Words:
    """How one language says it."""

    lower: str
    higher: str
    better: str
    worse: str
    filling: str


_ENGLISH = _Words(
    lower=r"low(?:er|est)?|less|least|cheaper|smaller|smallest|fewer|fewest|shorter|shortest|minimi[sz]e[sd]?",
    higher=r"high(?:er|est)?|more|most|larger|largest|bigger|biggest|longer|longest|greater|greatest|maximi[sz]e[sd]?",
    better=r"better|preferred|preferable|prefer|desirable|wanted|minimi[sz]e[sd]?|maximi[sz]e[sd]?|good",
    worse=r"worse|bad|not better",
    filling=r"is|are|always|generally|values?|numbers?|scores?|ratings?|points?|figures?|the|means|=",
)
_LANGUAGES = (
    _ENGLISH,
    _Words(
        lower="niedriger|niedrigere|geringer|geringere|weniger|kleiner|kürzer|günstiger", better="besser",
        higher="höher|höhere|mehr|größer|länger", worse="schlechter", filling="ist|sind|die|werte?|immer",
    ),
    _Words(
        lower="moins|inférieure?s?|plus (?:bas|basse|petite?|faible)s?", higher="plus|supérieure?s?",
        better="mieux|meilleure?s?|préférable", worse="pire",
        filling="est|sont|c['’]est|le|les|valeurs?|élevée?s?|haute?s?",
    ),
    _Words(
        lower="menor|menores|menos|más baj[oa]s?", higher="mayor|mayores|más(?: alt[oa]s?)?",
        better="mejor|mejores|preferible", worse="peor", filling="es|son|valor(?:es)?|los|las",
    ),
)  # fmt: skip
_SENTENCE = re.compile(r"[!?\n]+|\.(?=\s|\Z)")
_PART = re.compile(r";")
_ATOM = re.compile(r",|\b(?:and|but|while|whereas|und|aber|während|et|mais|tandis|y|pero|e)\b")
_EXCEPT = re.compile(
    r"\b(?:except(?: for)?|apart from|other than|but not(?: for)?|(?<=\0 )but|außer|sauf|excepto)\b",
    re.IGNORECASE,
)
_REST = re.compile(
    r"\b(?:all (?:the )?others?|the others?|the rest|everything else|all other \w+|everything|all (?:criteria|columns)|"
    r"each criterion|every criterion|alles andere|allen anderen|tout le reste|todo lo demás)\b",
    re.IGNORECASE,
)
_ALL = 999
"""What stands for every criterion that is not named elsewhere, in place of a position."""


@dataclass(frozen=True, kw_only=True)
class Stated:
    """What a task states: directions by the position of a criterion, one for all others, and where it says both."""

    named: Mapping[int, Better]
    others: Better | None
    torn: frozenset[int]

    def of(self, at: int) -> Better | None:
        """The direction of a criterion; None where none is stated, or two are."""
        return None if at in self.torn else self.named.get(at, self.others)


@dataclass
class _Told:
    """The names and directions of a few words, in their order; a direction is the only kind of ``Better``."""

    found: list[int | Better] = field(default_factory=list)

    @property
    def names(self) -> list[int]:
        return [one for one in self.found if not isinstance(one, Better)]

    @property
    def betters(self) -> list[Better]:
        return [one for one in self.found if isinstance(one, Better)]


def stated_in(task: str, names: Sequence[str]) -> Stated:
    """What a task says about which way its criteria are better. Tables in it are not read."""
    named: dict[int, Better] = {}
    torn: set[int] = set()
    for at, better in _statements(task, names):
        if named.setdefault(at, better) is not better:
            torn.add(at)
    if _ALL in torn:
        torn |= set(range(len(names))) - named.keys()
    others = named.pop(_ALL, None)
    return Stated(named=named, others=others, torn=frozenset(torn))


def said_by(text: str) -> Better | None:
    """The direction that a cell or a bracket says by itself: "lower", "max", "higher is better", "cost"."""
    is_lower = re.search(rf"\b(?:{_ENGLISH.lower}|min|cost|down|{_LANGUAGES[1].lower})\b", text, re.IGNORECASE)
    is_higher = re.search(rf"\b(?:{_ENGLISH.higher}|max|benefit|up|{_LANGUAGES[1].higher})\b", text, re.IGNORECASE)
    if bool(is_lower) == bool(is_higher):
        return None
    return Better.LOWER if is_lower else Better.HIGHER


def _statements(task: str, names: Sequence[str]) -> Iterator[tuple[int, Better]]:
    lines = "\n".join(line for line in task.splitlines() if "|" not in line)
    marked = _marked(lines, names)
    for sentence in _SENTENCE.split(marked):
        words = next(
            (one for one in _LANGUAGES if re.search(rf"\b(?:{one.better}|{one.worse})\b", sentence, re.I)), None
        )
        if words:
            for part in _PART.split(sentence):
                yield from _of_part(part, words)


def _marked(text: str, names: Sequence[str]) -> str:
    """The text with each criterion's name as a mark, so that no word of a name is read as anything else."""
    called = [(word, at) for at, name in enumerate(names) for word in own_words(name, list(names))]
    for word, at in sorted(called, key=lambda one: -len(one[0])):
        spaced = r"[\s_-]+".join(map(re.escape, re.split(r"[\s_-]+", word)))
        if not re.fullmatch(rf"(?:{_ENGLISH.lower}|{_ENGLISH.higher}|{_ENGLISH.better})", word, re.IGNORECASE):
            text = re.sub(rf"(?<![\w\0]){spaced}s?(?![\w\0])", f"\0{at}\0", text, flags=re.IGNORECASE)
    return _REST.sub(f"\0{_ALL}\0", text)


def _of_part(part: str, words: _Words) -> Iterator[tuple[int, Better]]:
    is_turned = bool(re.search(rf"\b(?:{words.worse})\b", part, re.I))
    head, *rest = _EXCEPT.split(part, maxsplit=1)
    exempt = _read(rest[0], words) if rest else _Told()
    atoms = [_read(atom, words) for atom in _ATOM.split(head)]
    own = exempt.betters
    if own and not any(told.betters for told in atoms):
        # "For everything but price, higher is better": the direction is that of the others.
        atoms, own = [*atoms, _Told(found=[own[0]])], []
    found = [
        (at, _turned(better) if is_turned else better) for at, better in _assigned(atoms, _is_for_all(part, words))
    ]
    yield from ((at, better) for at, better in found if at not in exempt.names)
    if found:
        yield from ((at, own[0] if own else _turned(found[-1][1])) for at in exempt.names)


def _read(atom: str, words: _Words) -> _Told:
    pattern = rf"\0(?P<name>\d+)\0|\b(?:(?P<lower>{words.lower})|(?P<higher>{words.higher}))\b(?! than| als| que)"
    told = _Told()
    for found in re.finditer(pattern, atom, re.IGNORECASE):
        if found["name"]:
            told.found.append(int(found["name"]))
        else:
            told.found.append(Better.LOWER if found["lower"] else Better.HIGHER)
    return told


def _is_for_all(part: str, words: _Words) -> bool:
    """Whether a direction stands beside "better" with nothing between them that it could be about."""
    beside = rf"\b(?:{words.lower}|{words.higher})(?:\s+(?:{words.filling}))*\s+(?:{words.better}|{words.worse})\b"
    return re.search(beside, part, re.IGNORECASE) is not None


def _assigned(atoms: Sequence[_Told], is_for_all: bool) -> Iterator[tuple[int, Better]]:
    """Each name with its direction: the one it stands beside, else the next for names before it, else the last."""
    waiting: list[int] = []
    last: Better | None = None
    for told in atoms:
        if not told.betters:
            waiting += told.names
            continue
        is_first = isinstance(told.found[0], Better)
        if last is not None and told.names and is_first:
            yield from ((at, last) for at in waiting)
            waiting = []
        if not told.names and not waiting and is_for_all:
            yield _ALL, told.betters[0]
        yield from _beside(told, is_first)
        yield from ((at, told.betters[0]) for at in waiting)
        waiting, last = [], told.betters[-1]
    if last is not None:
        yield from ((at, last) for at in waiting)


def _beside(told: _Told, is_first: bool) -> Iterator[tuple[int, Better]]:
    """Names and directions of one atom: "lower price" or "price lower"."""
    found = told.found if is_first else list(reversed(told.found))
    better = told.betters[0] if is_first else told.betters[-1]
    for one in found:
        if isinstance(one, Better):
            better = one
        else:
            yield one, better


def _turned(better: Better) -> Better:
    return Better.HIGHER if better is Better.LOWER else Better.LOWER
