"""A value that does not fit is told where and what would be right, and never has its own words repeated."""

import pytest

from futurone_server.tools.schemas import MESSAGE_CHARS_MAX, check

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 5, "pattern": "^[a-z]+$"},
        "age": {"type": "integer", "minimum": 0, "maximum": 150},
        "kind": {"enum": ["one", "two"]},
        "tags": {
            "type": "array",
            "items": {"type": "object", "properties": {"key": {"type": "string"}}},
            "maxItems": 2,
        },
    },
    "required": ["name"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"name": "ab", "age": 3, "kind": "one", "tags": [{"key": "x"}]}, None),
        ({}, 'the value: must have "name"'),
        ([], "the value: must be of type object"),
        ({"name": 1}, "name: must be of type string"),
        ({"name": "a"}, "name: must have at least 2 characters"),
        ({"name": "abcdef"}, "name: must have at most 5 characters"),
        ({"name": "AB"}, 'name: must match the pattern "^[a-z]+$"'),
        ({"name": "ab", "age": -1}, "age: must be at least 0"),
        ({"name": "ab", "age": 151}, "age: must be at most 150"),
        ({"name": "ab", "age": True}, "age: must be of type integer"),
        ({"name": "ab", "kind": "three"}, 'kind: must be one of "one", "two"'),
        ({"name": "ab", "tags": [{}, {"key": 7}]}, "tags[1].key: must be of type string"),
        ({"name": "ab", "tags": [{}, {}, {}]}, "tags: must have at most 2 items"),
        ({"name": "ab", "secret": 1}, "the value: must hold only the members that its schema names"),
    ],
)
def test_what_is_wrong_is_named_with_what_would_be_right(value: object, said: str | None) -> None:
    assert check(PERSON, value) == said


def test_nothing_of_the_value_is_repeated() -> None:
    free = {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": {"type": "integer"}}}
    said = check(free, {"secret": {"hidden": "marker"}})
    assert said == "*.*: must be of type integer"


def test_the_answer_is_short_however_long_the_schema() -> None:
    said = check({"enum": ["x" * 200 + str(number) for number in range(1000)]}, 1)
    assert said is not None
    assert len(said) == MESSAGE_CHARS_MAX


@pytest.mark.parametrize("schema", [{"anyOf": [{"type": "string"}, {"type": "null"}]}, {"not": {"type": "integer"}}])
def test_every_rule_of_a_schema_counts(schema: dict[str, object]) -> None:
    assert check(schema, 1)
    assert check(schema, "x") is None


def test_a_schema_may_refer_to_itself_and_a_bottomless_value_ends() -> None:
    tree = {"type": "array", "items": {"$ref": "#"}}
    assert check(tree, [[[], []]]) is None
    deep: list[object] = []
    for _ in range(3000):
        deep = [deep]
    assert check(tree, deep) == "the value: must be nested less deeply"


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "https://example.com/schema.json"},
        {"properties": {"a": {"$ref": "other.json#/x"}}},
        {"anyOf": [{"$dynamicRef": "file:///etc/passwd"}]},
        {"type": "strin"},
        {"minLength": -1},
    ],
)
def test_a_schema_that_is_wrong_or_leads_elsewhere_is_refused(schema: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        check(schema, {"a": 1})
