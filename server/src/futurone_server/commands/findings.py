"""What verbs that look at an installation say: one line per thing that was looked at."""

import sys
from dataclasses import dataclass

from futurone_server.kit import json


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at. ``mend`` says what to do when it is not well."""

    name: str
    is_well: bool
    detail: str
    mend: str = ""


def show(finding: Finding, as_json: bool) -> None:
    """Print a finding: for people, or as one line of JSON."""
    if as_json:
        line = json.dump(vars(finding)).decode()
    else:
        mark = "ok  " if finding.is_well else "BAD "
        line = f"{mark} {finding.name}: {finding.detail}" + (
            f"\n     {finding.mend}" if not finding.is_well and finding.mend else ""
        )
    sys.stdout.write(line + "\n")
