"""The durable engine behind a small port: start, resume, cancel, forget."""

from futurone_server.engine.port import Engine, Segment

__all__ = ["Engine", "Segment"]
