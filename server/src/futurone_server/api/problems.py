"""What the framework found wrong with a request, in the caller's words: which member, and what would be right."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError

from futurone_server.kit.errors import Invalid

_Path = tuple[str, ...]
_Problem = Mapping[str, Any]
_A_TIME = "must be a time such as 2026-06-09T14:22:31Z"
_WORDS = {
    "missing": "is required",
    "extra_forbidden": "there is no such field here",
    "string_type": "must be a text",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number of at most 64 bits",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "value_error": "{error}",
}
_MEASURES = {
    "string_too_short": ("at least {min_length} character", "min_length"),
    "string_too_long": ("at most {max_length} character", "max_length"),
    "too_short": ("at least {min_length} part", "min_length"),
    "too_long": ("at most {max_length} part", "max_length"),
}
_REASONS = {"missing": "FIELD_MISSING", "extra_forbidden": "UNKNOWN_FIELD"}


def as_refusal(error: RequestValidationError) -> Invalid:
    """The refusal that names the first member that is wrong, and with several of them, each one in ``fields``."""
    by_member: dict[_Path, list[_Problem]] = {}
    for problem in error.errors():
        by_member.setdefault(_member(problem, error.body), []).append(problem)
    found = [_told(path, problems) for path, problems in by_member.items() if not _has_deeper(path, by_member)]
    first = found[0]
    details: dict[str, object] = {"field": first["field"]}
    if len(found) > 1:
        details["fields"] = found
    return Invalid(first["message"], first["reason_code"], details=details)


def _has_deeper(path: _Path, others: Mapping[_Path, object]) -> bool:
    """Whether more is known of a member: of its alternatives, the one that was meant is the one that fits further."""
    return any(len(one) > len(path) and one[: len(path)] == path for one in others)


def _member(problem: _Problem, body: object) -> _Path:
    """The way to a member as the caller wrote it, without the names that the validator gives to alternatives."""
    place, *parts = problem["loc"]
    if place != "body":
        return tuple(str(part) for part in parts if not isinstance(part, str) or part == parts[0])
    path: list[str] = []
    value = body
    for number, part in enumerate(parts):
        if _is_in(part, value):
            value = value[part]  # type: ignore[index]  # it has just been found in there
        elif problem["type"] != "missing" or number < len(parts) - 1:
            continue
        path.append(str(part))
    return tuple(path)


def _is_in(part: object, value: object) -> bool:
    if isinstance(value, dict):
        return part in value
    return isinstance(value, list) and isinstance(part, int) and part < len(value)


def _told(path: _Path, problems: Sequence[_Problem]) -> dict[str, str]:
    where = ".".join(path) or "body"
    reason = _REASONS.get(problems[0]["type"], "FIELD_INVALID")
    if not path and reason == "FIELD_MISSING":
        return {"field": where, "reason_code": reason, "message": "The request needs a JSON body."}
    words = list(dict.fromkeys(_right(problem) for problem in problems))
    if "must be a number" in words and "must be a whole number" in words:
        words.remove("must be a whole number")
    return {"field": where, "reason_code": reason, "message": f"{where}: {_either(words)}"}


def _right(problem: _Problem) -> str:
    """What would be right, for one of the alternatives."""
    kind, context = str(problem["type"]), problem.get("ctx", {})
    if kind.startswith("datetime"):
        return _A_TIME
    if kind in _MEASURES:
        words, name = _MEASURES[kind]
        return f"must have {words.format(**context)}{'' if context[name] == 1 else 's'}"
    if kind in _WORDS:
        return _WORDS[kind].format(**{name: _shown(value) for name, value in context.items()})
    message = str(problem["msg"])
    return message[:1].lower() + message[1:]


def _shown(value: object) -> str:
    """A bound, a list of words, or what a validator of ours said."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).replace("'", "")


def _either(words: Sequence[str]) -> str:
    if len(words) == 1:
        return words[0]
    short = [words[0], *(one.removeprefix("must be ") for one in words[1:])]
    return f"{', '.join(short[:-1])}, or {short[-1]}"
