"""The figures of the benches beside this one: planted defects and good code for reviews, labelled claims."""

from collections.abc import Iterator, Sequence

from benches.claims.generation import load
from benches.claims.scoring import KINDS, caught, doubted, totals, trials
from benches.quality.figure import Figure, Place
from benches.review.good import DEV_MODULES, HELD_PACKAGES, Reading, library, packages
from benches.review.planted import defects, try_all
from futurone_server.pipelines.verification.claims import claim_weights

CAUGHT_MIN = 15 / 20
GOOD_MOST = 2.0
ECE_MOST = 0.08
KIND_MIN = 0.9
ROLE_MIN = 0.8
"""For exchanged roles the goal of 0.9 is missed; this only keeps them from getting worse."""
_EVERY = 3
"""One module of the standard library in so many is read: the rest would take longer than all else together."""


def reviews(*, has_good_code: bool = True) -> Iterator[Figure]:
    """Planted defects that a keyless review finds, and what it says of good code."""
    for part in ("dev", "held"):
        place = Place(area="coding, keyless", part=part)
        planted = defects(part)
        for with_project in (True, False):
            found = sum(one.is_caught for one in try_all(planted, with_project=with_project))
            given = "patch and project given" if with_project else "patch alone given"
            floor = CAUGHT_MIN if with_project else None
            yield place.share(f"planted defects caught, {given}", found, len(planted), floor=floor)
    if has_good_code:
        yield from _of_good_code("dev", library(DEV_MODULES[::_EVERY]))
        yield from _of_good_code("held", packages(HELD_PACKAGES))


def _of_good_code(part: str, reading: Reading) -> Iterator[Figure]:
    place = Place(area="coding, keyless", part=part)
    value = reading.per_thousand("critical", "warning") if reading.lines else None
    yield place.at_most(f"findings in 1,000 lines of good code ({reading.name})", value, GOOD_MOST)
    yield place.words("… lines read", f"{reading.lines:,} in {reading.files} files")


def claims(parts: Sequence[str] = ("held",)) -> Iterator[Figure]:
    """How well claims are told apart without a judge."""
    weights = claim_weights()
    for part in parts:
        place = Place(area="claims, no judge", part=part)
        done = trials(part, weights)
        yield place.words("claims", f"{len(done):,} of {len(load()):,}")
        told = totals(done)
        yield place.at_most("calibration error (ECE)", told["ECE"], ECE_MOST, digits=3)
        yield place.number("Brier score", told["Brier"], digits=3)
        yield place.number("ranking (AUROC)", told["AUROC"], digits=3)
        for kind in KINDS:
            floor = {"negation": None, "role": ROLE_MIN}.get(kind, KIND_MIN)
            yield place.share(f"caught: {kind}", *caught(done, kind), floor=floor)
        yield place.share("supported claims doubted", *doubted(done))
        hand = [one for one in done if one.labelled.made == "hand"]
        yield place.number("calibration error (ECE), written by hand only", totals(hand)["ECE"], digits=3)
