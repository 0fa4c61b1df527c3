"""Imports stand at the top, and a room is entered through its front door."""

import ast
from collections.abc import Collection, Iterator, Mapping

from architecture.sources import Function, Source, dotted, imports, is_within

FEATURES = "futurone_server.features"
_DYNAMIC = {"importlib.import_module", "__import__"}

Allowances = Mapping[tuple[str, str], str]
"""Module and what it imports late, with the reason."""


def hidden(source: Source) -> Iterator[tuple[ast.AST, str]]:
    """Imports that happen while a function runs, and imports by a computed name."""
    at_once = _at_once(source.tree)
    for node, module, _ in imports(source):
        if id(node) not in at_once:
            yield node, module
    for call in source.nodes:
        if isinstance(call, ast.Call) and (name := dotted(call.func, source.bound)) in _DYNAMIC:
            yield call, name or ""


def _at_once(tree: ast.AST) -> set[int]:
    """The identities of the nodes that are carried out when the module is loaded."""
    found: set[int] = set()
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        found.add(id(node))
        if not isinstance(node, Function):
            waiting.extend(ast.iter_child_nodes(node))
    return found


def hidden_imports(source: Source, allowed: Allowances) -> Iterator[str]:
    """Hidden imports that nobody has argued for."""
    for node, module in hidden(source):
        if (source.module, module) not in allowed:
            yield source.finding(node, f"imports {module} late; do it at the top, or argue for it in exceptions.py")


def idle_allowances(sources: Collection[Source], allowed: Allowances) -> Iterator[str]:
    """Exceptions that nothing uses any more."""
    used = {(source.module, module) for source in sources for _, module in hidden(source)}
    for module, imported in sorted(set(allowed) - used):
        yield f"exceptions.py: {module} no longer imports {imported} late; remove the line"


def _inside(module: str, names: Collection[str], modules: Collection[str]) -> Iterator[str]:
    """Which files of a room an import names, as far as they exist."""
    parts = module.removeprefix(FEATURES + ".").split(".")
    if len(parts) > 1:
        yield ".".join(parts[:2])
    else:
        yield from (f"{parts[0]}.{name}" for name in names if f"{module}.{name}" in modules)


def side_doors(source: Source, modules: Collection[str]) -> Iterator[str]:
    """Imports of a room's inside from elsewhere. Everyone may name ``rules``; migrations may name ``tables``."""
    for node, module, names in imports(source):
        if not module.startswith(FEATURES + "."):
            continue
        for inside in _inside(module, names, modules):
            room, file = inside.split(".")
            is_open = file == "rules" or (file == "tables" and is_within(source.module, "futurone_server.migrations"))
            if not is_open and not is_within(source.module, f"{FEATURES}.{room}"):
                yield source.finding(node, f"names {inside}; enter {room} through its front door, features/{room}")
