"""The tables of API keys, and of what they were used for."""

from sqlalchemy import Boolean, Column, Date, Integer, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY

from futurone_server.store.schema import Moment, tenant_table

api_keys = tenant_table(
    "api_keys",
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("old_digest", LargeBinary),
    Column("old_until", Moment),
    Column("capabilities", ARRAY(Text), nullable=False),
    Column("projects", ARRAY(Text)),
    Column("agents", ARRAY(Text)),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
    Column("created_by", Text),
    Column("created_at", Moment, nullable=False),
    Column("last_used_at", Moment),
    Column("rate_standard", Integer),
    Column("rate_execution", Integer),
    Column("rotated_at", Moment),
    Column("is_legacy", Boolean, nullable=False, server_default=text("false")),
)

key_uses = tenant_table(
    "key_uses",
    Column("key_id", Text, primary_key=True),
    Column("capability", Text, primary_key=True),
    Column("day", Date, primary_key=True),
)
