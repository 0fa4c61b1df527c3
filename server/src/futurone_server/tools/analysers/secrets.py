"""Secrets: passwords and keys in the code, found line by line; their values never leave this module."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from futurone_server.tools.analysers.finding import Analysis, Found, placed
from futurone_server.tools.analysers.masking import is_mask
from futurone_server.tools.changes import ChangedFile

_KINDS = {
    "Private Key": "SE101",
    "Secret Keyword": "SE103",
    "Basic Auth Credentials": "SE104",
    "Base64 High Entropy String": "SE105",
    "Hex High Entropy String": "SE105",
    "Cloudant Credentials": "SE103",
    "IBM Cloud IAM Key": "SE103",
    "IBM COS HMAC Credentials": "SE103",
    "SoftLayer Credentials": "SE103",
}
_KNOWN_KEY = "SE102"
_LEFT = {"Public IP (ipv4)"}
_TELLING = re.compile(r"key|token|secret|passw|credential|auth|salt|bearer", re.IGNORECASE)
_EXAMPLE = re.compile(
    r"^(?:x{3,}.*|\$\{.*|\{\{.*|%\(.*|\*{3,}.*|.*(?:example|placeholder|changeme|change.me|your[-_ ]|dummy|"
    r"redacted|not[-_ ]?a[-_ ]?secret|insert[-_ ]|todo).*|"
    r"test|testing|secret|password|passwd|token|none|null|true|false|foo|bar)$",
    re.IGNORECASE,
)
_NAME_LIKE = re.compile(r"^[A-Za-z_]+([._ /:-][A-Za-z_]*)*[:?.!]?$")
_LINE_CHARS_MAX = 2_000

Detector = Callable[[ChangedFile], Iterator[Found]]


def load() -> Detector:
    """The detector, with its library loaded."""
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class  # noqa: PLC0415 - in the worker
    from detect_secrets.filters import heuristic  # noqa: PLC0415 - loaded in the worker alone

    kinds: Mapping[str, Callable[[], Any]] = get_mapping_from_secret_type_to_class()
    plugins = [(kind, plugin()) for kind, plugin in kinds.items() if kind not in _LEFT]
    filters = (
        heuristic.is_sequential_string,
        heuristic.is_potential_uuid,
        heuristic.is_templated_secret,
        heuristic.is_prefixed_with_dollar_sign,
        heuristic.is_not_alphanumeric_string,
    )

    def detect(file: ChangedFile) -> Iterator[Found]:
        for number, row in enumerate(file.rows, 1):
            if number in file.lines and len(row) <= _LINE_CHARS_MAX:
                for rule, value in _on_line(plugins, file.path, row, number):
                    if any(filtered(value) for filtered in filters) or not _is_likely(rule, value, row):
                        continue
                    found = placed(file, f"secrets:{rule}", number, detail="Its value is not shown here.")
                    if found is not None:
                        yield found

    return detect


def _on_line(plugins: Sequence[tuple[str, Any]], path: str, row: str, number: int) -> Iterator[tuple[str, str]]:
    for kind, plugin in plugins:
        for secret in plugin.analyze_line(filename=path, line=row, line_number=number):
            yield _KINDS.get(kind, _KNOWN_KEY), str(secret.secret_value or "")


def _is_likely(rule: str, value: str, row: str) -> bool:
    if rule == "SE101":
        return True
    if not value or is_mask(value) or _EXAMPLE.match(value):
        return False
    if rule == "SE105":
        return _TELLING.search(row.replace(value, "")) is not None and any(char.isdigit() for char in value)
    if rule == "SE103":
        return len(value) >= 6 and not _NAME_LIKE.match(value) and " " not in value
    return True


def detect_all(files: Sequence[ChangedFile], detect: Detector) -> Analysis:
    """What is found in all files that are read, whatever their language."""
    read = [file for file in files if file.left_out is None]
    found = tuple(one for file in read for one in detect(file))
    return Analysis(family="secrets", found=found, files=tuple(file.path for file in read))
