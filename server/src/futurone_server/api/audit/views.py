"""A line of the audit trail as it goes over the wire."""

from futurone_server.features.audit import Record
from futurone_server.kit import json
from futurone_server.kit.json import JsonObject


def present_line(record: Record) -> JsonObject:
    """A line with its hash."""
    told = json.load(record.line)
    assert isinstance(told, dict)
    return {**told, "hash": record.hash.hex()}
