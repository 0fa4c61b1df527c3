"""The law of keys: two spellings of one credential, and no key that begets more than it has."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from futurone_server.features.keys import Capability, Mode
from futurone_server.features.keys import rules as key_rules
from futurone_server.kit.errors import Forbidden, Invalid, Unauthenticated
from futurone_server.kit.ids import ALPHABET
from house import EVERYTHING, order, principal

NOW = datetime(2026, 11, 21, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
ids = st.text(ALPHABET, min_size=26, max_size=26).map(lambda text: f"key_{text}")
modes = st.sampled_from(list(Mode))
SECRET = "A" * 42 + "b"
KEY_ID = "key_" + "0" * 26
TOKEN = key_rules.spell(KEY_ID, Mode.LIVE, SECRET)


@given(ids, modes)
def test_both_spellings_are_read_as_the_same_credential(key_id: str, mode: Mode) -> None:
    secret = key_rules.new_secret()
    token = key_rules.spell(key_id, mode, secret)
    assert key_rules.read(token) == key_rules.read(f"{key_id}:{secret}") == (key_id, secret)
    assert token.startswith(f"fo_{mode}_")
    assert token.isascii()
    assert len(token) == len("fo_live_") + 26 + 43 + 6


def test_a_mistyped_key_is_known_for_one_without_asking_anybody() -> None:
    for place in range(len(TOKEN)):
        for wrong in ("0", "z", "-"):
            if TOKEN[place] != wrong:
                with pytest.raises(Unauthenticated):
                    key_rules.read(TOKEN[:place] + wrong + TOKEN[place + 1 :])
    for swapped in range(8, len(TOKEN) - 1):
        turned = TOKEN[:swapped] + TOKEN[swapped + 1] + TOKEN[swapped] + TOKEN[swapped + 2 :]
        if turned != TOKEN:
            with pytest.raises(Unauthenticated):
                key_rules.read(turned)


@given(st.text(max_size=120))
def test_any_text_is_a_key_or_refused(text: str) -> None:
    try:
        key_id, secret = key_rules.read(text)
    except Unauthenticated:
        return
    assert text in (f"{key_id}:{secret}", key_rules.spell(key_id, Mode.LIVE, secret))


def test_a_refusal_does_not_quote_what_was_sent() -> None:
    with pytest.raises(Unauthenticated) as refused:
        key_rules.read(TOKEN[:-1])
    assert SECRET not in refused.value.message
    assert SECRET not in str(refused.value.details)


def test_secrets_are_long_and_never_the_same() -> None:
    made = {key_rules.new_secret() for _ in range(1000)}
    assert len(made) == 1000
    assert {len(one) for one in made} == {43}
    assert all(one.isalnum() and one.isascii() for one in made)
    assert 62**43 > 2**255


def mint(caller: dict[str, Any], wanted: dict[str, Any]) -> None:
    key_rules.check_mint(principal("ws_1", **caller), order(**wanted), NOW)


SOME = frozenset({Capability.RUNS_READ, Capability.KEYS_MANAGE})
ONE = frozenset({"prj_1"})


@pytest.mark.parametrize(
    ("caller", "wanted"),
    [
        ({}, {}),
        ({}, {"capabilities": EVERYTHING}),
        ({"capabilities": SOME}, {}),
        ({"capabilities": SOME}, {"capabilities": frozenset({Capability.RUNS_READ})}),
        ({}, {"projects": ONE, "agents": frozenset({"research"})}),
        ({"projects": ONE}, {"projects": ONE}),
        ({"projects": ONE | {"prj_2"}}, {"projects": ONE}),
        ({"agents": ONE}, {"agents": ONE}),
        ({"expires_at": LATER}, {"expires_at": LATER}),
        ({}, {"expires_at": LATER}),
        ({}, {"mode": Mode.TEST}),
        ({"mode": Mode.TEST}, {"mode": Mode.TEST}),
    ],
)
def test_a_key_gives_what_it_has(caller: dict[str, Any], wanted: dict[str, Any]) -> None:
    mint(caller, wanted)


@pytest.mark.parametrize(
    ("caller", "wanted", "reason"),
    [
        ({"capabilities": SOME}, {"capabilities": EVERYTHING}, "CAPABILITY_MISSING"),
        ({"capabilities": frozenset()}, {"capabilities": SOME}, "CAPABILITY_MISSING"),
        ({"projects": ONE}, {}, "PROJECT_OUT_OF_SCOPE"),
        ({"projects": ONE}, {"projects": frozenset({"prj_2"})}, "PROJECT_OUT_OF_SCOPE"),
        ({"projects": ONE}, {"projects": ONE | {"prj_2"}}, "PROJECT_OUT_OF_SCOPE"),
        ({"agents": ONE}, {}, "AGENT_OUT_OF_SCOPE"),
        ({"agents": ONE}, {"agents": frozenset({"coding"})}, "AGENT_OUT_OF_SCOPE"),
        ({"expires_at": LATER}, {}, "CAPABILITY_MISSING"),
        ({"expires_at": LATER}, {"expires_at": LATER + timedelta(seconds=1)}, "CAPABILITY_MISSING"),
        ({"mode": Mode.TEST}, {"mode": Mode.LIVE}, "CAPABILITY_MISSING"),
    ],
)
def test_a_key_gives_nothing_that_it_has_not(caller: dict[str, Any], wanted: dict[str, Any], reason: str) -> None:
    with pytest.raises(Forbidden) as refused:
        mint(caller, wanted)
    assert refused.value.reason == reason


@pytest.mark.parametrize("expires_at", [NOW, NOW - timedelta(days=1)])
def test_a_key_cannot_be_born_dead(expires_at: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        mint({}, {"expires_at": expires_at})
    assert refused.value.details["field"] == "expires_at"


@pytest.mark.parametrize("capability", list(Capability))
def test_a_refusal_names_the_capability_that_is_missing(capability: Capability) -> None:
    principal("ws_1").require(capability)
    with pytest.raises(Forbidden) as refused:
        principal("ws_1", capabilities=EVERYTHING - {capability}).require(capability)
    assert refused.value.details == {"capability": capability.value}
    assert capability.value in refused.value.message
