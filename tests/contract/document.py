"""The OpenAPI document as a judge: whether a value fits a schema, and whether an answer is one that was promised."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx2

Json = Any
_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}
_KNOWN = {
    "$ref", "type", "properties", "required", "additionalProperties", "items", "anyOf", "allOf", "oneOf", "enum",
    "const", "pattern", "minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum", "exclusiveMinimum",
    "format", "description", "default", "example", "examples", "title",
}  # fmt: skip


class Document:
    """The document of one server."""

    def __init__(self, document: Json) -> None:
        self.root = document
        self.operations: dict[str, tuple[str, str, Json]] = {
            operation["operationId"]: (method.upper(), path, operation)
            for path, item in document["paths"].items()
            for method, operation in item.items()
        }

    def resolved(self, value: Json) -> Json:
        """What a reference names."""
        while "$ref" in value:
            found = self.root
            for part in value["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            value = found
        return value

    def operation(self, method: str, path: str) -> tuple[str, Json] | None:
        """Which operation a request asks for: its name and description."""
        method = "GET" if method == "HEAD" else method
        path = path.removeprefix("/api") if path.startswith("/api/v1") else path
        path = path.rstrip("/") or "/"
        for name, (wanted, template, operation) in self.operations.items():
            if wanted == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
                return name, operation
        return None

    def problems(self, schema: Json, value: Json, where: str = "$") -> Iterator[str]:
        """What does not fit. Members that a schema does not name are found too: answers must be described in full."""
        schema = self._merged(self.resolved(schema))
        unknown = {name for name in schema if not name.startswith("x-")} - _KNOWN
        assert not unknown, f"{where}: this judge does not know {unknown}"
        branches = schema.get("anyOf", schema.get("oneOf"))
        if branches is not None:
            tried = [list(self.problems(branch, value, where)) for branch in branches]
            if all(tried):
                yield from min(tried, key=len)
        yield from _scalar_problems(schema, value, where)
        if isinstance(value, dict):
            yield from self._member_problems(schema, value, where)
        if isinstance(value, list):
            for number, one in enumerate(value):
                yield from self.problems(schema.get("items", {}), one, f"{where}[{number}]")

    def _merged(self, schema: Json) -> Json:
        parts = [self._merged(self.resolved(one)) for one in schema.get("allOf", [])]
        if not parts:
            return schema
        return {
            "type": "object",
            "properties": {name: one for part in parts for name, one in part.get("properties", {}).items()},
            "required": [name for part in parts for name in part.get("required", [])],
        }

    def _member_problems(self, schema: Json, value: dict[str, Json], where: str) -> Iterator[str]:
        properties = schema.get("properties", {})
        for name in schema.get("required", []):
            if name not in value:
                yield f"{where}.{name} is missing"
        rest = schema.get("additionalProperties", not properties)
        for name, one in value.items():
            if name in properties:
                yield from self.problems(properties[name], one, f"{where}.{name}")
            elif rest is False:
                yield f"{where}.{name} is not described"
            elif isinstance(rest, dict):
                yield from self.problems(rest, one, f"{where}.{name}")

    def broken_promises(self, answer: httpx2.Response) -> list[str]:
        """In what an answer differs from what the document says of its operation."""
        request = answer.request
        found = self.operation(request.method, request.url.raw_path.partition(b"?")[0].decode())
        if found is None:
            return [] if answer.status_code in (404, 405) else [f"an answer of an unknown path: {answer.status_code}"]
        name, operation = found
        promised = operation["responses"].get(str(answer.status_code))
        if promised is None:
            return [f"{name} answers {answer.status_code}, which is not described: {answer.text[:300]}"]
        promised = self.resolved(promised)
        required = [one for one, header in promised["headers"].items() if self.resolved(header).get("required")]
        missing = [f"{name}: no header {one}" for one in required if one.lower() not in answer.headers]
        media_type = answer.headers.get("content-type", "").partition(";")[0]
        contents = promised.get("content", {})
        if not contents or request.method == "HEAD":
            return missing
        if media_type not in contents:
            is_bytes = any("binary" in str(one["schema"]) for one in contents.values())
            return missing if is_bytes else [*missing, f"{name}: {media_type} is not described"]
        if media_type != "application/json" or name == "read_document":
            return missing
        return missing + [f"{name}: {one}" for one in self.problems(contents[media_type]["schema"], answer.json())]


def _scalar_problems(schema: Json, value: Json, where: str) -> Iterator[str]:
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is_a(value, kind) for kind in kinds):
        yield f"{where} is {value!r}, not {' or '.join(kinds)}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where} is {value!r}, not one of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{where} is {value!r}, not {schema['const']!r}"
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{where} is {value!r}, which does not match {schema['pattern']}"
    for measured, low, high in _BOUNDS:
        size = measured(value)
        if size is not None and not schema.get(low, size) <= size <= schema.get(high, size):
            yield f"{where} is {value!r}, out of bounds"


def _is_a(value: Json, kind: str) -> bool:
    return isinstance(value, _KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))


_BOUNDS: tuple[tuple[Callable[[Json], float | None], str, str], ...] = (
    (lambda value: len(value) if isinstance(value, str) else None, "minLength", "maxLength"),
    (lambda value: len(value) if isinstance(value, list) else None, "minItems", "maxItems"),
    (lambda value: value if _is_a(value, "number") else None, "minimum", "maximum"),
)
"""How a value is measured, and the words for its bounds. ``exclusiveMinimum`` stands in requests only."""
