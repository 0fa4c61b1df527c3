"""House rules of logic: coroutines that nobody awaits, indexes beyond the end, conditions that cannot matter."""

import ast
from collections.abc import Callable, Iterator

from futurone_server.tools.analysers.house.nodes import Hit, called, dotted, last_name, same

Check = Callable[[ast.Module], Iterator[Hit]]
_COMPARED = (ast.BoolOp, ast.BinOp, ast.Compare)
_IDEMPOTENT = (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.BitXor)


def _unawaited(tree: ast.Module) -> Iterator[Hit]:
    """A statement that only calls a coroutine function of this file."""
    coroutines = {node.name for node in tree.body if isinstance(node, ast.AsyncFunctionDef)}
    plain = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and called(node.value) in coroutines - plain:
            yield Hit(rule="FO101", node=node, detail=f"{called(node.value)} is an async function.")
    for owner in ast.walk(tree):
        if isinstance(owner, ast.ClassDef):
            yield from _unawaited_methods(owner)
    yield from _unawaited_known(tree)


def _unawaited_methods(owner: ast.ClassDef) -> Iterator[Hit]:
    methods = {node.name for node in owner.body if isinstance(node, ast.AsyncFunctionDef)}
    for node in ast.walk(owner):
        if isinstance(node, ast.Expr):
            name = called(node.value)
            if name.startswith("self.") and name.removeprefix("self.") in methods:
                yield Hit(rule="FO101", node=node, detail=f"{name} is an async method.")


def _unawaited_known(tree: ast.Module) -> Iterator[Hit]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and called(node.value) in ("asyncio.sleep", "asyncio.wait_for", "asyncio.wait"):
            yield Hit(rule="FO101", node=node, detail=f"{called(node.value)} does nothing until it is awaited.")


def _beyond(tree: ast.Module) -> Iterator[Hit]:
    """An index that is the length of what is indexed, or that a loop lets become it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and _is_length_of(node):
            yield Hit(rule="FO104", node=node, detail="The last place is one before the length.")
        elif isinstance(node, ast.For) and isinstance(node.target, ast.Name):
            walked = _too_far(node.iter)
            if walked is not None and _reads_only(node, walked, node.target.id):
                yield Hit(rule="FO104", node=node, detail="The loop also runs with the length itself as the index.")
        elif isinstance(node, ast.While) and isinstance(node.test, ast.Compare):
            yield from _while_beyond(node, node.test)


def _is_length_of(node: ast.Subscript) -> bool:
    index = node.slice
    return (
        called(index) == "len"
        and isinstance(index, ast.Call)
        and index.args[:1] != []
        and same(index.args[0], node.value)
    )


def _too_far(walked: ast.expr) -> ast.expr | None:
    """What a loop over ``range(…, len(x) + 1)`` counts."""
    if not (isinstance(walked, ast.Call) and called(walked) == "range" and 1 <= len(walked.args) <= 2):
        return None
    end = walked.args[-1]
    is_one_more = (
        isinstance(end, ast.BinOp)
        and isinstance(end.op, ast.Add)
        and isinstance(end.right, ast.Constant)
        and end.right.value == 1
    )
    if is_one_more and isinstance(end, ast.BinOp) and called(end.left) == "len" and isinstance(end.left, ast.Call):
        return end.left.args[0] if len(end.left.args) == 1 else None
    return None


def _reads_only(loop: ast.For, walked: ast.expr, name: str) -> bool:
    """Whether the loop reads the very element, and nothing in it looks whether it is there."""
    body = [node for statement in loop.body for node in ast.walk(statement)]
    if any(isinstance(node, ast.Try | ast.If | ast.IfExp | ast.Break) for node in body):
        return False
    return any(
        isinstance(node, ast.Subscript)
        and same(node.value, walked)
        and isinstance(node.slice, ast.Name)
        and node.slice.id == name
        and isinstance(node.ctx, ast.Load)
        for node in body
    )


def _while_beyond(loop: ast.While, test: ast.Compare) -> Iterator[Hit]:
    if not (
        isinstance(test.left, ast.Name) and isinstance(test.ops[0], ast.LtE) and called(test.comparators[0]) == "len"
    ):
        return
    length = test.comparators[0]
    assert isinstance(length, ast.Call)
    first = loop.body[0]
    for node in ast.walk(first):
        if not (isinstance(node, ast.Subscript) and length.args and same(node.value, length.args[0])):
            continue
        if dotted(node.slice) == test.left.id:
            yield Hit(rule="FO104", node=loop, detail="The loop also runs with the length itself as the index.")
            return


def _repeated(tree: ast.Module) -> Iterator[Hit]:
    """A chain that asks the same twice, and branches that do the same."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.If):
            continue
        seen = [node.test]
        link = node
        while len(link.orelse) == 1 and isinstance(link.orelse[0], ast.If):
            link = link.orelse[0]
            if any(same(link.test, test) for test in seen) and not _has_call(link.test):
                yield Hit(rule="FO105", node=link.test)
            seen.append(link.test)
        if node.orelse and _are_same(node.body, node.orelse) and not isinstance(node.body[0], ast.Pass):
            yield Hit(rule="FO106", node=node)


def _has_call(node: ast.AST) -> bool:
    return any(isinstance(one, ast.Call | ast.NamedExpr | ast.Await) for one in ast.walk(node))


def _are_same(one: list[ast.stmt], other: list[ast.stmt]) -> bool:
    return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))


def _both_sides(tree: ast.Module) -> Iterator[Hit]:
    for node in ast.walk(tree):
        if isinstance(node, ast.BoolOp):
            dumps = [ast.dump(value) for value in node.values if not _has_call(value)]
            if len(set(dumps)) != len(dumps):
                yield Hit(rule="FO112", node=node)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, _IDEMPOTENT) and _is_pointless(node):
            yield Hit(rule="FO112", node=node)


def _is_pointless(node: ast.BinOp) -> bool:
    return bool(last_name(node.left)) and same(node.left, node.right) and not _has_call(node)


LOGIC: tuple[Check, ...] = (_unawaited, _beyond, _repeated, _both_sides)
"""The checks; each walks over one file."""
