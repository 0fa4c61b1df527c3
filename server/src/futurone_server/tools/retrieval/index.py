"""An index in memory over all documents of a run, and BM25 ranking with weight on headings and titles."""

import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from futurone_server.tools.documents import Document, Section
from futurone_server.tools.retrieval.passages import Passage, passages
from futurone_server.tools.retrieval.terms import Lexicon

CHARS_MAX = 24_000_000
"""Documents beyond this sum are left out, and said so."""

_HEADING_WEIGHT = 3.0
_PATH_WEIGHT = 1.5
_TITLE_WEIGHT = 1.0
_SATURATION = 1.2
_LENGTH_SHARE = 0.6


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A passage that was found: offsets into the text of the document with this index."""

    document: int
    name: str
    sha256: str
    path: tuple[str, ...]
    start: int
    end: int
    score: float
    passage: int


@dataclass(slots=True)
class _Postings:
    passages: "array[int]" = field(default_factory=lambda: array("I"))
    weights: "array[float]" = field(default_factory=lambda: array("f"))
    in_body: int = 0


class Index:
    """All passages of some documents, ready to be searched. Built once, then only read; not for several threads.

    The same document given twice is read once. ``left_out`` names the documents that did not fit.
    """

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents, self.left_out = _chosen(documents)
        self.lexicon = Lexicon()
        self.passages: tuple[Passage, ...] = tuple(
            passage for number, document in enumerate(self.documents) for passage in passages(document, number)
        )
        self._postings: dict[str, _Postings] = {}
        self._homes: dict[str, frozenset[int]] = {}
        self._lengths = array("f", bytes(4 * len(self.passages)))
        self._build()
        self._mean_length = max(1.0, sum(self._lengths) / max(1, len(self._lengths)))

    def section(self, passage: Passage) -> Section:
        """The section a passage is from."""
        return self.documents[passage.document].sections[passage.section]

    def holds(self, term: str) -> bool:
        """Whether a term occurs anywhere."""
        return term in self._postings

    def documents_with(self, term: str) -> frozenset[int]:
        """The documents in which a term occurs, by index."""
        known = self._homes.get(term)
        if known is None:
            postings = self._postings.get(term)
            numbers = postings.passages if postings else ()
            known = self._homes[term] = frozenset(self.passages[number].document for number in numbers)
        return known

    def rarity(self, terms: Iterable[str]) -> float:
        """How telling a word is, from 0 (everywhere) up: its inverse document frequency over passages."""
        total = len(self.passages)
        found = max((self._postings[term].in_body for term in terms if term in self._postings), default=0)
        return math.log(1 + (total - found + 0.5) / (found + 0.5))

    def scores(self, term: str) -> Iterable[tuple[int, float]]:
        """Passages with a term, and its saturated and length-normalised frequency there (BM25 without IDF)."""
        postings = self._postings.get(term)
        if postings is None:
            return
        for passage, weight in zip(postings.passages, postings.weights, strict=True):
            length = 1 - _LENGTH_SHARE + _LENGTH_SHARE * self._lengths[passage] / self._mean_length
            yield passage, weight * (_SATURATION + 1) / (weight + _SATURATION * length)

    def _build(self) -> None:
        of, context = (-1, -1), dict[str, float]()
        for number, passage in enumerate(self.passages):
            if (passage.document, passage.section) != of:
                of = (passage.document, passage.section)
                context = self._context(self.documents[passage.document], self.section(passage))
            self._add(number, context)

    def _add(self, number: int, context: dict[str, float]) -> None:
        passage = self.passages[number]
        text = self.documents[passage.document].text
        counts = self.lexicon.count(text, passage.start, passage.end)
        self._lengths[number] = sum(counts.values())
        for term, times in counts.items():
            self._post(term, number, times + context.get(term, 0.0)).in_body += 1
        for term in context.keys() - counts.keys():
            self._post(term, number, context[term])

    def _post(self, term: str, number: int, weight: float) -> _Postings:
        postings = self._postings.get(term)
        if postings is None:
            postings = self._postings[term] = _Postings()
        postings.passages.append(number)
        postings.weights.append(weight)
        return postings

    def _context(self, document: Document, section: Section) -> dict[str, float]:
        """What the headings and the title add to each of their terms: the nearest counts most."""
        named = dict.fromkeys(self.lexicon.in_text(f"{document.title} {stem_of(document.name)}"), _TITLE_WEIGHT)
        for title in section.path[:-1]:
            named.update(dict.fromkeys(self.lexicon.in_text(title), _PATH_WEIGHT))
        named.update(dict.fromkeys(self.lexicon.in_text(section.title), _HEADING_WEIGHT))
        return named


def stem_of(name: str) -> str:
    """A file name without its extension, the part that can say what a document is about."""
    base = name.rpartition("/")[2]
    return base.rpartition(".")[0] or base


def search(index: Index, query: str, k: int) -> tuple[Hit, ...]:
    """The ``k`` passages that fit a query best, best first; equal ones in the order of the documents."""
    scores: dict[int, float] = {}
    for term in dict.fromkeys(index.lexicon.in_text(query)):
        rarity = index.rarity((term,))
        for passage, value in index.scores(term):
            scores[passage] = scores.get(passage, 0.0) + rarity * value
    best = sorted(scores, key=lambda passage: (-scores[passage], passage))[:k]
    return tuple(hit(index, passage, scores[passage]) for passage in best)


def hit(index: Index, number: int, score: float) -> Hit:
    """A passage of the index as a Hit."""
    passage = index.passages[number]
    document = index.documents[passage.document]
    return Hit(
        document=passage.document,
        name=document.name,
        sha256=document.sha256,
        path=index.section(passage).path,
        start=passage.start,
        end=passage.end,
        score=score,
        passage=number,
    )


def _chosen(documents: Sequence[Document]) -> tuple[tuple[Document, ...], tuple[str, ...]]:
    chosen: dict[str, Document] = {}
    left_out = []
    size = 0
    for document in documents:
        if document.sha256 in chosen:
            continue
        if size + len(document.text) > CHARS_MAX:
            left_out.append(document.name)
            continue
        size += len(document.text)
        chosen[document.sha256] = document
    return tuple(chosen.values()), tuple(left_out)
