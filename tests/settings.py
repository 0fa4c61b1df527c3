"""The settings of servers in tests: nothing is refused for coming too often, unless the test is about that."""

from pathlib import Path

from futurone_server.config import Config
from futurone_server.features.keys import RateLimits

RATE = 1_000_000
"""So many requests a minute may a key of a test make, in both classes."""

LIMITS = RateLimits(standard=RATE, execution=RATE)
RATES = {"FUTURONE_RATE_LIMIT_STANDARD": str(RATE), "FUTURONE_RATE_LIMIT_EXECUTION": str(RATE)}
"""The same as variables, for a server in a process of its own."""


def config(data_dir: Path) -> Config:
    """The settings of a server in this process."""
    return Config(data_dir=data_dir, rate_limit_standard=RATE, rate_limit_execution=RATE)
