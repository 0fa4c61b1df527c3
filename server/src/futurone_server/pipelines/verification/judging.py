"""Claims held against the passages they cite: by measured evidence, and by a judge from elsewhere if there is one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from futurone_server.models.port import Ask, Routing
from futurone_server.pipelines.indexing import think
from futurone_server.pipelines.inquiry.asking import judge_prompt
from futurone_server.pipelines.inquiry.draft import Claim, Draft
from futurone_server.pipelines.outcomes import StepFailedError
from futurone_server.pipelines.prompting import load_prompt
from futurone_server.pipelines.scribe import Scribe
from futurone_server.pipelines.verification.claims import ClaimVerdict, claim_weights, judge_claim

REFUTED_MAX = 0.1
HOLDS_MIN = 0.5
"""A claim that is less likely than this does not hold."""

_BATCH = 20
_MOST = {"supported": 1.0, "unsupported": 0.2, "contradicted": 0.04}
"""A judge's probability is believed up to what its own verdict lets it be; what is contradicted is vetoed."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What came of a draft: a verdict for each claim, how well they answer (0 to 4; None without a judge), and who."""

    verdicts: tuple[ClaimVerdict, ...]
    answers: int | None
    judge: str

    @property
    def doubts(self) -> dict[int, str]:
        """The claims that do not hold, by their number from 1, and why."""
        return {
            number: verdict.reason or "Its passages do not say it."
            for number, verdict in enumerate(self.verdicts, 1)
            if verdict.probability < HOLDS_MIN
        }

    @property
    def refuted(self) -> dict[int, str]:
        """Those of the doubts that are no question of degree: such a claim is not shown at all."""
        return {
            number: reason
            for number, reason in self.doubts.items()
            if self.verdicts[number - 1].probability < REFUTED_MAX
        }

    def without(self, numbers: Mapping[int, str]) -> "Judged":
        """The verdicts on what is left without some claims."""
        kept = tuple(one for number, one in enumerate(self.verdicts, 1) if number not in numbers)
        return replace(self, verdicts=kept)


async def judge_draft(scribe: Scribe, question: str, draft: Draft) -> Judged:
    """Judge every claim of a draft. Without a model that can judge, by measured evidence alone."""
    opinions, answers, judge = await _opinions(scribe, question, draft)
    weights = claim_weights()
    verdicts = await think(
        lambda: tuple(
            judge_claim(claim.text, [one.text for one in draft.cited_by(claim)], weights, judged=opinions.get(number))
            for number, claim in enumerate(draft.claims, 1)
        )
    )
    return Judged(verdicts=verdicts, answers=answers, judge=judge)


async def _opinions(scribe: Scribe, question: str, draft: Draft) -> tuple[dict[int, float], int | None, str]:
    """What a judge in a fresh context thinks of each claim: the text and its passages are all that it sees."""
    if not scribe.has_model(Routing.DEEP) or not draft.is_answered:
        return {}, None, ""
    opinions: dict[int, float] = {}
    grades: list[int] = []
    judge = ""
    claims = draft.claims
    for first in range(0, len(claims), _BATCH):
        batch = claims[first : first + _BATCH]
        try:
            value, judge = await _ask(scribe, question, batch, draft)
        except StepFailedError as error:
            if error.reason == "LIMIT_EXCEEDED":
                raise
            scribe.finding("warning", "No judge could be asked", "The claims are held against their passages by code.")
            return {}, None, ""
        opinions.update({first + number: opinion for number, opinion in _read(value, len(batch)).items()})
        grades.append(int(value["answers"]))
    return opinions, min(grades, default=None), judge


async def _ask(scribe: Scribe, question: str, batch: Sequence[Claim], draft: Draft) -> tuple[Mapping[str, Any], str]:
    prompt = load_prompt("inquiry-judge")

    def every_claim(value: object) -> str | None:
        assert isinstance(value, dict)
        judged = {one["number"] for one in value["claims"]}
        missing = set(range(1, len(batch) + 1)) - judged
        return f"Claim {min(missing)} is not judged; judge 1 to {len(batch)}." if missing else None

    answer = await scribe.ask(
        Ask(
            routing=prompt.routing,
            instructions=prompt.instructions,
            prompt=judge_prompt(question, batch, draft),
            schema=prompt.schema,
            check=every_claim,
            answer_tokens_max=prompt.answer_tokens_max,
            avoid=frozenset({draft.family} - {""}),
        )
    )
    assert isinstance(answer.value, dict)
    return answer.value, answer.model


def _read(value: Mapping[str, Any], count: int) -> dict[int, float]:
    """The probability of each claim; a verdict and a number that contradict one another count as doubt."""
    found: dict[int, float] = {}
    for one in value["claims"]:
        if 1 <= one["number"] <= count:
            found[one["number"]] = min(float(one["probability"]), _MOST[one["verdict"]])
    return found
