"""How likely an answer answers its question where no judge has said so: by the words of the question that it covers."""

from collections.abc import Sequence

from futurone_server.pipelines.research.answers import Quote
from futurone_server.pipelines.research.brief import Question, Wanted
from futurone_server.pipelines.research.evidence import value
from futurone_server.pipelines.research.query import query
from futurone_server.pipelines.verification.confidence import Features, probability
from futurone_server.pipelines.verification.rubric import Weights
from futurone_server.tools.retrieval import Index, stem_of

_ABOVE_VALUE = 0.85


def relevance(question: str, claims: Sequence[str], passages: Sequence[Quote], index: Index, weights: Weights) -> float:
    """The probability, 0 to 1, with the weights of quotes: what an answer says counts, and the headings above it.

    It tells what is about something else from what is not; it cannot tell an answer from a remark on the subject.
    """
    asked = query(Question(id="", text=question, wanted=Wanted.ANY), index)
    own = frozenset(index.lexicon.in_text(" / ".join(claims)))
    titles = " / ".join(f"{' / '.join(one.path)} / {stem_of(one.document)}" for one in passages)
    above = frozenset(index.lexicon.in_text(titles))
    direct = [word.weight * value(word, own) for word in asked.asked]
    around = [word.weight * _ABOVE_VALUE * value(word, above) for word in asked.asked]
    total = asked.weight or 1.0
    features = Features(
        coverage=sum(map(max, direct, around)) / total, direct=sum(direct) / total, fit=1.0, lacks_negation=False
    )
    return probability(features, weights)
