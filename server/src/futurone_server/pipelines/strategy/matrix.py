"""A decision matrix computed: normalised scores, weighted sums, ranks, and which weight would change the winner."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from futurone_server.pipelines.strategy.amount import CONTEXT
from futurone_server.pipelines.strategy.given import Better, Decision, Ground

TIE = Decimal("1e-12")
"""Sums that differ by less are a tie: they differ by rounding alone."""

SWING = Decimal("0.2")
"""By how much each weight is changed, up and down."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What happens when one weight changes: who wins at −20 % and +20 %, and where the winner changes.

    ``flips_at`` is the weight at which somebody else draws level, the nearest to the weight as it is; None if none is.
    """

    criterion: str
    low: tuple[str, ...]
    high: tuple[str, ...]
    flips_at: Decimal | None
    flips_to: str


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """A decision computed. Rows are options, columns criteria, in the order of the decision."""

    weights: tuple[Decimal, ...]
    shares: tuple[Decimal, ...]
    scores: tuple[tuple[Decimal, ...], ...]
    sums: tuple[Decimal, ...]
    ranks: tuple[int, ...]
    winners: tuple[str, ...]
    turns: tuple[Turn, ...]
    undecided: tuple[str, ...]
    """Criteria in which all options are equal."""


def compute(decision: Decision) -> Matrix | None:
    """Compute a decision; None where a number or a weight is missing: half a matrix would name a winner too."""
    unweighed = [one for one in decision.criteria if one.weight is None]
    if len(unweighed) not in (0, len(decision.criteria)) or any(
        one.weight_ground is not Ground.EQUAL for one in unweighed
    ):
        return None
    weights = _weights(decision)
    if not decision.options or any(cell is None for row in decision.cells for cell in row) or not sum(weights):
        return None
    scores = _normalised(decision)
    sums = _sums(scores, weights)
    undecided = tuple(
        criterion.name
        for at, criterion in enumerate(decision.criteria)
        if len({row[at].value for row in decision.cells if row[at]}) <= 1  # type: ignore[union-attr]  # None is out
    )
    total = _total(weights)
    return Matrix(
        weights=weights,
        shares=tuple(CONTEXT.divide(weight, total) for weight in weights),
        scores=scores,
        sums=sums,
        ranks=tuple(1 + sum(other - one > TIE for other in sums) for one in sums),
        winners=_winners(decision.options, sums),
        turns=tuple(_turn(decision, scores, weights, at) for at in range(len(weights))),
        undecided=undecided,
    )


def _weights(decision: Decision) -> tuple[Decimal, ...]:
    if all(criterion.weight is None for criterion in decision.criteria):
        return (Decimal(1),) * len(decision.criteria)
    return tuple(criterion.weight.value if criterion.weight else Decimal(0) for criterion in decision.criteria)


def _normalised(decision: Decision) -> tuple[tuple[Decimal, ...], ...]:
    columns = []
    for at, criterion in enumerate(decision.criteria):
        values = [cell.value for row in decision.cells for cell in (row[at],) if cell is not None]
        low, high = min(values), max(values)
        spread = CONTEXT.subtract(high, low)
        if not spread:
            columns.append([Decimal(1)] * len(values))
        elif criterion.better is Better.HIGHER:
            columns.append([CONTEXT.divide(CONTEXT.subtract(value, low), spread) for value in values])
        else:
            columns.append([CONTEXT.divide(CONTEXT.subtract(high, value), spread) for value in values])
    return tuple(zip(*columns, strict=True))


def _total(weights: Sequence[Decimal]) -> Decimal:
    total = Decimal(0)
    for weight in weights:
        total = CONTEXT.add(total, weight)
    return total


def _sums(scores: Sequence[Sequence[Decimal]], weights: Sequence[Decimal]) -> tuple[Decimal, ...]:
    total = _total(weights)
    return tuple(
        CONTEXT.divide(
            _total([CONTEXT.multiply(score, weight) for score, weight in zip(row, weights, strict=True)]), total
        )
        for row in scores
    )


def _winners(options: Sequence[str], sums: Sequence[Decimal]) -> tuple[str, ...]:
    best = max(sums)
    return tuple(option for option, one in zip(options, sums, strict=True) if best - one <= TIE)


def _turn(decision: Decision, scores: Sequence[Sequence[Decimal]], weights: Sequence[Decimal], at: int) -> Turn:
    def winners_with(factor: Decimal) -> tuple[str, ...]:
        changed = [*weights[:at], CONTEXT.multiply(weights[at], factor), *weights[at + 1 :]]
        return _winners(decision.options, _sums(scores, changed)) if _total(changed) else ()

    flips_at, flips_to = _flip(decision.options, scores, weights, at)
    return Turn(
        criterion=decision.criteria[at].name,
        low=winners_with(1 - SWING),
        high=winners_with(1 + SWING),
        flips_at=flips_at,
        flips_to=flips_to,
    )


def _flip(
    options: Sequence[str], scores: Sequence[Sequence[Decimal]], weights: Sequence[Decimal], at: int
) -> tuple[Decimal | None, str]:
    """The nearest weight of one criterion at which another option draws level with the winner."""
    sums = _sums(scores, weights)
    total = _total(weights)
    first = max(range(len(options)), key=lambda option: sums[option])
    nearest: tuple[Decimal, Decimal, str] | None = None
    for other in range(len(options)):
        apart = CONTEXT.subtract(scores[first][at], scores[other][at])
        if other == first or not apart or sums[first] - sums[other] <= TIE:
            continue
        lead = CONTEXT.multiply(CONTEXT.subtract(sums[first], sums[other]), total)
        level = CONTEXT.subtract(weights[at], CONTEXT.divide(lead, apart))
        if abs(level) <= TIE:
            level = Decimal(0)
        if level < 0:
            continue
        change = abs(CONTEXT.subtract(level, weights[at]))
        if nearest is None or change < nearest[0]:
            nearest = (change, level, options[other])
    return (nearest[1], nearest[2]) if nearest else (None, "")
