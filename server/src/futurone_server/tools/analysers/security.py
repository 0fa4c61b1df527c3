"""Security: bandit and the house's own rules, on each file's syntax tree; comments that silence them are not obeyed."""

import ast
import io
from collections.abc import Callable, Iterator, Sequence

from futurone_server.tools.analysers.finding import Analysis, Found, analysed, placed
from futurone_server.tools.analysers.house import SECURITY
from futurone_server.tools.analysers.house.nodes import Hit
from futurone_server.tools.analysers.masking import is_mask
from futurone_server.tools.analysers.rules import rule_book
from futurone_server.tools.changes import ChangedFile

_ONLY_IF_GRAVE = {"B602", "B604", "B605", "B607"}
"""A constant command is graded low by bandit, and nobody can put anything into it."""

_UNTOLD = {"B105", "B106", "B107"}
"""What bandit says of these quotes the password."""

Detector = Callable[[ChangedFile], Iterator[Found]]


def load() -> Detector:
    """The detector, with its library loaded."""
    from bandit.core import config, meta_ast, metrics, node_visitor, test_set  # noqa: PLC0415 - in the worker alone

    tests = test_set.BanditTestSet(config.BanditConfig(), {"include": [rule.id for rule in rule_book().of("bandit")]})

    def detect(file: ChangedFile) -> Iterator[Found]:
        data = file.code.encode()
        seen = metrics.Metrics()
        seen.begin(file.path)
        visitor = node_visitor.BanditNodeVisitor(
            file.path, io.BytesIO(data), meta_ast.BanditMetaAst(), tests, False, {}, seen
        )
        visitor.process(data)
        for issue in visitor.tester.results:
            if issue.test_id in _ONLY_IF_GRAVE and issue.severity == "LOW":
                continue
            if issue.test_id in _UNTOLD and is_mask(issue.text.partition("'")[2].removesuffix("'")):
                continue
            detail = "" if issue.test_id in _UNTOLD else issue.text
            end = max(issue.linerange or [issue.lineno])
            found = placed(file, f"bandit:{issue.test_id}", issue.lineno, end=end, detail=detail)
            if found is not None:
                yield found

    return detect


def house_found(file: ChangedFile, checks: Sequence[Callable[[ast.Module], Iterator[Hit]]]) -> Iterator[Found]:
    """What house rules find in a file."""
    tree = ast.parse(file.code)
    for check in checks:
        for hit in check(tree):
            end = hit.node.end_lineno if isinstance(hit.node, ast.expr) else hit.node.lineno
            found = placed(file, f"house:{hit.rule}", hit.node.lineno, end=end, detail=hit.detail)
            if found is not None:
                yield found


def detect_all(files: Sequence[ChangedFile], detect: Detector) -> Analysis:
    """What is found in the Python files."""
    found: list[Found] = []
    missing: list[str] = []
    read = analysed(files)
    for file in read:
        try:
            found += [*detect(file), *house_found(file, SECURITY)]
        except RecursionError:
            missing.append(f"{file.path}: too deeply nested for the security rules")
    return Analysis(
        family="security", found=tuple(found), files=tuple(file.path for file in read), missing=tuple(missing)
    )
