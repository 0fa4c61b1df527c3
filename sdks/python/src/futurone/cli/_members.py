"""The verb ``members``: list the people of the workspace, change their roles, remove them."""

from typing import Annotated, cast

import typer

from futurone._people_models import Member, Role
from futurone.cli._desk import Desk, verb
from futurone.cli._text import columns, one_line

app = typer.Typer(
    help="List the people of the workspace, change their roles, remove them.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

UserId = Annotated[str, typer.Argument(metavar="USER_ID")]


@app.command("list")
@verb
def list_members(desk: Desk) -> None:
    """List the members. Addresses are shown to who may manage the workspace."""
    for member in desk.client.members.list():
        _tell(desk, member)


@app.command("set-role")
@verb
def set_role(
    desk: Desk,
    user_id: UserId,
    role: Annotated[str, typer.Argument(help="admin, developer or viewer; owners are made by owners who sign in.")],
) -> None:
    """Give a member another role."""
    _tell(desk, desk.client.members.set_role(user_id, cast(Role, role)))


@app.command()
@verb
def remove(desk: Desk, user_id: UserId) -> None:
    """Take a member's place away, at once. Keys that the person made stay."""
    desk.client.members.remove(user_id)
    desk.out.record({"user_id": user_id, "removed": True})
    desk.out.line(f"{one_line(user_id)} is removed")
    desk.out.words("Keys that this person made stay: `created_by` in the list of keys names them.")


def _tell(desk: Desk, member: Member) -> None:
    desk.out.record(member)
    desk.out.line(columns(member.user_id, member.role, member.name, member.email or "-"))
