"""The verb ``usage``: what runs have used of models, and what it cost."""

from typing import Annotated

import typer

from futurone._usage_models import UsageSums, UsedTokens
from futurone.cli._desk import Desk, verb
from futurone.cli._text import columns


@verb
def usage(
    desk: Desk,
    by: Annotated[str | None, typer.Option(help="agent, project, key, model or subject_id.")] = None,
    granularity: Annotated[str, typer.Option(help="hour, day or month, in UTC.")] = "day",
    start: Annotated[str | None, typer.Option(help="RFC 3339; default: 30 days before the end.")] = None,
    end: Annotated[str | None, typer.Option(help="RFC 3339; default: now.")] = None,
    mode: Annotated[str | None, typer.Option(help="live, test or all.")] = None,
) -> None:
    """Show what runs have used of models, and what it cost. Failed runs are not billed."""
    report = desk.client.usage(group_by=by, granularity=granularity, start=start, end=end, mode=mode)
    desk.out.record(report)
    for one in report.buckets:
        desk.out.line(columns(one.start.strftime("%Y-%m-%dT%H:%MZ"), *([one.group or "-"] if by else []), _told(one)))
    desk.out.line(columns("total", _told(report.total)), style="strong")
    failed = report.total.not_billed
    if failed.input_tokens or failed.output_tokens:
        desk.out.words(f"Not billed, of failed runs: {_tokens(failed)}.")


def _told(sums: UsageSums) -> str:
    return f"{_tokens(sums)}, {sums.runs.counted} runs (and {sums.runs.not_counted} failed)"


def _tokens(used: UsedTokens) -> str:
    cost = "of unknown cost" if used.cost_usd is None else f"${used.cost_usd}"
    more = "" if used.priced or used.cost_usd is None else " and what has no known price"
    return f"{used.input_tokens} tokens in, {used.output_tokens} out, {cost}{more}"
