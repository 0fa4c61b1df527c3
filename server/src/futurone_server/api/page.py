"""The reference as a page: plain HTML from the OpenAPI document, everything in it escaped."""

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from futurone_server.kit import json

Json = Mapping[str, Any]
_CODE = re.compile(r"`([^`]+)`")
_SHOWN = ("enum", "const", "default", "pattern", "minLength", "maxLength", "minimum", "maximum", "maxItems")
STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); --accent: #3257c8 }
* { box-sizing: border-box }
body { font: 16px/1.55 system-ui, sans-serif; margin: 0; display: grid; grid-template-columns: 17rem minmax(0, 60rem) }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1.5rem 1rem }
nav a { display: block; padding: .1rem 0; font-size: .9rem; text-decoration: none; color: inherit }
nav a:hover, nav a:focus { text-decoration: underline }
nav h2 { font-size: .8rem; letter-spacing: .05em; text-transform: uppercase; margin: 1.2rem 0 .3rem; opacity: .75 }
main { padding: 1.5rem 2.5rem 6rem }
section, article { border-top: 1px solid var(--line); padding-top: 1rem; margin-top: 2rem; scroll-margin-top: 1rem }
code, pre { font: .88em/1.5 ui-monospace, monospace }
code { background: color-mix(in srgb, currentColor 8%, transparent); padding: .05em .3em; border-radius: .25em }
pre { overflow: auto; padding: .8rem 1rem; border: 1px solid var(--line); border-radius: .4rem; max-height: 30rem }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 }
td, th { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line) }
th { font-weight: 600; font-size: .85rem }
h3 code:first-child { color: var(--accent); font-weight: 700 }
a { color: var(--accent) }
summary { cursor: pointer; padding: .2rem 0 }
.note { font-size: .88rem; opacity: .8 }
main { border-left: 1px solid var(--line) }
@media (max-width: 60rem) { body { display: block } nav { position: static; height: auto } main { padding: 1rem } }
"""


def render(document: Json) -> str:
    """The whole page."""
    info = document["info"]
    title = f"{escape(info['title'])} {escape(info['version'])}"
    return "".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title><style>{STYLE}</style></head><body>",
            f"<nav aria-label='Contents'>{''.join(_contents(document))}</nav><main><h1>{title}</h1>",
            _words(info["description"]),
            "<p>The same as data: <a href='/openapi.json'>openapi.json</a></p>",
            *_access(document),
            *_tags(document),
            *_errors(document),
            *_schemas(document),
            "</main></body></html>",
        )
    )


def _words(text: str) -> str:
    """Paragraphs with `code` in them: as much of Markdown as the document uses."""
    blocks = [block.strip() for block in text.split("\n\n") if block.strip()]
    return "".join(f"<p>{_inline(block)}</p>" for block in blocks)


def _inline(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text, quote=False))


def _by_tag(document: Json) -> dict[str, list[tuple[str, str, Json]]]:
    found: dict[str, list[tuple[str, str, Json]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            found[operation["tags"][0]].append((method, path, operation))
    return found


def _contents(document: Json) -> Iterator[str]:
    for tag, operations in _by_tag(document).items():
        yield f"<h2>{escape(tag)}</h2>"
        for _, _, operation in operations:
            yield f"<a href='#{escape(operation['operationId'])}'>{escape(operation['summary'])}</a>"
    yield "<h2>More</h2><a href='#errors'>Errors</a><a href='#schemas'>Schemas</a>"


def _access(document: Json) -> Iterator[str]:
    for scheme in document["components"]["securitySchemes"].values():
        yield f"<p>{_inline(scheme['description'])} <code>Authorization: Bearer &lt;key&gt;</code></p>"


def _tags(document: Json) -> Iterator[str]:
    says = {tag["name"]: tag["description"] for tag in document["tags"]}
    for tag, operations in _by_tag(document).items():
        yield f"<section><h2>{escape(tag)}</h2>{_words(says[tag])}"
        for method, path, operation in operations:
            yield from _operation(document, method, path, operation)
        yield "</section>"


def _operation(document: Json, method: str, path: str, operation: Json) -> Iterator[str]:
    name = escape(operation["operationId"])
    yield f"<article id='{name}'><h3><code>{method.upper()}</code> <code>{escape(path)}</code></h3>"
    yield f"<p><strong>{escape(operation['summary'])}</strong></p>{_words(operation.get('description', ''))}"
    if operation.get("security") == []:
        yield "<p class='note'>No key needed.</p>"
    yield from _parameters(document, operation.get("parameters", []))
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<h4>Body <code>{escape(media_type)}</code></h4>{_table(document, content['schema'])}"
        for example in content.get("examples", {}).values():
            yield _example(example["summary"], example["value"])
    yield "<h4>Answers</h4>"
    for status, response in operation["responses"].items():
        yield from _response(document, status, response)
    if "x-events" in operation:
        rows = (
            f"<tr><td><code>{escape(event)}</code><td>{_kind(shape)}" for event, shape in operation["x-events"].items()
        )
        yield f"<h4>Events</h4><table><tr><th>Name<th>Data{''.join(rows)}</table>"
    yield "</article>"


def _resolved(document: Json, value: Json) -> Json:
    if "$ref" not in value:
        return value
    found: Json = document
    for part in value["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def _parameters(document: Json, parameters: list[Json]) -> Iterator[str]:
    rows = []
    for one in (_resolved(document, parameter) for parameter in parameters):
        needed = "required" if one.get("required") else ""
        says = _inline(one.get("description", ""))
        rows.append(
            f"<tr><td><code>{escape(one['name'])}</code><td>{escape(one['in'])} {needed}"
            f"<td>{_kind(one['schema'])}<td>{says}"
        )
    if rows:
        yield f"<h4>Parameters</h4><table><tr><th>Name<th>Where<th>Type<th>What{''.join(rows)}</table>"


def _response(document: Json, status: str, response: Json) -> Iterator[str]:
    if "$ref" in response:
        says = _inline(_resolved(document, response)["description"])
        yield f"<p class='note'><code>{status}</code> <a href='#error-{status}'>{says}</a></p>"
        return
    yield f"<p><code>{status}</code> {_inline(response['description'])}</p>"
    for media_type, content in response.get("content", {}).items():
        yield f"<p class='note'><code>{escape(media_type)}</code> {_kind(content['schema'])}</p>"
        if "example" in content:
            yield _example("Example", content["example"])


def _example(summary: str, value: object) -> str:
    text = value if isinstance(value, str) else _pretty(value)
    return f"<details><summary>{_inline(summary)}</summary><pre>{escape(text)}</pre></details>"


def _pretty(value: object, indent: str = "") -> str:
    """JSON over several lines."""
    within = indent + "  "
    if isinstance(value, dict) and value:
        members = (f"{within}{json.dump(name).decode()}: {_pretty(one, within)}" for name, one in value.items())
        return "{\n" + ",\n".join(members) + f"\n{indent}}}"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(within + _pretty(one, within) for one in value) + f"\n{indent}]"
    return json.dump(value).decode()


def _kind(schema: Json) -> str:
    """A type in a few words, with links to the schemas it names."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f"<a href='#schema-{name}'>{name}</a>"
    for word, between in (("anyOf", " or "), ("allOf", " and ")):
        if word in schema:
            return between.join(_kind(one) for one in schema[word])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if schema.get("properties"):
        members = ", ".join(f"<code>{escape(name)}</code>: {_kind(one)}" for name, one in schema["properties"].items())
        return f"object ({members})"
    limits = [f"{word} <code>{escape(_plain(schema[word]))}</code>" for word in _SHOWN if word in schema]
    return ", ".join([escape(str(schema.get("type", "any"))), *limits])


