"""The report on the held-out part, as Markdown."""

from collections.abc import Iterator, Sequence

from benches.claims.generation import load
from benches.claims.scoring import HOLES, KINDS, Judge, Trial, caught, doubted, texts, totals, trials
from futurone_server.kit.calibration import reliability
from futurone_server.pipelines.verification.claims import ClaimWeights

JUDGES = {
    "no judge": None,
    "judge right in 9 of 10 (simulated)": Judge(accuracy=0.9, sure=0.9),
    "judge always right (simulated)": Judge(accuracy=1.0, sure=0.95),
}
_EXAMPLES = 20


def lines(weights: ClaimWeights) -> Iterator[str]:
    """The whole report."""
    done = {name: trials("held", weights, judge) for name, judge in JUDGES.items()}
    alone = done["no judge"]
    known = load()
    yield f"{len(known):,} claims over {len(texts())} passages, {len(alone):,} of the claims held out."
    yield f"Weights: version {weights.version}, {weights.source}."
    yield ""
    yield from _totals(done)
    yield ""
    yield from _kinds(done)
    yield ""
    yield from _supported(done)
    yield ""
    yield from _bins(alone)
    yield ""
    yield from _wrong(trials("train", weights))


def _totals(done: dict[str, list[Trial]]) -> Iterator[str]:
    yield "| held out | Brier | ECE (10 bins) | AUROC | accuracy |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for name, some in done.items():
        yield f"| {name} | " + " | ".join(f"{value:.3f}" for value in totals(some).values()) + " |"
    hand = [trial for trial in done["no judge"] if trial.labelled.made == "hand"]
    yield (
        f"| no judge, written by hand only ({len(hand)}) | "
        + " | ".join(f"{v:.3f}" for v in totals(hand).values())
        + " |"
    )


def _kinds(done: dict[str, list[Trial]]) -> Iterator[str]:
    yield "| unsupported, caught | claims | " + " | ".join(JUDGES) + " | by hand, no judge |"
    yield "| --- | ---: |" + " ---: |" * (len(JUDGES) + 1)
    for kind in (*KINDS, *HOLES):
        count = caught(done["no judge"], kind)[1]
        cells = [_percent(caught(some, kind)) for some in done.values()]
        hand = caught(done["no judge"], kind, "hand")
        yield f"| {kind} | {count} | " + " | ".join(cells) + f" | {_percent(hand)} of {hand[1]} |"


def _supported(done: dict[str, list[Trial]]) -> Iterator[str]:
    yield "| supported, wrongly doubted | claims | " + " | ".join(JUDGES) + " |"
    yield "| --- | ---: |" + " ---: |" * len(JUDGES)
    kinds = sorted({trial.labelled.kind for trial in done["no judge"] if trial.labelled.supported})
    for kind in (*kinds, None):
        count = doubted(done["no judge"], kind)[1]
        cells = [_percent(doubted(some, kind)) for some in done.values()]
        yield f"| {kind or 'all'} | {count} | " + " | ".join(cells) + " |"


def _bins(done: Sequence[Trial]) -> Iterator[str]:
    yield "| probability, no judge | claims | mean | supported |"
    yield "| --- | ---: | ---: | ---: |"
    for one in reliability([trial.label for trial in done]):
        yield f"| {one.low:.1f} to {one.high:.1f} | {one.n} | {one.mean_confidence:.2f} | {one.share_right:.2f} |"


def _wrong(done: Sequence[Trial]) -> Iterator[str]:
    """Examples, from the training part: whoever works on them leaves the held-out part alone."""
    doubtful = [one for one in done if one.labelled.kind == "paraphrase" and not one.is_right]
    yield f"Supported paraphrases that are doubted without a judge ({_EXAMPLES} of {len(doubtful)}, training part):"
    yield ""
    for one in doubtful[:: max(1, len(doubtful) // _EXAMPLES)][:_EXAMPLES]:
        yield f"- {one.labelled.claim} *({one.verdict.probability:.2f}: {one.verdict.reason})*"
    passing = [one for one in done if not one.labelled.supported and not one.is_right]
    yield ""
    yield f"Unsupported claims that pass without a judge ({_EXAMPLES} of {len(passing)}, training part):"
    yield ""
    for one in passing[:: max(1, len(passing) // _EXAMPLES)][:_EXAMPLES]:
        yield f"- {one.labelled.claim} *({one.labelled.kind}, {one.verdict.probability:.2f})*"


def _percent(count: tuple[int, int]) -> str:
    return f"{100 * count[0] / count[1]:.0f} %" if count[1] else "–"
