"""API keys: who may do what."""

from futurone_server.features.keys.service import KeyService
from futurone_server.features.keys.types import (
    Capability,
    Key,
    KeyOrder,
    Minted,
    Mode,
    Principal,
    Proposal,
    RateClass,
    RateLimits,
)

__all__ = [
    "Capability",
    "Key",
    "KeyOrder",
    "KeyService",
    "Minted",
    "Mode",
    "Principal",
    "Proposal",
    "RateClass",
    "RateLimits",
]
