"""Connections: what of the workspace stands elsewhere, by name, with secrets that are never shown again."""

from futurone_server.features.connections.sealing import ConnectionSeals, Sealed
from futurone_server.features.connections.service import ConnectionService
from futurone_server.features.connections.types import (
    Change,
    CheckAddress,
    Connection,
    Goings,
    Health,
    Kind,
    Made,
    Place,
)

__all__ = [
    "Change",
    "CheckAddress",
    "Connection",
    "ConnectionSeals",
    "ConnectionService",
    "Goings",
    "Health",
    "Kind",
    "Made",
    "Place",
    "Sealed",
]
