"""People: users, members, invitations, sessions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from futurone_server.store.schema import SCOPE_SETTING, secure

revision = "2026_11_22_0570_pre"
down_revision = "2026_11_22_0560_pre"

_MOMENT = postgresql.TIMESTAMP(timezone=True, precision=6)
_SCOPE = f"current_setting('{SCOPE_SETTING}', true)"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    op.create_table(
        "users",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email_key", name=op.f("uq_users_email_key")),
    )
    _create_belonging(
        "memberships",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        _user("memberships"),
        sa.PrimaryKeyConstraint("workspace_id", "user_id", name=op.f("pk_memberships")),
    )
    op.create_index("ix_memberships_user_id", "memberships", ["user_id"])
    _create_belonging(
        "invitations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("invited_by", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("accepted_at", _MOMENT, nullable=True),
        sa.Column("revoked_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("digest", name=op.f("uq_invitations_digest")),
    )
    op.create_index("ix_invitations_listing", "invitations", ["workspace_id", "created_at", "id"])
    _create_belonging(
        "sessions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("last_seen_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        _user("sessions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("digest", name=op.f("uq_sessions_digest")),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    _create_belonging(
        "setup_links",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("used_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setup_links")),
        sa.UniqueConstraint("digest", name=op.f("uq_setup_links_digest")),
    )
    for table in ("memberships", "invitations", "sessions", "setup_links"):
        for statement in secure(table):
            op.execute(statement)
    _show_users_to_their_workspaces()


def _create_belonging(name: str, *items: sa.schema.SchemaItem) -> None:
    """A table whose rows belong to a workspace."""
    workspace = sa.ForeignKeyConstraint(
        ["workspace_id"], ["workspaces.id"], name=op.f(f"fk_{name}_workspace_id"), ondelete="CASCADE"
    )
    owner: sa.Column[str] = sa.Column("workspace_id", sa.Text(), nullable=False)
    op.create_table(name, owner, *items, workspace, info={"tenant": True})


def _user(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f(f"fk_{table}_user_id"), ondelete="CASCADE")


def _show_users_to_their_workspaces() -> None:
    """A person can be in several workspaces: each sees its own members, and none of them changes a person."""
    op.execute("ALTER TABLE users ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE users FORCE ROW LEVEL SECURITY")
    mine = f"m.user_id = users.id AND m.workspace_id = {_SCOPE}"
    member = f"EXISTS (SELECT 1 FROM memberships m WHERE {mine})"  # noqa: S608 - constants
    op.execute(f"CREATE POLICY system ON users USING ({_SCOPE} = 'system') WITH CHECK ({_SCOPE} = 'system')")
    op.execute(f"CREATE POLICY member ON users FOR SELECT USING ({member})")
