"""The strategy report: what was given and where it stands, what was computed from it and how; Markdown and CSV."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from futurone_server.pipelines.content.foreign import foreign
from futurone_server.pipelines.content.lint_report import table
from futurone_server.pipelines.content.titles import title_of
from futurone_server.pipelines.research.deliverable import Source
from futurone_server.pipelines.strategy.amount import shown
from futurone_server.pipelines.strategy.chart import bars
from futurone_server.pipelines.strategy.given import Better, Criterion, Decision, Given, Ground, Numbers
from futurone_server.pipelines.strategy.matrix import Matrix, Turn
from futurone_server.pipelines.strategy.options import SAME_NAME
from futurone_server.pipelines.strategy.scenario import DRAWS, PERCENTILES, SEED, Scenario

MADE = (
    "Made without a language model (engine: deterministic). Every number below was given, at the place named beside "
    "it, or is computed from given ones; nothing is estimated and nothing is recommended."
)
MADE_WITH_MODEL = (
    "Made with a language model (engine: model). The model found the numbers and wrote the words; every number in a "
    "table is quoted from a source or marked as an assumption, and all arithmetic is the program's own."
)
WEIGHTS = ("Criterion", "Weight", "Share", "Better is", "Weight stands in")
RANKING = ("Rank", "Option", "Weighted sum")
TURNS = ("Criterion", "Weight −20 %", "Weight +20 %", "Winner changes at weight")
ASSUMPTIONS = ("Assumption", "Low", "Base", "High", "Drawn as", "Stands in")
FORMULAS = ("Result", "Formula", "Stands in")
RESULTS = ("Result", "Low", "Base", "High")
SWINGS = ("Assumption", "At its low", "At its high", "Difference")
SPREADS = ("Result", "Mean", *(f"P{percent}" for percent in PERCENTILES), "Below zero")
NOTES = "What to know"
NOTHING_MISSING = "Nothing that is needed for the tables above is missing."
NO_FLIP = "never"
NOT_COMPUTED = "not computed"


def compose(
    goal: str,
    numbers: Numbers,
    matrix: Matrix | None,
    scenario: Scenario | None,
    sources: Sequence[Source],
    *,
    words: Sequence[str] = (),
    quotes: Sequence[str] = (),
    is_framed: bool = False,
) -> tuple[str, str]:
    """Title and Markdown. ``words`` are sections that a model wrote, already inert; ``quotes`` what they rest on.

    ``is_framed`` says that a model found the numbers.
    """
    kind = _kind(matrix, scenario)
    title = title_of(kind, goal)
    parts = [f"# {foreign(title)}", f"*{MADE_WITH_MODEL if words or is_framed else MADE}*", "## Result"]
    parts += ["\n".join(f"- {line}" for line in _results(numbers, matrix, scenario)) or "Nothing could be computed."]
    parts += [*words]
    if numbers.decision:
        parts += _decision(numbers.decision, matrix)
    if scenario:
        parts += _scenario(numbers, scenario)
    missing = [*numbers.missing, *(scenario.missing if scenario else ())]
    parts += ["## What is missing", "\n".join(f"- {foreign(told)}" for told in missing) or NOTHING_MISSING]
    if numbers.notes:
        parts += [f"## {NOTES}", "\n".join(f"- {foreign(told)}" for told in numbers.notes)]
    parts += ["## How it was computed", "\n".join(f"- {line}" for line in _method(matrix, scenario))]
    parts += quotes
    parts += ["## Documents", "\n".join(_document(source) for source in sources) or "No document was given."]
    return title, "\n\n".join(parts) + "\n"


def charts(decision: Decision | None, matrix: Matrix | None, scenario: Scenario | None) -> Mapping[str, str]:
    """Drawings by the heading they belong under."""
    drawn = {}
    if decision and matrix:
        order = sorted(range(len(decision.options)), key=lambda at: (matrix.ranks[at], at))
        rows = [(decision.options[at], matrix.sums[at], shown(matrix.sums[at])) for at in order]
        drawn["Decision matrix"] = bars("Weighted sums", rows)
    if scenario and scenario.swings:
        rows = [(one.assumption, one.width, shown(one.width)) for one in scenario.swings]
        drawn["Scenarios"] = bars("How far the last result moves with each assumption alone", rows)
    return drawn


def _kind(matrix: Matrix | None, scenario: Scenario | None) -> str:
    if matrix and scenario:
        return "Decision matrix and scenarios"
    return "Scenarios" if scenario else "Decision matrix"


def _results(numbers: Numbers, matrix: Matrix | None, scenario: Scenario | None) -> Iterator[str]:
    if numbers.decision and matrix:
        yield from _result_of_matrix(numbers.decision, matrix)
        yield from (foreign(told) for told in numbers.notes if SAME_NAME in told)
    for result in scenario.results if scenario else ():
        if not result.problem and result.base is not None and result.low is not None and result.high is not None:
            told = f"**{foreign(result.name)}**: {shown(result.base)} at base"
            is_fixed = result.low == result.base == result.high
            ends = "" if is_fixed else f", {shown(result.low)} with every assumption low, {shown(result.high)} high"
            yield f"{told}{ends}."
    for spread in scenario.spreads[-1:] if scenario else ():
        low, high = spread.percentiles[0], spread.percentiles[-1]
        yield (
            f"In {DRAWS:,} draws, {foreign(spread.name)} is between {shown(low)} and {shown(high)} in nine of ten,"
            f" and below zero in {_percent(spread.below_zero)}."
        )


def _result_of_matrix(decision: Decision, matrix: Matrix) -> Iterator[str]:
    best = max(matrix.sums)
    winners = _listed([f"**{foreign(one)}**" for one in matrix.winners])
    if len(matrix.winners) == 1:
        yield f"{winners} has the highest weighted sum: {shown(best)} of 1."
    else:
        yield f"{winners} are level with the highest weighted sum: {shown(best)} of 1."
    if all(one.weight is None for one in decision.criteria):
        yield "The weights are equal, because none was stated: stating them may change the order."
    for better in Better:
        guessed = [one for one in decision.criteria if one.better is better and one.better_ground is not Ground.STATED]
        if guessed:
            names = ", ".join(foreign(one.name) for one in guessed)
            yield f"It is a guess that {better.value} is better for {names}: nothing was stated."
    fragile = [turn for turn in matrix.turns if not turn.low == turn.high == matrix.winners]
    names = ", ".join(foreign(turn.criterion) for turn in fragile)
    if fragile:
        yield f"First place changes, or is shared, when one of these weights alone changes by 20 %: {names}."
    else:
        yield "First place stays the same when any one weight alone changes by 20 %."
    if matrix.undecided:
        yield f"All options are equal in {foreign(', '.join(matrix.undecided))}: it decides nothing."


def _decision(decision: Decision, matrix: Matrix | None) -> Iterator[str]:
    yield "## Decision matrix"
    names = [criterion.name for criterion in decision.criteria]
    yield "### Given"
    rows = [
        (option, *(_cell(cell) for cell in row)) for option, row in zip(decision.options, decision.cells, strict=True)
    ]
    yield table(("Option", *names), rows)
    yield "### Weights"
    shares: Sequence[Decimal | None] = matrix.shares if matrix else [None] * len(names)
    yield table(WEIGHTS, [_weight_row(one, share) for one, share in zip(decision.criteria, shares, strict=True)])
    if matrix is None:
        yield "The matrix is not computed: a number or every weight is missing, as listed below."
        return
    order = sorted(range(len(decision.options)), key=lambda at: (matrix.ranks[at], at))
    yield "### Ranking"
    yield table(RANKING, [(_rank(matrix, at), decision.options[at], shown(matrix.sums[at])) for at in order])
    yield "### Normalised scores"
    scored = [(decision.options[at], *(shown(score) for score in matrix.scores[at])) for at in order]
    yield table(("Option", *names), scored)
    yield "### Sensitivity"
    yield table(TURNS, [_turn_row(turn) for turn in matrix.turns])


def _turn_row(turn: Turn) -> tuple[str, ...]:
    flips = f"{shown(turn.flips_at)} (to {turn.flips_to})" if turn.flips_at is not None else NO_FLIP
    return (turn.criterion, _listed(turn.low), _listed(turn.high), flips)


def _weight_row(criterion: Criterion, share: Decimal | None) -> tuple[str, ...]:
    ground = "" if criterion.better_ground is Ground.STATED else f" ({criterion.better_ground.value})"
    weight = (
        criterion.weight.shown if criterion.weight else "1" if criterion.weight_ground is Ground.EQUAL else "missing"
    )
    place = criterion.weight.place if criterion.weight else criterion.weight_ground.value
    return (
        criterion.name,
        weight,
        "" if share is None else _percent(share),
        f"{criterion.better.value}{ground}",
        "not stated" if weight == "missing" else place,
    )


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _rank(matrix: Matrix, at: int) -> str:
    rank = matrix.ranks[at]
    return f"{rank}=" if matrix.ranks.count(rank) > 1 else str(rank)


def _cell(cell: Given | None) -> str:
    return f"{cell.shown} ({cell.place})" if cell else "missing"


def _scenario(numbers: Numbers, scenario: Scenario) -> Iterator[str]:
    yield "## Scenarios"
    yield "### Assumptions"
    yield table(
        ASSUMPTIONS,
        [
            (
                one.name,
                one.low.shown,
                one.base.shown if one.base else f"{shown(one.middle)} (middle)",
                one.high.shown,
                one.distribution,
                "; ".join(dict.fromkeys(given.place for given in (one.low, one.base, one.high) if given)),
            )
            for one in numbers.assumptions
        ],
    )
    yield "### Formulas"
    yield table(FORMULAS, [(one.name, one.expression, one.place) for one in numbers.formulas])
    yield "### Results"
    yield table(
        RESULTS,
        [
            (
                one.name,
                *(shown(value) if value is not None else NOT_COMPUTED for value in (one.low, one.base, one.high)),
            )
            for one in scenario.results
        ],
    )
    if scenario.swings:
        last = [one.name for one in scenario.results if not one.problem][-1]
        yield "### One assumption at a time"
        yield f"What becomes of {foreign(last)} when one assumption alone moves and the others stay at base."
        yield table(
            SWINGS,
            [(one.assumption, shown(one.at_low), shown(one.at_high), shown(one.width)) for one in scenario.swings],
        )
    if scenario.spreads:
        yield "### Simulation"
        yield table(
            SPREADS,
            [
                (one.name, shown(one.mean), *map(shown, one.percentiles), _percent(one.below_zero))
                for one in scenario.spreads
            ],
        )


def _percent(value: Decimal) -> str:
    return f"{shown((value * 100).quantize(Decimal('0.01')))} %"


def _method(matrix: Matrix | None, scenario: Scenario | None) -> Iterator[str]:
    if matrix:
        yield (
            "Normalised score: the worst value of a criterion counts 0, the best 1, the others in proportion; where all"
            " are equal, all count 1. Weighted sum: scores times weights, divided by the sum of the weights."
        )
        yield "Sensitivity: one weight is changed while the others stay; the sum is divided by the new total."
    if scenario:
        yield "Low, base and high: every assumption at its low, base or high value at once; low need not be bad."
        yield "A base that is not given is the middle of the range."
    if scenario and scenario.spreads:
        yield (
            f"Simulation: {DRAWS:,} draws with the seed {SEED}, each assumption independent of the others: triangular"
            " between low and high with its peak at the base, uniform where no base is given. Percentiles by nearest"
            " rank."
        )
    yield "Computed with 34 decimal digits; shown with at most four decimals, two from a thousand on."


def _document(source: Source) -> str:
    if source.unread:
        return f"- **{foreign(source.name)}**, not read: {foreign(source.unread)}"
    return (
        f"- **{foreign(source.name)}**, {foreign(source.media_type)}, {source.size_bytes} bytes,"
        f" SHA-256 `{source.sha256}`"
    )
