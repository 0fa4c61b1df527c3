"""What costs next to nothing here, where a test is about something else: passwords, and authorities of certificates."""

from collections.abc import Iterator
from functools import partial

import argon2
import pytest

from egress.peers import authority

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


@pytest.fixture(scope="session", autouse=True)
def few_authorities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One authority in place of the machine's: to read those takes longer than most requests, and each client does."""
    folder = tmp_path_factory.mktemp("authorities")
    authority("nobody.invalid", str(folder))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(folder / "nobody.invalid.pem"))
        yield
