"""What can be known of the Dockerfile and the systemd unit without either: they parse, and name what there is."""

import configparser
import json
import re
from pathlib import Path

from architecture.sources import ROOT
from futurone_server.commands.draining import LONGEST_S

DOCKERFILE = ROOT / "packaging" / "Dockerfile"
UNIT = ROOT / "packaging" / "futurone.service"


def copied(text: str) -> list[str]:
    """What a Dockerfile copies from the repository."""
    return [source for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE) for source in line.split()[:-1]]


def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign] # names keep their case, as the library's manual says
    parser.read_string(UNIT.read_text("utf-8"))
    return parser


def test_both_say_in_their_first_line_that_they_are_not_tested() -> None:
    for path in (DOCKERFILE, UNIT):
        assert path.read_text("utf-8").startswith("# Not tested here: no "), path.name


def test_what_the_dockerfile_copies_exists() -> None:
    sources = copied(DOCKERFILE.read_text("utf-8"))
    assert len(sources) == 3
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert copied("COPY lost a b\nCOPY --from=x y z\n") == ["lost", "a"]


def test_both_start_the_command_with_options_that_it_has() -> None:
    (line,) = re.findall(r"^CMD (.+)$", DOCKERFILE.read_text("utf-8"), re.MULTILINE)
    words = [*json.loads(line), *unit()["Service"]["ExecStart"].split()]
    reference = Path(ROOT / "docs/reference/cli.md").read_text("utf-8")
    assert [word for word in words if word.startswith("--") and word not in reference] == []
    assert words[:2] == ["futurone", "up"]


def test_the_unit_has_its_parts_and_waits_longer_than_the_server_drains() -> None:
    found = unit()
    assert set(found.sections()) == {"Unit", "Service", "Install"}
    service = found["Service"]
    assert float(service["TimeoutStopSec"]) > LONGEST_S
    assert service["NoNewPrivileges"] == "yes"
    assert service["User"] != "root"
