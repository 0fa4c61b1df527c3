"""``python -m benches.claims``: print the report; --write keeps it, --fit refits the weights, --generate the set."""

import argparse
import tomllib
from pathlib import Path

from benches.claims import extraction, generation, report, texts
from benches.claims.fitting import fitted
from benches.claims.scoring import rows
from futurone_server.pipelines.verification.claims import FEATURE_NAMES, claim_weights
from futurone_server.pipelines.verification.claims.weights import FOR_THE_CLAIM

RESULTS = Path(__file__).with_name("RESULTS.md")
WEIGHTS = (
    Path(__file__).resolve().parents[2] / "server/src/futurone_server/pipelines/verification/rubrics/claims-1.toml"
)
RIDGE = 0.3
_OPENING = """\
# How well claims are told apart

Written by `python -m benches.claims --write`. The [README](README.md) says what the numbers mean.

"""
_ABOUT_FEATURES = """\
# The logistic function from a claim's features to the probability that its passages support it. The intercept and
# the features are written by `python -m benches.claims --fit`. A feature with 0 says nothing that others do not say.
# Features that speak for a claim have no weight below 0, those that speak against it none above.
"""
_ABOUT_JUDGE = """
# A judgement, not a fit: logits are pooled as own × features + judged × judge. A judge is never taken for surer than
# `bound` from 0 or 1, and below `veto_below` it has the last word.
"""


def fit() -> str:
    """The weights as TOML, fitted on the training part; what no fit decides is kept as it is."""
    known = tomllib.loads(WEIGHTS.read_text(encoding="utf-8"))
    sample = rows("train")
    signs = [1 if name in FOR_THE_CLAIM else -1 for name in FEATURE_NAMES]
    intercept, *weights = (round(weight, 2) + 0.0 for weight in fitted(sample, RIDGE, signs))
    lines = [
        "version = 1",
        f'source = "fitted on {len(sample):,} claims of the training part of benches/claims, 2026-11"',
        f"intercept = {intercept:.2f}",
        "# A feature that takes this much off the logit is named as failing.",
        f"telling = {known['telling']}",
        f"doubted_below = {known['doubted_below']}",
        "",
        "[features]",
        *(f"{name} = {weight:.2f}" for name, weight in zip(FEATURE_NAMES, weights, strict=True)),
    ]
    judge = "".join(f"{name} = {value}\n" for name, value in known["judge"].items())
    return _ABOUT_FEATURES + "\n".join(lines) + "\n" + _ABOUT_JUDGE + "[judge]\n" + judge


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
