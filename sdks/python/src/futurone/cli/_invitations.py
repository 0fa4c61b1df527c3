"""The verb ``invitations``: invite people, list invitations, take them back."""

from typing import Annotated, cast

import typer

from futurone._people_models import Role
from futurone.cli._desk import Desk, verb
from futurone.cli._text import columns, one_line

app = typer.Typer(
    help="Invite people, list invitations, take them back.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@app.command("list")
@verb
def list_invitations(desk: Desk) -> None:
    """List the invitations, also those that are over."""
    for one in desk.client.invitations.list():
        desk.out.record(one)
        desk.out.line(columns(one.id, one.status, one.role, one.email, f"{one.expires_at:%Y-%m-%d}"))


@app.command()
@verb
def create(
    desk: Desk,
    email: Annotated[str, typer.Argument(help="Whom.")],
    role: Annotated[str, typer.Option(help="admin, developer or viewer.")] = "developer",
) -> None:
    """Invite somebody, and show the link this once: hand it on yourself, the server sends no mail."""
    made = desk.client.invitations.create(email, cast(Role, role))
    desk.out.record(made)
    desk.out.line(one_line(made.url or made.id), style="strong")
    desk.out.words(f"This is {made.id}. Its link holds once, until {made.expires_at:%Y-%m-%d}.")


@app.command()
@verb
def revoke(desk: Desk, invitation_id: Annotated[str, typer.Argument(metavar="INVITATION_ID")]) -> None:
    """Take an invitation back."""
    desk.client.invitations.revoke(invitation_id)
    desk.out.record({"id": invitation_id, "revoked": True})
    desk.out.line(f"{one_line(invitation_id)} is revoked")
