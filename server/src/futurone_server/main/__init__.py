"""The composition root: the one place that knows every part."""

from futurone_server.main.assembly import assemble
from futurone_server.main.restored import settle_restored
from futurone_server.main.server import Server, Worker
from futurone_server.main.trials import list_models, try_models

__all__ = ["Server", "Worker", "assemble", "list_models", "settle_restored", "try_models"]
