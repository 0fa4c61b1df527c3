"""The table of the blind index."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Text

from futurone_server.store.schema import tenant_table

vault_terms = tenant_table(
    "vault_terms",
    Column("file_id", Text, ForeignKey("vault_files.id", ondelete="CASCADE"), primary_key=True),
    Column("lexeme", LargeBinary, primary_key=True),
    Column("count", Integer, nullable=False),
    Index("ix_vault_terms_lexeme", "workspace_id", "lexeme"),
)
"""A lexeme is a keyed hash of a word's stem, under a key of the workspace's own: equal words look equal, no more."""
