"""Finding passages: words, sentences with exact offsets, and BM25 ranking in memory."""

from futurone_server.tools.retrieval.index import Hit, Index, hit, search, stem_of
from futurone_server.tools.retrieval.passages import Passage, Piece
from futurone_server.tools.retrieval.sentences import PIECE_CHARS_MAX, pieces
from futurone_server.tools.retrieval.terms import Lexicon, is_name, numbers, words

__all__ = [
    "PIECE_CHARS_MAX",
    "Hit",
    "Index",
    "Lexicon",
    "Passage",
    "Piece",
    "hit",
    "is_name",
    "numbers",
    "pieces",
    "search",
    "stem_of",
    "words",
]
