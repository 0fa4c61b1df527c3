"""Passages for a question: what the index holds for it and for its queries, best first, each an exact slice."""

from collections.abc import Sequence

from futurone_server.pipelines.research.answers import Quote
from futurone_server.tools.documents import BlockKind
from futurone_server.tools.retrieval import Index, search

PASSAGE_CHARS_MAX = 1400
_PER_QUERY = 6


def passages(index: Index, queries: Sequence[str], limit: int) -> tuple[Quote, ...]:
    """At most ``limit`` passages: the best of each query in turn, none twice."""
    found = [search(index, query, _PER_QUERY) for query in queries]
    chosen: dict[int, float] = {}
    for rank in range(_PER_QUERY):
        for hits in found:
            if rank < len(hits):
                chosen.setdefault(hits[rank].passage, hits[rank].score)
    best = max(chosen.values(), default=1.0) or 1.0
    return tuple(_quote(index, number, score / best) for number, score in list(chosen.items())[:limit])


def _quote(index: Index, number: int, score: float) -> Quote:
    passage = index.passages[number]
    document = index.documents[passage.document]
    end = min(passage.end, passage.start + PASSAGE_CHARS_MAX)
    is_code = bool(passage.pieces) and all(piece.kind is BlockKind.CODE for piece in passage.pieces)
    return Quote(
        document=document.name,
        sha256=document.sha256,
        media_type=document.media_type,
        path=index.section(passage).path,
        start=passage.start,
        end=end,
        text=document.text[passage.start : end],
        score=round(min(1.0, max(0.0, score)), 4),
        is_code=is_code,
    )
