"""The verdict on a claim: gates with reasons, evidence that counts one way only, a judge that cannot lift a gate."""

from dataclasses import asdict, replace

import pytest

from futurone_server.pipelines.verification.claims import (
    FEATURE_NAMES,
    ClaimVerdict,
    Features,
    claim_weights,
    judge_claim,
    pooled,
    probability,
    read_weights,
)
from futurone_server.pipelines.verification.claims.support import CLAIM_CHARS_MAX
from futurone_server.pipelines.verification.claims.weights import FOR_THE_CLAIM
from futurone_server.pipelines.verification.rubric import BadRubricError

WEIGHTS = claim_weights()
PASSAGE = (
    "Employees may use their own phones for mail if the device is encrypted. Company data on a lost phone is erased "
    "within 24 hours. Private photos are not touched."
)
NOTHING = Features(**dict.fromkeys(FEATURE_NAMES, 0.0))


def _verdict(claim: str, *passages: str, judged: float | None = None) -> ClaimVerdict:
    return judge_claim(claim, passages or (PASSAGE,), WEIGHTS, judged=judged)


def test_a_verbatim_claim_is_believed_and_says_so() -> None:
    verdict = _verdict("Company data on a lost phone is erased within 24 hours.")
    assert verdict.probability > 0.95
    assert verdict.failing == ()
    assert verdict.reason == "The claim stands in the cited passages word for word, and nothing was found against it."


@pytest.mark.parametrize(
    "claim",
    [
        "If a phone is lost, the company's data on it gets deleted within 24 hours.",
        "Provided that the device is encrypted, employees may use phones of their own for mail.",
        "On a lost phone, the company data gets deleted within a day.",
        "According to the document, company data on a lost phone is erased within one day.",
    ],
)
def test_a_paraphrase_is_believed(claim: str) -> None:
    assert _verdict(claim).probability >= 0.5


@pytest.mark.parametrize(
    ("claim", "failing", "told"),
    [
        ("Company data on a lost phone is erased within 17 hours.", "number", "The number 17 hours is in none of"),
        ("Company data on a lost phone is kept for 24 hours.", "substituted", "kept"),
        ("Private photos are touched.", "negation", "differ in a negation"),
        ("Employees must use their own phones for mail.", "overstated", "says “must” where a passage says “may”"),
        ("They may use phones for mail if the device is unencrypted.", "opposite", "where a passage says “encrypted”"),
        ("Company data on a lost phone is erased within 24 hours by Siemens staff.", "name_mismatch", "Siemens"),
        ("Private photos on a lost phone are erased.", "exchanged", "stands in another place"),
        ("Penguins eat herring near the coast.", "thinness", "Less than half of the claim"),
    ],
)
def test_a_wrong_claim_is_doubted_for_a_reason_a_person_understands(claim: str, failing: str, told: str) -> None:
    verdict = _verdict(claim)
    assert verdict.probability < 0.5
    assert failing in verdict.failing
    assert told in verdict.reason


def test_several_unknown_numbers_are_named_together() -> None:
    verdict = _verdict("It takes 17 hours and 99 people.")
    assert verdict.reason == "The numbers 17 hours, 99 are in none of the cited passages."


@pytest.mark.parametrize("passages", [(), ("",), ("  \n", "")])
def test_a_claim_without_a_passage_is_worth_nothing(passages: tuple[str, ...]) -> None:
    verdict = judge_claim("Phones are erased.", passages, WEIGHTS, judged=1.0)
    assert (verdict.probability, verdict.failing, verdict.features) == (0.0, ("no_passage",), None)
    assert verdict.reason == "The claim cites no passage."


