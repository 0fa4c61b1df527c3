"""The verb ``webhooks``: endpoints, test events, deliveries, dead letters and their replay."""

from itertools import islice
from typing import Annotated

import typer

from futurone._webhook_models import WebhookDelivery, WebhookEndpoint
from futurone.cli._desk import Desk, verb
from futurone.cli._failures import UsageFailure
from futurone.cli._invocation import invocation
from futurone.cli._text import columns, one_line

app = typer.Typer(
    help="Have receivers told of outcomes, and see what became of it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
EndpointId = Annotated[str, typer.Argument(metavar="ENDPOINT_ID")]
Limit = Annotated[int, typer.Option(min=1, help="How many at most.")]
Of = Annotated[str | None, typer.Option("--endpoint", help="Of one endpoint.")]
About = Annotated[str | None, typer.Option("--run", help="About one run.")]
Overlap = Annotated[int | None, typer.Option(min=0, help="Seconds the old one signs beside it; a day by default.")]
CutOver = Annotated[bool, typer.Option("--cut-over", help="Make no secret: end the overlap now.")]


@app.command()
@verb
def create(
    desk: Desk,
    url: Annotated[str, typer.Argument(help="https://…")],
    event: Annotated[
        list[str] | None, typer.Option("--event", "-e", help="run.completed, …; repeatable. Default: every outcome.")
    ] = None,
    description: Annotated[str | None, typer.Option(help="For people.")] = None,
) -> int:
    """Have an address told of events, and show its signing secret, this once."""
    return _show_once(desk, desk.client.webhooks.create(url, events=event or None, description=description))


@app.command("list")
@verb
def list_endpoints(desk: Desk) -> None:
    """List the endpoints, without their secrets."""
    for endpoint in desk.client.webhooks.list():
        desk.out.record(endpoint)
        health = f"{endpoint.health.failures} failures in a row" if endpoint.health.failures else "well"
        desk.out.line(columns(endpoint.id, endpoint.status, health, endpoint.url))


@app.command()
@verb
def enable(desk: Desk, endpoint_id: EndpointId) -> None:
    """Tell an endpoint again that was disabled."""
    endpoint = desk.client.webhooks.change(endpoint_id, status="enabled")
    desk.out.record(endpoint)
    desk.out.line(f"{one_line(endpoint.id)} is enabled")


@app.command()
@verb
def disable(desk: Desk, endpoint_id: EndpointId) -> None:
    """Tell an endpoint nothing more; what waits for it goes to the dead letters."""
    endpoint = desk.client.webhooks.change(endpoint_id, status="disabled")
    desk.out.record(endpoint)
    desk.out.line(f"{one_line(endpoint.id)} is disabled")


@app.command()
@verb
def delete(desk: Desk, endpoint_id: EndpointId) -> None:
    """Delete an endpoint."""
    desk.client.webhooks.delete(endpoint_id)
    desk.out.record({"id": endpoint_id, "deleted": True})
    desk.out.line(f"{endpoint_id} is deleted")


@app.command()
@verb
def rotate(desk: Desk, endpoint_id: EndpointId, overlap: Overlap = None, cut_over: CutOver = False) -> int:
    """Give an endpoint a new secret and show it, this once."""
    made = desk.client.webhooks.rotate_secret(endpoint_id, overlap_s=overlap, cut_over=cut_over)
    if cut_over:
        desk.out.record(made)
        desk.out.line(f"{one_line(made.id)} is signed with its newest secret alone")
        return 0
    return _show_once(desk, made)


@app.command("signing-secret")
@verb
def signing_secret(desk: Desk, overlap: Overlap = None, cut_over: CutOver = False) -> int:
    """Make a new secret for addresses that runs name themselves, and show it, this once."""
    made = desk.client.webhooks.rotate_signing_secret(overlap_s=overlap, cut_over=cut_over)
    desk.out.record(made)
    if made.secret is not None:
        desk.out.line(one_line(made.secret), style="strong")
        desk.out.words("The secret is shown this once: keep it now.")
    return 0 if made.secret is not None or cut_over else 1


@app.command()
@verb
def test(desk: Desk, endpoint_id: EndpointId) -> int:
    """Send a test event to an endpoint and say what came of it."""
    delivery = desk.client.webhooks.test(endpoint_id)
    desk.out.record(delivery)
    desk.out.line(_described(delivery))
    return 0 if delivery.state == "delivered" else 1


@app.command()
@verb
def deliveries(
    desk: Desk,
    state: Annotated[list[str] | None, typer.Option(help="pending, delivered, dead, …; repeatable.")] = None,
    endpoint: Of = None,
    run: About = None,
    limit: Limit = 100,
) -> None:
    """List what was told to whom."""
    found = desk.client.webhooks.deliveries(
        state=state or None, endpoint_id=endpoint, run_id=run, page_size=min(limit, 100)
    )
    for delivery in islice(found, limit):
        desk.out.record(delivery)
        desk.out.line(_described(delivery))


@app.command("dead-letters")
@verb
def dead_letters(desk: Desk, endpoint: Of = None, run: About = None, limit: Limit = 100) -> None:
    """List what could not be delivered, and until when it is kept."""
    found = desk.client.webhooks.dead_letters(endpoint_id=endpoint, run_id=run, page_size=min(limit, 100))
    for delivery in islice(found, limit):
        desk.out.record(delivery)
        until = f"until {delivery.expires_at:%Y-%m-%d %H:%M}" if delivery.expires_at else None
        desk.out.line(columns(_described(delivery), delivery.reason, until))


@app.command()
@verb
def replay(
    desk: Desk,
    delivery_ids: Annotated[list[str] | None, typer.Argument(metavar="DELIVERY_ID...")] = None,
    after: Annotated[str | None, typer.Option(help="All that died at this time or later, RFC 3339.")] = None,
    before: Annotated[str | None, typer.Option(help="All that died before this time.")] = None,
    endpoint: Of = None,
) -> int:
    """Send dead letters again: those that are named, or those of a stretch of time."""
    if not delivery_ids and after is None and before is None:
        raise UsageFailure("name deliveries, or a stretch of time with --after and --before")
    found = desk.client.webhooks.replay_many(delivery_ids or None, after=after, before=before, endpoint_id=endpoint)
    desk.out.record(found)
    desk.out.line(f"{found.requeued} on their way again, {found.skipped} left as they are")
    return 1 if found.skipped else 0


def _described(delivery: WebhookDelivery) -> str:
    came = f"HTTP {delivery.last_status}" if delivery.last_status is not None else delivery.last_error
    return columns(delivery.id, delivery.type, delivery.run_id, delivery.state, f"attempt {delivery.attempts}", came)


def _show_once(desk: Desk, endpoint: WebhookEndpoint) -> int:
    desk.out.record(endpoint)
    if endpoint.secret is None:
        again = invocation("webhooks", "rotate", one_line(endpoint.id))
        desk.out.words(f"The first answer was lost and the secret cannot be shown again: {again}")
        return 1
    desk.out.line(one_line(endpoint.secret), style="strong")
    desk.out.words(f"This is {one_line(endpoint.id)}. Its signing secret is shown this once: keep it now.")
    return 0
