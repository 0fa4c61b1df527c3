"""The verb ``connections``: people who can be told how runs end, in a chat or by mail."""

from typing import Annotated

import typer

from futurone._connection_models import Connection
from futurone.cli._arguments import read_text
from futurone.cli._desk import Desk, verb
from futurone.cli._text import columns, one_line

app = typer.Typer(
    help="Have people told how runs end, in a chat or by mail.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
ConnectionId = Annotated[str, typer.Argument(metavar="CONNECTION_ID")]


@app.command()
@verb
def create(
    desk: Desk,
    name: Annotated[str, typer.Argument(help="For people.")],
    url: Annotated[str, typer.Argument(help="An Apprise URL, which is a secret; - reads standard input.")] = "-",
) -> None:
    """Connect a chat or a mailbox."""
    made = desk.client.connections.create(name, read_text(url).strip())
    desk.out.record(made)
    desk.out.line(_described(made))


@app.command("list")
@verb
def list_connections(desk: Desk) -> None:
    """List the connections, without their secrets."""
    for connection in desk.client.connections.list():
        desk.out.record(connection)
        desk.out.line(_described(connection))


@app.command()
@verb
def show(desk: Desk, connection_id: ConnectionId) -> None:
    """Show one connection and how it has been doing."""
    found = desk.client.connections.get(connection_id)
    desk.out.record(found)
    desk.out.line(_described(found))
    if found.health.last_error is not None and found.health.failures:
        desk.out.line(f"The last message did not arrive: {one_line(found.health.last_error)}")


@app.command()
@verb
def delete(desk: Desk, connection_id: ConnectionId) -> None:
    """Delete a connection with its secret."""
    desk.client.connections.delete(connection_id)
    desk.out.record({"id": connection_id, "deleted": True})
    desk.out.line(f"{connection_id} is deleted")


@app.command()
@verb
def test(desk: Desk, connection_id: ConnectionId) -> int:
    """Send a message that says it is a trial, and say what came of it."""
    delivery = desk.client.connections.test(connection_id)
    desk.out.record(delivery)
    desk.out.line(columns(delivery.id, delivery.state, delivery.last_error))
    return 0 if delivery.state == "delivered" else 1


def _described(connection: Connection) -> str:
    return columns(connection.id, connection.mode or "-", connection.hint, _health(connection), connection.name)


def _health(connection: Connection) -> str:
    health = connection.health
    if health.failures:
        return f"{health.failures} {'failure' if health.failures == 1 else 'failures in a row'}"
    return "untried" if health.last_success_at is None else "well"
