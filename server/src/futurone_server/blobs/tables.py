"""The tables of blobs: one row per blob, one per sealed chunk."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Text, text

from futurone_server.store.schema import Moment, tenant_table

blobs = tenant_table(
    "blobs",
    Column("ref", Text, primary_key=True),
    Column("is_settled", Boolean, nullable=False, server_default=text("false")),
    Column("touched_at", Moment, nullable=False),
    Index("ix_blobs_leftovers", "touched_at", postgresql_where=text("NOT is_settled")),
)
"""``is_settled`` becomes true in the commit that makes the blob's owner visible."""

blob_chunks = tenant_table(
    "blob_chunks",
    Column("ref", Text, ForeignKey("blobs.ref", ondelete="CASCADE"), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
