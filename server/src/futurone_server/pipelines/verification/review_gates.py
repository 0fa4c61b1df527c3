"""The gates of a review: what must hold between what was delivered and the files, checked by rules of their own."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from futurone_server.kit import json
from futurone_server.kit.errors import Invalid
from futurone_server.pipelines.deliverables.markup import reader
from futurone_server.pipelines.research.escaping import inline
from futurone_server.pipelines.verification.rubric import BadRubricError, Gate
from futurone_server.pipelines.verification.verdict import Check, CheckKind
from futurone_server.tools.analysers import Severity, rule_book
from futurone_server.tools.changes import ChangedFile, Changes, Given, Scope

_MASK = "•••"
_COUNTED = re.compile(r"Findings: (\d+) critical, (\d+) warnings?, (\d+) remarks?\.")
_HEAD = re.compile(r"\*\*(critical|warning|info)\*\* · ")
_VALUE = re.compile(
    r"""["'`]([^"'`\s]{8,})["'`]|([A-Za-z0-9+/_=.\-]{16,})|[=:]\s*([^\s"'`,;()]{8,})|://([^\s/@]{6,})@"""
)
_KNOWN_KEYS = re.compile(
    r"AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|glpat-[\w-]{20,}|[sr]k_(?:live|test)_[A-Za-z0-9]{16,}"
    r"|xox[abprs]-[A-Za-z0-9-]{10,}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"
)
_LIVELY = ("link_open", "image", "html_block", "html_inline")
_QUOTE_CHARS_MAX = 200


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """What a review delivered: the report, the list of findings as JSON, the digests it names."""

    markdown: str
    listing: str
    digests: tuple[str, ...]

    @cached_property
    def told(self) -> Mapping[str, Any]:
        """The list of findings as values; empty where it cannot be read."""
        try:
            value = json.read(self.listing.encode())
        except Invalid:
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def findings(self) -> Sequence[Mapping[str, Any]]:
        """The findings of the list."""
        found = self.told.get("findings")
        return found if isinstance(found, list) else ()


@dataclass(frozen=True, kw_only=True)
class Case:
    """All that the gates look at. ``added`` are the lines that patches add, read from their bytes as they are."""

    delivered: Delivered
    given: Sequence[Given]
    changes: Changes
    files: Mapping[str, ChangedFile]
    tokens: Sequence[Any]
    added: frozenset[str] | None

    def row(self, finding: Mapping[str, Any]) -> str | None:
        """The line a finding stands on; None where there is none."""
        file, line = self.files.get(str(finding["path"])), int(finding["line"])
        return file.rows[line - 1] if file is not None and 1 <= line <= len(file.rows) else None


def open_case(delivered: Delivered, given: Sequence[Given], changes: Changes) -> Case:
    """A review and the files it is about, ready to be checked."""
    return Case(
        delivered=delivered,
        given=given,
        changes=changes,
        files={file.path: file for file in changes.files},
        tokens=reader().parse(delivered.markdown),
        added=_added(given) if changes.scope is Scope.PATCH else None,
    )


def check_gates(gates: Sequence[Gate], case: Case) -> tuple[Check, ...]:
    """Each gate of a rubric. Raises BadRubricError for one that nobody can check."""
    checks = []
    for gate in gates:
        if gate.name not in _GATES:
            raise BadRubricError(f"There is no way to check {gate.name}.")
        wrong = list(_GATES[gate.name](case))
        reason = gate.description if not wrong else f"{wrong[0]}{f' And {len(wrong) - 1} more.' if wrong[1:] else ''}"
        passed = not wrong
        checks.append(Check(name=gate.name, kind=CheckKind.GATE, passed=passed, score=float(passed), reason=reason))
    return tuple(checks)


def _added(given: Sequence[Given]) -> frozenset[str]:
    """All added lines of all patches, by a reading that knows nothing of files and places."""
    texts = (one.data.decode("utf-8", "replace") for one in given if b"\n@@ " in b"\n" + one.data)
    return frozenset(line[1:].rstrip("\r") for text in texts for line in text.split("\n") if line.startswith("+"))


def _sources_unchanged(case: Case) -> Iterator[str]:
    now = tuple(hashlib.sha256(one.data).hexdigest() for one in case.given)
    if now != case.delivered.digests:
        yield "A file changed while the run was working."
    for digest in now:
        if digest not in case.delivered.markdown:
            yield "The report does not name the digest of a file."


def _agree(case: Case) -> Iterator[str]:
    heads = [token.content for token in case.tokens if token.type == "inline" and _HEAD.match(token.content)]
    told = [_head(finding) for finding in case.delivered.findings]
    shown = case.delivered.told.get("shown")
    if not isinstance(shown, int) or len(heads) != shown or len(told) < shown:
        yield "The report shows another number of findings than the list says."
    missing = [head for head in heads if head not in set(told)]
    yield from (f"The report tells of something that is not in the list: {head}" for head in missing[:1])
    fences = [token.content.rstrip("\n") for token in case.tokens if token.type == "fence"]
    quotes = [str(finding["quote"]) for finding in case.delivered.findings]
    # A line without anything on it is not quoted.
    bare = {_head(finding) for finding in case.delivered.findings if not finding["quote"]}
    if len(fences) != sum(head not in bare for head in heads) or any(fence not in quotes for fence in fences):
        yield "A quote of the report is not in the list."


