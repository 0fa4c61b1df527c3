"""Whether a value fits a JSON Schema, said in one line that names the member and what would be right.

For tools' arguments and models' structured output. The line goes back to a model or to a caller, and into the log:
it never holds anything of the value itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Protocol

from futurone_server.kit import json
from futurone_server.tools.port import Schema

MESSAGE_CHARS_MAX = 300

_ERRORS_MAX = 50
_COMPILED_MAX = 256
_LISTED_MAX = 12
_REFERENCES = ("$ref", "$dynamicRef")


class _Error(Protocol):
    """What jsonschema says of one place in a value; only what comes from the schema is used, and where it is."""

    validator: str
    validator_value: object
    instance: object
    absolute_path: Sequence[str | int]


class _Compiled(Protocol):
    def iter_errors(self, instance: object) -> Iterator[_Error]: ...


def check(schema: Schema, value: object) -> str | None:
    """None where plain JSON values fit a schema of draft 2020-12, else what is wrong, in at most 300 characters.

    Raises ValueError where the schema is not valid or refers to another document: nothing is ever fetched.
    """
    compiled, names = _compile(json.canonical(schema))
    try:
        errors = list(islice(compiled.iter_errors(value), _ERRORS_MAX))
    except RecursionError:
        return "the value: must be nested less deeply"
    if not errors:
        return None
    # The outermost one: what lies deeper often follows from it.
    error = min(errors, key=lambda one: len(one.absolute_path))
    message = f"{_place(error.absolute_path, names)}: {_say(error)}"
    return message if len(message) <= MESSAGE_CHARS_MAX else message[: MESSAGE_CHARS_MAX - 1] + "…"


@lru_cache(maxsize=_COMPILED_MAX)
def _compile(raw: bytes) -> tuple[_Compiled, frozenset[str]]:
    from jsonschema import Draft202012Validator, SchemaError  # noqa: PLC0415 - loaded with the first value checked

    schema = json.load(raw)
    parts = list(_parts(schema))
    for target in (part.get(key) for part in parts for key in _REFERENCES):
        if isinstance(target, str) and not target.startswith("#"):
            raise ValueError("the schema refers to another document; write everything into it")
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError:
        raise ValueError("this is not a valid JSON Schema of draft 2020-12") from None
    known: set[str] = set()
    for properties in (part.get("properties") for part in parts):
        known.update(properties if isinstance(properties, dict) else ())
    return Draft202012Validator(schema), frozenset(known)


def _parts(schema: object) -> Iterator[Mapping[str, object]]:
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)


def _place(path: Sequence[str | int], names: frozenset[str]) -> str:
    """Where in the value, with names that the schema knows; another name is the value's own and stays unsaid."""
    said = ""
    for step in path:
        if isinstance(step, int):
            said += f"[{step}]"
        else:
            said += "." * bool(said) + (step if step in names else "*")
    return said or "the value"


def _say(error: _Error) -> str:
    say = _WORDS.get(error.validator)
    return say(error) if say else f"must fit the schema's {error.validator}"


def _missing(error: _Error) -> str:
    wanted = error.validator_value if isinstance(error.validator_value, list) else []
    absent = [name for name in wanted if isinstance(error.instance, dict) and name not in error.instance]
    return f"must have {_listed(absent)}"


def _only(error: _Error) -> str:
    return "must hold only the members that its schema names"


def _types(error: _Error) -> str:
    wanted = error.validator_value
    return "must be of type " + (" or ".join(map(str, wanted)) if isinstance(wanted, list) else str(wanted))


def _listed(values: object) -> str:
    found = values if isinstance(values, list) else [values]
    said = ", ".join(json.dump(value).decode() for value in found[:_LISTED_MAX])
    return said + (", …" if len(found) > _LISTED_MAX else "")


def _bound(words: str) -> Callable[[_Error], str]:
    return lambda error: words.format(json.dump(error.validator_value).decode())


_WORDS: Mapping[str, Callable[[_Error], str]] = {
    "required": _missing,
    "additionalProperties": _only,
    "unevaluatedProperties": _only,
    "type": _types,
    "enum": lambda error: f"must be one of {_listed(error.validator_value)}",
    "const": _bound("must be {}"),
    "minimum": _bound("must be at least {}"),
    "maximum": _bound("must be at most {}"),
    "exclusiveMinimum": _bound("must be more than {}"),
    "exclusiveMaximum": _bound("must be less than {}"),
    "multipleOf": _bound("must be a multiple of {}"),
    "minLength": _bound("must have at least {} characters"),
    "maxLength": _bound("must have at most {} characters"),
    "pattern": _bound("must match the pattern {}"),
    "minItems": _bound("must have at least {} items"),
    "maxItems": _bound("must have at most {} items"),
    "uniqueItems": lambda error: "must not hold an item twice",
    "minProperties": _bound("must have at least {} members"),
    "maxProperties": _bound("must have at most {} members"),
    "anyOf": lambda error: "must fit one of the forms that its schema names",
    "oneOf": lambda error: "must fit exactly one of the forms that its schema names",
}