def _plain(value: object) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def _table(document: Json, schema: Json) -> str:
    """The members of an object."""
    shown = _resolved(document, schema)
    if not shown.get("properties"):
        return f"<p>{_kind(shown)}</p>"
    rows = []
    for name, one in shown["properties"].items():
        needed = " required" if name in shown.get("required", ()) else ""
        says = _inline(one.get("description", ""))
        rows.append(f"<tr><td><code>{escape(name)}</code>{needed}<td>{_kind(one)}<td>{says}")
    return f"<table><tr><th>Member<th>Type<th>What{''.join(rows)}</table>"


def _errors(document: Json) -> Iterator[str]:
    yield "<section id='errors'><h2>Errors</h2>"
    for response in document["components"]["responses"].values():
        content = response["content"]["application/json"]
        examples = content["examples"]
        first = next(iter(examples.values()))["value"]
        status = escape(str(response["x-status"]))
        kind = escape(first["error"]["type"])
        yield f"<article id='error-{status}'><h3><code>{status}</code> <code>{kind}</code></h3>"
        rows = (f"<tr><td><code>{escape(name)}</code><td>{_inline(one['summary'])}" for name, one in examples.items())
        yield f"<p>{_inline(response['description'])}.</p><table><tr><th>reason_code<th>What{''.join(rows)}</table>"
        yield _example("Example", first) + "</article>"
    yield "</section>"


def _schemas(document: Json) -> Iterator[str]:
    yield "<section id='schemas'><h2>Schemas</h2>"
    for name, schema in document["components"]["schemas"].items():
        yield f"<article id='schema-{escape(name)}'><h3><code>{escape(name)}</code></h3>"
        yield _words(schema.get("description", "")) + _table(document, schema) + "</article>"
    yield "</section>"
