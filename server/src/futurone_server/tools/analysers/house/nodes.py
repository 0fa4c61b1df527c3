"""Syntax trees in the words of the house rules: names, places, what a call calls."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

_WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A rule that was broken, and where."""

    rule: str
    node: ast.expr | ast.stmt
    detail: str = ""


Functions = ast.FunctionDef | ast.AsyncFunctionDef


def dotted(node: ast.AST) -> str:
    """A name with its dots, such as ``request.args.get``; an empty text for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def called(node: ast.AST) -> str:
    """What a call calls, with its dots; an empty text for anything else."""
    return dotted(node.func) if isinstance(node, ast.Call) else ""


def last_name(node: ast.AST) -> str:
    """The last part of a name, the key of a subscript, or what is called."""
    if isinstance(node, ast.Call):
        return last_name(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        return node.slice.value
    return ""


def words(name: str) -> list[str]:
    """The words of a name, however it is written."""
    return [word.lower() for word in _WORDS.findall(name)]


def functions(tree: ast.AST) -> Iterator[Functions]:
    """All functions of a tree, with those inside others."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def within(function: Functions) -> Iterator[ast.AST]:
    """The nodes of a function without those of functions inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def same(one: ast.AST, other: ast.AST) -> bool:
    """Whether two trees say the same."""
    return ast.dump(one) == ast.dump(other)
