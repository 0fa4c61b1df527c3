"""The table of the vault's files."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Text

from futurone_server.store.schema import Moment, tenant_table

vault_files = tenant_table(
    "vault_files",
    Column("id", Text, primary_key=True),
    Column("sealed_key", LargeBinary, nullable=False),
    Column("head", LargeBinary, nullable=False),
    Column("type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("folder_id", Text),
    Column("index_state", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index("ix_vault_files_listing", "workspace_id", "created_at", "id"),
)
"""``sealed_key`` is the file's own key under the root key; ``head`` seals name and digest under the file's own.

A row is written when all of the file is there, and the blob of the same id holds its bytes.
"""
