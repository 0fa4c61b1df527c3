"""House rules of resources: files and connections that a function opens, keeps to itself, and never closes."""

import ast
from collections.abc import Iterator

from futurone_server.tools.analysers.house.nodes import Functions, Hit, called, functions, within

_OPENERS = {
    "open",
    "io.open",
    "os.fdopen",
    "sqlite3.connect",
    "socket.socket",
    "socket.create_connection",
    "codecs.open",
}
_USES = {"read", "readlines", "readline", "write", "writelines"}
_ENDS = {"close", "detach", "shutdown", "terminate"}


def _leaked(tree: ast.Module) -> Iterator[Hit]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in _USES and called(node.value) in ("open", "io.open"):
            assert isinstance(node.value, ast.Call)
            yield Hit(rule="FO113", node=node.value, detail="Open it in a with statement.")
    for function in functions(tree):
        yield from _in_function(function)


def _in_function(function: Functions) -> Iterator[Hit]:
    for node in within(function):
        if not (isinstance(node, ast.Assign) and called(node.value) in _OPENERS):
            continue
        target = node.targets[0]
        if len(node.targets) == 1 and isinstance(target, ast.Name) and not _is_let_go(function, target.id, node):
            yield Hit(rule="FO113", node=node.value, detail="Open it in a with statement.")


def _is_let_go(function: Functions, name: str, opening: ast.Assign) -> bool:
    """Whether a function closes what a name holds, or hands it to someone else."""
    return any(_ends(node, name) or (node is not opening and _hands_on(node, name)) for node in ast.walk(function))


def _ends(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Global | ast.Nonlocal):
        return name in node.names
    is_its = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name
    return is_its and isinstance(node, ast.Attribute) and node.attr in _ENDS


def _hands_on(node: ast.AST, name: str) -> bool:
    values: list[ast.expr | None] = []
    if isinstance(node, ast.Return | ast.Yield | ast.Assign | ast.AnnAssign | ast.NamedExpr):
        values = [node.value]
    elif isinstance(node, ast.Call):
        values = [*node.args, *(keyword.value for keyword in node.keywords)]
    elif isinstance(node, ast.withitem):
        values = [node.context_expr]
    elif isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict):
        values = list(node.values if isinstance(node, ast.Dict) else node.elts)
    return any(isinstance(value, ast.Name) and value.id == name for value in values)


LEAKS = (_leaked,)
"""The checks; each walks over one file."""
