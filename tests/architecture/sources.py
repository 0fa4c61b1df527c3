"""The repository's Python files, parsed once, and what the rules need to ask about them."""

import ast
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {"futurone_server": "server/src", "futurone": "sdks/python/src"}
"""Each distribution's import name and the folder it is imported from."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
"""A function or method, waiting or not."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One parsed file. ``module`` is its dotted name, of a package that of its folder."""

    path: str
    module: str
    text: str
    tree: ast.Module

    @property
    def is_package(self) -> bool:
        """Whether this is the ``__init__.py`` of a folder."""
        return self.path.endswith("__init__.py")

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node, as ``ast.walk`` gives them; many rules look at all of them."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def bound(self) -> dict[str, str]:
        """What each name that an import binds stands for: ``{"datetime": "datetime.datetime"}``."""
        return dict(_bound(self.nodes))

    def finding(self, node: ast.AST | None, message: str) -> str:
        """A sentence that begins with the place, as editors understand it."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {message}"


def snippet(module: str, text: str, *, path: str | None = None) -> Source:
    """A source from a text, for feeding a rule what it must report."""
    return Source(path=path or module.replace(".", "/") + ".py", module=module, text=text, tree=ast.parse(text))


def _module_name(path: Path, base: Path) -> str:
    parts = list(path.relative_to(base).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _read(path: Path, base: Path) -> Source:
    text = path.read_text("utf-8")
    return Source(
        path=path.relative_to(ROOT).as_posix(), module=_module_name(path, base), text=text, tree=ast.parse(text)
    )


@cache
def shipped() -> tuple[Source, ...]:
    """The files of both distributions."""
    found = []
    for name, folder in PACKAGES.items():
        base = ROOT / folder
        found += [_read(path, base) for path in sorted((base / name).rglob("*.py"))]
    return tuple(found)


@cache
def everything() -> tuple[Source, ...]:
    """The files of both distributions, and the tests, scripts and benches beside them."""
    beside = [path for folder in ("tests", "scripts", "benches") for path in sorted((ROOT / folder).rglob("*.py"))]
    return shipped() + tuple(_read(path, ROOT) for path in beside)


@cache
def tracked() -> tuple[str, ...]:
    """The paths of all files under version control; none outside a checkout."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    return tuple(path for path in listed.stdout.decode().split("\0") if path and (ROOT / path).is_file())


def expect_none(findings: Iterable[str]) -> None:
    """Fail with every finding on a line of its own."""
    found = list(findings)
    assert not found, "\n" + "\n".join(found)


def is_within(module: str, home: str) -> bool:
    """Whether a module is a home, or lies in one."""
    return module == home or module.startswith(home + ".")


def functions(source: Source) -> Iterator[Function]:
    """Every function and method, also nested ones."""
    for node in source.nodes:
        if isinstance(node, Function):
            yield node


def _bound(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        if isinstance(node, ast.Import):
            for one in node.names:
                yield one.asname or one.name.split(".")[0], one.name if one.asname else one.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom):
            for one in node.names:
                yield one.asname or one.name, f"{node.module}.{one.name}"


def dotted(node: ast.AST, bound: dict[str, str]) -> str | None:
    """The full name that an expression such as ``datetime.now`` stands for, if it is a plain name."""
    if isinstance(node, ast.Name):
        return bound.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value, bound)
        return f"{owner}.{node.attr}" if owner else None
    return None


def imports(source: Source) -> Iterator[tuple[ast.Import | ast.ImportFrom, str, tuple[str, ...]]]:
    """Every import: where, which module, and the names taken from it."""
    for node in source.nodes:
        if isinstance(node, ast.Import):
            for one in node.names:
                yield node, one.name, ()
        elif isinstance(node, ast.ImportFrom):
            yield node, node.module or "", tuple(one.name for one in node.names)


def spoken(source: Source) -> Iterator[tuple[ast.Constant, str]]:
    """Every text that the program uses (bytes as Latin-1), which leaves out docstrings and strings that stand alone."""
    documentation = {id(node.value) for node in source.nodes if isinstance(node, ast.Expr)}
    for node in source.nodes:
        if isinstance(node, ast.Constant) and id(node) not in documentation:
            if isinstance(node.value, str):
                yield node, node.value
            elif isinstance(node.value, bytes):
                yield node, node.value.decode("latin-1")
