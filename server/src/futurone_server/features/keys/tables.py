"""The table of API keys."""

from sqlalchemy import Column, LargeBinary, Text
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
)
