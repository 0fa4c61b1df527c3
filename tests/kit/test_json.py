"""The one JSON reader: what it takes, what it refuses, and that it says what is wrong and never what was read."""

import json as standard
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from futurone_server.kit import json, limits
from futurone_server.kit.errors import Invalid

REFUSED = {
    "nothing": b"",
    "white space": b" ",
    "two values": b"{} {}",
    "a trailing comma": b"[1,]",
    "a comment": b"[1 /* x */]",
    "single quotes": b"{'a':1}",
    "no quotes": b"{a:1}",
    "NaN": b"[NaN]",
    "infinity": b"[Infinity]",
    "minus infinity": b"[-Infinity]",
    "a leading zero": b"[01]",
    "a plus": b"[+1]",
    "a bare point": b"[.5]",
    "65 bits": b"[9223372036854775808]",
    "minus 65 bits": b"[-9223372036854775809]",
    "many digits": b"[" + b"1" * 5_000 + b"]",
    "many digits and a point": b"[" + b"1" * 400 + b".0]",
    "an endless exponent": b"[1e999]",
    "a name twice": b'{"a":1,"a":1}',
    "a name twice by escapes": b'{"a":1,"\\u0061":1}',
    "a name twice deep inside": b'[[{"x":{"a":1,"a":1}}]]',
    "a NUL": b'["a\\u0000"]',
    "a NUL in a name": b'{"\\u0000":1}',
    "a bare NUL": b'["\x00"]',
    "a bare tab": b'["\t"]',
    "a lone high surrogate": b'["\\ud800"]',
    "a lone low surrogate": b'["\\udfff"]',
    "surrogates in the wrong order": b'["\\ude00\\ud83d"]',
    "a surrogate in a name": b'{"\\ud800":1}',
    "UTF-16": b"\xff\xfe{\x00}\x00",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "Latin-1": b'["\xe9"]',
    "half a character": b'["\xc3"]',
    "encoded surrogates": b'["\xed\xa0\x80"]',
    "65 levels": b"[" * 65 + b"]" * 65,
    "65 levels of objects": b'{"a":' * 65 + b"1" + b"}" * 65,
    "a million openings": b"[" * 1_000_000,
    "a bad escape": b'["\\x41"]',
    "half an escape": b'["\\u12"]',
    "an open string": b'["abc',
}


NAMED = {
    "a NUL": (b'{"task":"a\\u0000"}', "task"),
    "a NUL in a list": (b'{"files":["a","b\\u0000"]}', "files.1"),
    "a NUL in a name": (b'{"metadata":{"\\u0000":1}}', "metadata"),
    "half a pair": (b'{"metadata":{"k":"\\ud800"}}', "metadata.k"),
    "thirty digits": (b'{"budget":{"max_tokens":1' + b"0" * 30 + b"}}", "budget.max_tokens"),
    "minus 65 bits": (b'{"x":[-9223372036854775809]}', "x.0"),
    "an endless exponent": (b'{"threshold":1e999}', "threshold"),
    "an endless exponent with a plus": (b'{"threshold":1.5E+999}', "threshold"),
    "many digits and a point": (b'{"threshold":' + b"1" * 400 + b".0}", "threshold"),
    "at the top": (b"1e999", "body"),
}


@pytest.mark.parametrize(("raw", "field"), NAMED.values(), ids=NAMED.keys())
def test_what_cannot_be_taken_is_told_of_the_member_that_holds_it(raw: bytes, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        json.read(raw)
    assert refused.value.reason == "MALFORMED_JSON"
    assert refused.value.details == {"field": field}


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED.keys())
def test_what_others_let_through_is_refused(raw: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        json.read(raw)
    assert refused.value.reason == "MALFORMED_JSON"
    field = refused.value.details["field"]
    assert refused.value.message.startswith("The body is not valid JSON: " if field == "body" else f"{field}: ")
    assert len(refused.value.message) < 200


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"{}", {}),
        (b" [ 1 , 2.5 , -0 , 1E2 , true , null ] \n", [1, 2.5, 0, 100.0, True, None]),
        (b'"\\ud83d\\ude00\\u2028\\n"', "\U0001f600\u2028\n"),
        (b"9223372036854775807", 2**63 - 1),
        (b"-9223372036854775807", -(2**63) + 1),
        ('"\u6f22\u00e4"'.encode(), "\u6f22\u00e4"),
        (b'{"":{"":[]}}', {"": {"": []}}),
        (b'["[[[[[","\\"{{{"]' + b"", ["[[[[[", '"{{{']),
        (b"[" * 64 + b"]" * 64, standard.loads("[" * 64 + "]" * 64)),
        (b'["' + b"[" * 100 + b'"]', ["[" * 100]),
    ],
)
def test_what_is_json_is_read(raw: bytes, value: Any) -> None:
    assert json.read(raw) == value


def test_a_refusal_never_quotes_what_was_read() -> None:
    for raw in (b'{"password":"hunter2"', b'{"hunter2":1,"hunter2":2}', b'["hunter2\\ud800"]', b'{"hunter2"}'):
        with pytest.raises(Invalid) as refused:
            json.read(raw)
        assert "hunter2" not in refused.value.message
        assert "hunter2" not in str(refused.value.details)


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
whole = st.integers(min_value=-(2**63) + 1, max_value=2**63 - 1)
values = st.recursive(
    st.none() | st.booleans() | whole | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=30,
)


@given(values)
def test_what_is_written_is_read_back(value: Any) -> None:
    assert json.read(json.dump(value)) == value
    assert json.load(json.dump(value)) == value
    assert json.read(standard.dumps(value).encode()) == value


@given(values)
def test_what_is_written_is_one_line(value: Any) -> None:
    assert not set(b"\n\r\0") & set(json.dump(value))


@given(st.dictionaries(texts, whole, min_size=2))
def test_equal_values_have_equal_canonical_bytes(value: dict[str, int]) -> None:
    turned = dict(reversed(value.items()))
    assert json.canonical(value) == json.canonical(turned)
    assert json.dump(value) != json.dump(turned)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        value = json.read(raw)
    except Invalid:
        return
    assert json.read(json.dump(value)) == value


def test_the_depth_that_is_allowed_is_the_stated_one() -> None:
    assert limits.JSON_DEPTH_MAX == 64
