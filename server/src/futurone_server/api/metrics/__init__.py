"""Metrics in the text form of Prometheus, for who may read them."""

from futurone_server.api.metrics.metered import Metered

__all__ = ["Metered"]
