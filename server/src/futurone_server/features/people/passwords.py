"""Passwords: hashed with argon2id in threads of their own, a few at a time, and never kept."""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from futurone_server.features.people.rules import normal_password
from futurone_server.kit.errors import Unavailable

_AT_ONCE = 2
_WAITING_MAX = 100
T = TypeVar("T")


class Passwords:
    """Hashes and checks with the parameters of RFC 9106, 4 (second choice): 64 MiB, three passes, four lanes.

    What comes while so many are under way is refused: each takes tens of milliseconds and 64 MiB.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="passwords")
        self._waiting = 0
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        """What is stored of a password: salt, parameters and hash in one text. Raises Unavailable."""
        return await self._in_thread(lambda: self._hash(normal_password(password)))

    async def check(self, known: str | None, password: str) -> tuple[bool, str | None]:
        """Whether a password is the one of a stored hash, and the hash to store instead where its parameters are old.

        Without a stored hash the same work is done, so that nobody can tell from the time. Raises Unavailable.
        """
        return await self._in_thread(lambda: self._check(known, normal_password(password)))

    def _hash(self, password: bytes) -> str:
        from argon2 import PasswordHasher  # noqa: PLC0415 - loaded with the first password

        return PasswordHasher().hash(password)

    def _check(self, known: str | None, password: bytes) -> tuple[bool, str | None]:
        from argon2 import PasswordHasher  # noqa: PLC0415 - loaded with the first password
        from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415 - likewise

        hasher = PasswordHasher()
        if self._nobodys is None:
            self._nobodys = hasher.hash(secrets.token_bytes(32))
        try:
            hasher.verify(self._nobodys if known is None else known, password)
        except (VerificationError, InvalidHashError):
            return False, None
        if known is None:
            return False, None
        return True, hasher.hash(password) if hasher.check_needs_rehash(known) else None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._waiting >= _WAITING_MAX:
            raise Unavailable("Too many people sign in at this moment. Try again shortly.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
