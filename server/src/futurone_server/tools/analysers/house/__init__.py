"""House rules: what common analysers miss, found in the syntax tree."""

from futurone_server.tools.analysers.house.leaks import LEAKS
from futurone_server.tools.analysers.house.logic import LOGIC
from futurone_server.tools.analysers.house.security import SECURITY

__all__ = ["LEAKS", "LOGIC", "SECURITY"]
