"""Audit: who did what, read and exported; the lines themselves are written by the log, with each act."""

from futurone_server.features.audit.rules import Anchor
from futurone_server.features.audit.service import AuditService
from futurone_server.features.audit.types import Filter, Head, Record

__all__ = ["Anchor", "AuditService", "Filter", "Head", "Record"]
