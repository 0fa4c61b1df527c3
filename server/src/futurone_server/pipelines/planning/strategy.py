"""The plan of a strategy task: read the numbers, compute, with a model put it into words, report, verify."""

from collections.abc import Iterator, Mapping
from functools import partial

from futurone_server.features.runs import Escalation, Plan, PlanStep
from futurone_server.models.port import Routing
from futurone_server.pipelines.indexing import think
from futurone_server.pipelines.outcomes import EscalatedError
from futurone_server.pipelines.planning.context import PlanContext
from futurone_server.pipelines.strategy.intake import read_numbers
from futurone_server.pipelines.strategy.wanted import Wanted, goal_of, read_wanted

_SYNTAX = "such as “price = 20”, “units = 800 to 1,200” and “revenue = price * units”, each on a line of its own"
_CONFIGURE = "Or configure a model on the server (FUTURONE_MODELS), then run the task again."
_MODEL_REQUIRED = Escalation(
    reason="MODEL_REQUIRED",
    message="Without numbers to compute with, strategy needs a language model, and none is configured.",
    needs=(
        f"Give a table of options by criteria (csv or Markdown), or assumptions and formulas, {_SYNTAX}.",
        _CONFIGURE,
    ),
)
_NO_FORMULA = Escalation(
    reason="MODEL_REQUIRED",
    message="Numbers with names were read from the task, but nothing says what to compute from them.",
    needs=("Add a formula with the names of these numbers, such as “revenue = price * units”.", _CONFIGURE),
)


async def plan(context: PlanContext) -> Plan:
    """The plan for a strategy task. Raises EscalatedError (MODEL_REQUIRED) when there is nothing to compute with."""
    task = context.task
    has_model = context.has_model(Routing.DRAFT) or context.has_model(Routing.DEEP)
    told = await think(partial(read_numbers, task, ()))
    has_sum = told.decision is not None or bool(told.formulas)
    if not has_model and not context.run.files and not has_sum:
        raise EscalatedError(_NO_FORMULA if told.unused else _MODEL_REQUIRED)
    wanted = read_wanted(task, has_sum=has_sum)
    args = {"task": task, "wanted": wanted.value}
    is_told = wanted is Wanted.WRITTEN and context.has_model(Routing.DRAFT)
    return Plan(
        goal=goal_of(task),
        success_criteria=(
            "Every given number stands at the place that is named.",
            "Every computed number comes out the same a second time.",
            "What is missing is said.",
        ),
        steps=tuple(_steps(args, is_told=is_told)),
    )


def _steps(args: Mapping[str, object], *, is_told: bool) -> Iterator[PlanStep]:
    yield PlanStep(
        id="numbers",
        kind="gather_numbers",
        label="Read the numbers",
        args=args,
        outputs=("numbers",),
        success_criteria=("Every number names the cell or line it stands in.",),
    )
    if is_told:
        yield PlanStep(
            id="words",
            kind="tell_strategy",
            label="Put the tables into words",
            depends_on=("numbers",),
            args=args,
            inputs=("numbers",),
            outputs=("words",),
            success_criteria=("Every number in the words stands in a table, a source or the task.",),
        )
    yield PlanStep(
        id="report",
        kind="report_strategy",
        label="Compute, and put the report together",
        depends_on=("words",) if is_told else ("numbers",),
        args={**args, "is_told": is_told},
        inputs=("numbers",),
        outputs=("report",),
        success_criteria=("All arithmetic is the program's own.",),
    )
    yield PlanStep(
        id="verify",
        kind="verify_strategy",
        label="Look up and compute every number again",
        depends_on=("report",),
        args=args,
        inputs=("report",),
        outputs=("verification",),
        success_criteria=("Everything comes out the same a second time.",),
    )