def _head(finding: Mapping[str, Any]) -> str:
    sure = round(float(finding["confidence"]) * 100)
    place = f"{inline(str(finding['path']))}:{finding['line']}"
    return f"**{finding['severity']}** · {place} · {inline(str(finding['title']))} ({sure} %)"


def _locations(case: Case) -> Iterator[str]:
    for finding in case.delivered.findings:
        file = case.files.get(str(finding["path"]))
        lines = [int(finding["line"]), *map(int, finding["also"])]
        if file is None or any(line not in file.lines for line in lines):
            yield f"There is no changed line at {finding['location']}."
        elif case.added is not None and any(file.rows[line - 1] not in case.added for line in lines):
            yield f"The patch does not add the line at {finding['location']}."


def _quotes(case: Case) -> Iterator[str]:
    for finding in case.delivered.findings:
        row = case.row(finding)
        quote = str(finding["quote"])
        if row is None or not _is_quote(quote, row.strip()):
            yield f"The line at {finding['location']} reads otherwise."


def _is_quote(quote: str, row: str) -> bool:
    """Whether a quote is a line, where each mask stands for some of its characters."""
    if _MASK not in quote:
        return quote == row[:_QUOTE_CHARS_MAX]
    at = 0
    for number, part in enumerate(quote.split(_MASK)):
        found = row.find(part, at)
        if found < 0 or (number == 0 and found != 0):
            return False
        at = found + len(part)
    return True


def _rules(case: Case) -> Iterator[str]:
    book = rule_book()
    for finding in case.delivered.findings:
        rules = [book.rules.get(str(name)) for name in finding["rules"]]
        if not rules or None in rules:
            yield f"The finding at {finding['location']} names a rule that does not exist."
            continue
        gravest = max(rule.severity for rule in rules if rule is not None)
        if Severity[str(finding["severity"]).upper()] > gravest:
            yield f"The finding at {finding['location']} is graver than its rules."


def _secrets(case: Case) -> Iterator[str]:
    printed = f"{case.delivered.markdown}\n{case.delivered.listing}"
    if _KNOWN_KEYS.search(printed):
        yield "Something that is a key by its form is printed."
    for finding in case.delivered.findings:
        if finding["matter"] != "secret":
            continue
        for row in (case.row({**finding, "line": line}) for line in (finding["line"], *finding["also"])):
            if any(value in printed for value in _values(row or "")):
                yield f"What was found at {finding['location']} is printed."


def _values(row: str) -> Iterator[str]:
    """What in a line may be the secret: it has letters and digits, and is no name."""
    for groups in _VALUE.findall(row):
        for value in groups:
            if any(char.isdigit() for char in value) and any(char.isalpha() for char in value):
                yield value


def _files(case: Case) -> Iterator[str]:
    told = {str(one["path"]): one for one in case.delivered.told.get("files", ())}
    lines = frozenset(case.delivered.markdown.split("\n"))
    unnamed: Counter[tuple[str, bool]] = Counter()
    for path in case.files:
        one = told.get(path)
        if one is None or not (one["families"] or one["not_analysed"]):
            yield f"It is not said what became of {path}."
        elif _file_line(one) not in lines:
            unnamed[str(one["not_analysed"]), bool(one["families"])] += 1
    for (reason, _), count in unnamed.items():
        # Many files of which the same is to be said are told by their number.
        start = f"- {count} files: {inline(reason)} "
        if not reason or not any(line.startswith(start) for line in lines):
            yield f"The report does not name {count} of the files."


def _file_line(one: Mapping[str, Any]) -> str:
    """The line of a report that names a file."""
    if one["not_analysed"]:
        return f"- {inline(str(one['path']))}: {inline(str(one['not_analysed']))}"
    families = ", ".join(str(family).replace("_", " ") for family in one["families"])
    size = int(one["changed_lines"])
    return f"- {inline(str(one['path']))}: {size} {'line' if size == 1 else 'lines'}; {families}"


def _inert(case: Case) -> Iterator[str]:
    for token in case.tokens:
        for one in (token, *(token.children or ())):
            if one.type in _LIVELY:
                yield "The report holds a link, an image or markup."
                return


def _counts(case: Case) -> Iterator[str]:
    found = next((m for token in case.tokens if token.type == "inline" and (m := _COUNTED.match(token.content))), None)
    words = [str(finding["severity"]) for finding in case.delivered.findings]
    counted = tuple(words.count(word) for word in ("critical", "warning", "info"))
    if found is None or tuple(map(int, found.groups())) != counted:
        yield "The report's numbers of findings are not those of the list."
    if case.delivered.told.get("counts") != dict(zip(("critical", "warning", "info"), counted, strict=True)):
        yield "The list's numbers of findings are not its own."


_GATES: Mapping[str, Callable[[Case], Iterator[str]]] = {
    "sources_unchanged": _sources_unchanged,
    "deliverables_agree": _agree,
    "locations_changed": _locations,
    "quotes_verbatim": _quotes,
    "rules_known": _rules,
    "secrets_masked": _secrets,
    "files_accounted": _files,
    "report_inert": _inert,
    "counts_right": _counts,
}
