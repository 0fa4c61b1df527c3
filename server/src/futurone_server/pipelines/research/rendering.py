"""How reports of research and reviews become pages: as every deliverable does."""

from futurone_server.pipelines.deliverables.markup import reader
from futurone_server.pipelines.deliverables.page import page

__all__ = ["page", "reader"]