def test_no_words_and_too_many_are_gates() -> None:
    assert _verdict(" … ").failing == ("no_words",)
    long = _verdict("Private photos are not touched. " * (CLAIM_CHARS_MAX // 20))
    assert long.failing == ("too_long",)
    assert long.probability == 0


def test_any_cited_passage_may_support_a_claim() -> None:
    other = "Sea level rose by about 20 centimetres."
    claim = "Private photos are not touched."
    assert _verdict(claim, other).probability < 0.5
    assert _verdict(claim, other, PASSAGE).probability == _verdict(claim, PASSAGE, other).probability > 0.9


@pytest.mark.parametrize("name", FEATURE_NAMES)
def test_evidence_counts_one_way_only(name: str) -> None:
    without, with_it = probability(NOTHING, WEIGHTS), probability(replace(NOTHING, **{name: 1.0}), WEIGHTS)
    assert with_it >= without if name in FOR_THE_CLAIM else with_it <= without


def test_a_judge_moves_the_verdict_both_ways() -> None:
    claim = "Photos of a private kind remain unharmed by this."
    alone = _verdict(claim).probability
    assert _verdict(claim, judged=0.1).probability < alone < _verdict(claim, judged=0.95).probability


def test_a_judge_that_is_sure_of_the_worst_has_the_last_word() -> None:
    verdict = _verdict("Private photos are not touched.", judged=0.01)
    assert verdict.probability <= 0.01
    assert verdict.failing[0] == "judge"
    assert "A judge that saw only the claim and the passages gives it 0.01" in verdict.reason


def test_a_judge_cannot_lift_a_gate_nor_make_anything_certain() -> None:
    assert _verdict("Company data on a lost phone is erased within 17 hours.", judged=1.0).probability < 0.05
    assert _verdict("Private photos are not touched.", judged=1.0).probability < 1
    assert pooled(0.5, 1.0, WEIGHTS.judge) == pooled(0.5, 1 - WEIGHTS.judge.bound, WEIGHTS.judge)


TURNED = {
    "comparison": ("Lisbon is larger than Porto.", "Porto is larger than Lisbon."),
    "who did it": ("Ada Wells hired Tom Reed in 1874.", "Tom Reed hired Ada Wells in 1874."),
    "who gave": ("The city of Harrow gave the bank a loan.", "The bank gave the city of Harrow a loan."),
    "way": ("Traffic goes from Porto to Lisbon.", "Traffic goes from Lisbon to Porto."),
    "direction": ("Sales rose by 4 percent in 2023.", "Sales fell by 4 percent in 2023."),
    "order": ("Backups are taken before each upgrade.", "Backups are taken after each upgrade."),
    "negation": ("Porto is not larger than Lisbon.", "Porto is larger than Lisbon."),
}


@pytest.mark.parametrize(("claim", "passage"), TURNED.values(), ids=TURNED.keys())
def test_a_judge_that_says_yes_to_everything_does_not_lift_what_the_words_turn_round(claim: str, passage: str) -> None:
    alone = _verdict(claim, passage)
    assert alone.probability < 0.5
    for judged in (0.5, 0.9, 1.0):
        assert _verdict(claim, passage, judged=judged).probability == alone.probability
    assert _verdict(claim, passage, judged=0.01).probability <= 0.01, "lowering it is always free"


def test_a_judge_still_lifts_a_paraphrase_that_only_shares_few_words() -> None:
    passage = "Staff must hand in lost phones within one working day."
    claim = "A phone that was found has to be given up by employees the next working day."
    alone = _verdict(claim, passage)
    assert _verdict(claim, passage, judged=0.95).probability > alone.probability


@pytest.mark.parametrize("judged", [-0.1, 1.1, float("nan")])
def test_a_judge_says_a_probability(judged: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        _verdict("Private photos are not touched.", judged=judged)


def test_a_surer_judge_never_lowers_the_verdict() -> None:
    last = 0.0
    for step in range(101):
        one = pooled(0.4, step / 100, WEIGHTS.judge)
        assert one >= last
        last = one


def test_the_weights_say_where_they_come_from() -> None:
    assert "benches/claims" in WEIGHTS.source
    with pytest.raises(BadRubricError, match="no version 99"):
        claim_weights(99)


def _written(**changes: float) -> str:
    features = {**WEIGHTS.features, **changes}
    judge = "".join(f"{name} = {value}\n" for name, value in asdict(WEIGHTS.judge).items())
    rows = "".join(f"{name} = {value}\n" for name, value in features.items())
    return (
        f'version = 1\nsource = ""\nintercept = 0\ntelling = 1\ndoubted_below = 0.5\n[features]\n{rows}[judge]\n{judge}'
    )


def test_weights_that_do_not_hold_together_are_refused() -> None:
    assert read_weights(_written()).features == WEIGHTS.features
    with pytest.raises(BadRubricError, match="negation has the wrong sign"):
        read_weights(_written(negation=0.5))
    with pytest.raises(BadRubricError, match="not those of the features"):
        read_weights(_written(mood=0.5))
    with pytest.raises(BadRubricError, match="cannot be read"):
        read_weights("version = ")
    with pytest.raises(BadRubricError, match="bound and veto"):
        read_weights(_written().replace(f"bound = {WEIGHTS.judge.bound}", "bound = 0.7"))
