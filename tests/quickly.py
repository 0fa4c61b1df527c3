"""Passwords that cost next to nothing, where a test is about something else: what one usually costs is a promise."""

from functools import partial

import argon2
import pytest

SERVER = """
import argon2, functools
argon2.PasswordHasher = functools.partial(argon2.PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)
from futurone.cli import main
raise SystemExit(main())
"""
"""The program of a server with such passwords."""


@pytest.fixture
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such passwords in this process, for the length of a test."""
    monkeypatch.setattr(
        argon2, "PasswordHasher", partial(argon2.PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)
    )
