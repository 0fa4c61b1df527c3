"""Passwords cost what they usually cost, also where nobody is known, and are exchanged when that changes."""

import argon2
import pytest
from sqlalchemy import text

from features.people.crowd import PASSWORD, owner, signed_in
from futurone_server.features.people import Passwords
from futurone_server.kit.errors import Unauthenticated
from futurone_server.main import Server
from futurone_server.store.database import SYSTEM
from house import Tenant

pytestmark = pytest.mark.anyio


async def test_an_unknown_address_costs_the_same_work(house: Server, tenant: Tenant, counted: list[str]) -> None:
    await owner(house, tenant)
    counted.clear()
    work = []
    for email in ("owner@example.com", "nobody@example.com"):
        with pytest.raises(Unauthenticated):
            await signed_in(house, email, "wrong horse battery")
        work.append(tuple(counted))
        counted.clear()
    assert work[0] == work[1] == ("verify",)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was asked of argon2."""
    done: list[str] = []
    real = argon2.PasswordHasher.verify

    def verify(self: argon2.PasswordHasher, known: str, password: bytes) -> bool:
        done.append("verify")
        return real(self, known, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", verify)
    return done


async def test_a_password_is_the_same_however_its_letters_are_composed() -> None:
    passwords = Passwords()
    stored = await passwords.hash("Zürich am Morgen")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$"), "what RFC 9106 asks for, and nothing cheaper"
    assert (await passwords.check(stored, "Zu\u0308rich am Morgen"))[0]
    assert not (await passwords.check(stored, "zürich am Morgen"))[0]
    assert not (await passwords.check("no hash at all", "Zürich am Morgen"))[0]


async def test_a_hash_with_old_parameters_is_exchanged_when_its_person_signs_in(house: Server, tenant: Tenant) -> None:
    await owner(house, tenant)
    old = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    async with house.desk.db.transaction(SYSTEM) as tx:
        await tx.execute(text("UPDATE users SET password_hash = :old"), {"old": old})
    await signed_in(house, "owner@example.com")
    async with house.desk.db.transaction(SYSTEM) as tx:
        assert (
            (await tx.execute(text("SELECT password_hash FROM users")))
            .scalar_one()
            .startswith("$argon2id$v=19$m=65536")
        )
    assert (await signed_in(house, "owner@example.com")).token
