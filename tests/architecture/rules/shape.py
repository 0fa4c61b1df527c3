"""The size of files and functions, their names, their first lines, and what packages show."""

import ast
import re
from collections.abc import Collection, Iterator

from architecture.sources import Source, functions, is_within

FILE_LINES_MAX = 300
TEST_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
SENTENCE_CHARS_MAX = 120

_DRAWERS = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc", "shared", "base"}
_EXEMPTION = re.compile(r"#\s*type:\s*ignore")
_ARGUED = re.compile(r"#\s*type:\s*ignore\[[\w, -]+\]\s*(#|-)\s*\w+")
_VERSIONS = "futurone_server.migrations.versions"


def long_files(source: Source) -> Iterator[str]:
    """Files that nobody reads in one go. The history of the schema is a list of tables, and excepted.

    Tests may be longer: a file of them is a list of sentences that is read one by one.
    """
    lines = source.text.count("\n")
    if is_within(source.module, _VERSIONS):
        return
    most = TEST_LINES_MAX if source.module.split(".")[-1].startswith("test_") else FILE_LINES_MAX
    if lines > most:
        yield source.finding(None, f"has {lines} lines; {most} at most")


def long_functions(source: Source) -> Iterator[str]:
    """Functions that do more than one thing, except in the history of the schema."""
    if is_within(source.module, _VERSIONS):
        return
    for function in functions(source):
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if lines > FUNCTION_LINES_MAX:
            yield source.finding(function, f"{function.name} has {lines} lines; {FUNCTION_LINES_MAX} at most")


def silent_modules(source: Source) -> Iterator[str]:
    """Modules whose first line does not say in one sentence what they are."""
    first = (ast.get_docstring(source.tree, clean=False) or "").split("\n")[0].strip()
    if not first:
        yield source.finding(None, "begins with no docstring; its first line says what the module is")
    elif not first.endswith((".", "!", "?")):
        yield source.finding(None, f"its first line is not a sentence: {first!r}")
    elif len(first) > SENTENCE_CHARS_MAX:
        yield source.finding(None, f"its first line has {len(first)} characters; {SENTENCE_CHARS_MAX} at most")


def drawers(source: Source) -> Iterator[str]:
    """Names under which anything could be put."""
    for part in source.module.split("."):
        if part.strip("_") in _DRAWERS:
            yield source.finding(None, f"{part} names nothing; find the noun")
    for node in source.nodes:
        if isinstance(node, ast.ClassDef) and (node.name.endswith("Manager") or node.name == "BaseService"):
            yield source.finding(node, f"{node.name} names nothing; find the noun")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("handle_"):
            yield source.finding(node, f"{node.name} does not say what it does; find the verb")


def hidden_folders(sources: Collection[Source]) -> Iterator[str]:
    """Folders of modules that are no packages: neither a wheel nor an import contract sees them."""
    packages = {source.module for source in sources if source.is_package}
    for folder in sorted({source.module.rpartition(".")[0] for source in sources} - packages - {""}):
        yield f"{folder} has no __init__.py"


def bare_exemptions(source: Source) -> Iterator[str]:
    """Types silenced without saying which complaint, and why."""
    for number, line in enumerate(source.text.splitlines(), 1):
        if _EXEMPTION.search(line) and not _ARGUED.search(line):
            yield f"{source.path}:{number}: silences a type without its code and a reason"


def _listed(tree: ast.Module) -> tuple[ast.AST, list[str]] | None:
    """``__all__`` and the names in it, if the package has one."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__":
            return node, [str(name) for name in ast.literal_eval(node.value)]
    return None


def unlisted_members(source: Source) -> Iterator[str]:
    """Packages that show something other than what ``__all__`` lists."""
    if not source.is_package:
        return
    own = {
        (one.asname or one.name)
        for node in source.nodes
        if isinstance(node, ast.ImportFrom) and is_within(node.module or "", source.module)
        for one in node.names
    }
    listed = _listed(source.tree)
    if listed is None:
        if own:
            yield source.finding(None, f"shows {', '.join(sorted(own))} without an __all__")
        return
    node, names = listed
    bound = {name for one in source.nodes if isinstance(one, ast.Name | ast.alias) for name in _binds(one)}
    for name in sorted(set(names) - bound - _defined(source.tree)):
        yield source.finding(node, f"__all__ lists {name}, which is not here")
    for name in sorted(name for name in own - set(names) if not name.isupper() and not name.startswith("_")):
        yield source.finding(node, f"__all__ does not list {name}")


def _binds(node: ast.Name | ast.alias) -> Iterator[str]:
    if isinstance(node, ast.alias):
        yield node.asname or node.name
    elif isinstance(node.ctx, ast.Store):
        yield node.id


def _defined(tree: ast.Module) -> set[str]:
    return {node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)}
