"""The vault: files of a workspace, sealed one by one, for runs to work on."""

from futurone_server.features.vault.search.service import VaultSearch
from futurone_server.features.vault.service import VaultService
from futurone_server.features.vault.types import Described, File, Filter, IndexState, Label, Link, Stored

__all__ = ["Described", "File", "Filter", "IndexState", "Label", "Link", "Stored", "VaultSearch", "VaultService"]
