"""Whoever takes a caller asks what the caller may do, before anything else happens."""

import ast
from collections.abc import Iterator

from architecture.sources import Function, Source, is_within

_WAITING = (ast.Await, ast.AsyncWith, ast.AsyncFor)
_NOT_SERVICES = {"rules", "store", "tables", "types"}


def _caller(function: Function) -> str | None:
    """The name of the first parameter after self, if it is a caller."""
    first = [*function.args.posonlyargs, *function.args.args][1:2]
    if not first:
        return None
    is_principal = first[0].annotation is not None and "Principal" in ast.unparse(first[0].annotation)
    return first[0].arg if first[0].arg == "caller" or is_principal else None


def _asks(call: ast.Call, caller: str) -> bool:
    """``caller.require(…)``, or handing the caller first to another public method, which asks in its turn."""
    function = call.func
    if not isinstance(function, ast.Attribute):
        return False
    owner = function.value
    if isinstance(owner, ast.Name) and owner.id == caller:
        return function.attr == "require"
    is_ours = ast.unparse(owner).split(".")[0] == "self"
    hands_on = bool(call.args) and isinstance(call.args[0], ast.Name) and call.args[0].id == caller
    return is_ours and hands_on and not function.attr.startswith("_")


def _asks_first(function: Function, caller: str) -> bool:
    for statement in function.body:
        nodes = list(ast.walk(statement))
        is_plain = isinstance(statement, ast.Expr | ast.Assign | ast.AnnAssign | ast.Return)
        if is_plain and any(isinstance(node, ast.Call) and _asks(node, caller) for node in nodes):
            return True
        if any(isinstance(node, _WAITING) for node in nodes):
            return False
    return False


def unguarded(source: Source) -> Iterator[str]:
    """Public service methods that take a caller and wait for something before they ask for a capability."""
    if not is_within(source.module, "futurone_server.features") or source.module.split(".")[-1] in _NOT_SERVICES:
        return
    for owner in source.nodes:
        if not isinstance(owner, ast.ClassDef):
            continue
        for function in owner.body:
            if isinstance(function, Function) and not function.name.startswith("_"):
                caller = _caller(function)
                if caller and not _asks_first(function, caller):
                    name = f"{owner.name}.{function.name}"
                    yield source.finding(function, f"{name} does not begin with {caller}.require(…)")
