"""``python -m benches.claims``: print the report; --write keeps it, --fit refits the weights, --generate the set."""

import argparse
from pathlib import Path

from benches.claims import extraction, generation, report, texts
from benches.claims.fitting import fitted
from benches.claims.scoring import rows
from futurone_server.pipelines.verification.claims import FEATURE_NAMES, claim_weights
from futurone_server.pipelines.verification.claims.weights import FOR_THE_CLAIM

RESULTS = Path(__file__).with_name("RESULTS.md")
WEIGHTS = (
    Path(__file__).resolve().parents[2]
    / "server/src/futurone_server/pipelines/verification/rubrics/claims-1.toml"
)
RIDGE = 0.3
_OPENING = "# How well claims are told apart\n\nWritten by `python -m benches.claims --write`. [README](README.md) says what the numbers mean.\n\n"


def fit() -> str:
    """The weights as TOML, fitted on the training part; what no fit decides is kept as it is."""
    known = claim_weights()
    sample = rows("train")
    signs = [1 if name in FOR_THE_CLAIM else -1 for name in FEATURE_NAMES]
    weights = fitted(sample, RIDGE, signs)
    lines = [
        "# The logistic function from a claim's features to the probability that its passages support it. The intercept",
        "# and the features are written by `python -m benches.claims --fit`; a feature with 0 says nothing that others do",
        "# not say. Features for a claim have no weight below 0, those against it none above.",
        "version = 1",
        f'source = "fitted on {len(sample):,} claims of the training part of benches/claims, 2026-11"',
        f"intercept = {weights[0]:.2f}",
        "# A feature that takes this much off the logit is named as failing.",
        f"telling = {known.telling}",
        "doubted_below = 0.5",
        "",
        "[features]",
        *(f"{name} = {weight + 0.0:.2f}".replace("-0.00", "0.00") for name, weight in zip(FEATURE_NAMES, weights[1:], strict=True)),
        "",
        "# A judgement, not a fit: logits are pooled as own × features + judged × judge. A judge is never taken for surer",
        "# than `bound` from 0 or 1, and below `veto_below` it has the last word.",
        "[judge]",
        f"own = {known.judge.own}",
        f"judged = {known.judge.judged}",
        f"bound = {known.judge.bound}",
        f"veto_below = {known.judge.veto_below}",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Do what was asked for, then print the report."""
    reader = argparse.ArgumentParser(prog="python -m benches.claims", description=__doc__)
    reader.add_argument("--extract", action="store_true", help="take the passages of the repository's text anew")
    reader.add_argument("--generate", action="store_true", help="make the labelled set anew")
    reader.add_argument("--fit", action="store_true", help="refit the weights on the training part")
    reader.add_argument("--write", action="store_true", help="write the report to RESULTS.md")
    options = reader.parse_args()
    if options.extract:
        print(extraction.write(texts.FOLDER / f"{texts.REPOSITORY}.txt"), "passages taken")
    if options.generate:
        print(generation.write(), "claims made")
    if options.fit:
        WEIGHTS.write_text(fit(), encoding="utf-8")
    shown = "\n".join(report.lines(claim_weights())) + "\n"
    print(shown)
    if options.write:
        RESULTS.write_text(_OPENING + shown, encoding="utf-8")


if __name__ == "__main__":
    main()
