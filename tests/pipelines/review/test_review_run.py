"""A review from the order to its end: what is given, what is found, what is said of what was not looked at."""

import io
import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from futurone_server.features.runs import Status
from futurone_server.main import Server
from futurone_server.pipelines.deliverables.page import page
from house import Tenant
from pipelines.review.scene import BAD, BEFORE, GOOD, PATCH, deliverables, review, zipped

pytestmark = pytest.mark.anyio


async def test_a_patch_alone_is_reviewed_and_only_its_own_lines_are(house: Server, tenant: Tenant) -> None:
    played = await review(house, tenant, {"change.patch": PATCH})
    assert (played.run.status, played.run.error) == (Status.COMPLETED, None)
    places = [location for _, _, location in played.findings("critical")]
    assert places == ["shop/prices.py:5", "shop/prices.py:7"]
    report, listing = await deliverables(house, played)
    assert "Findings: 2 critical" in report
    assert listing["counts"]["critical"] == 2
    assert "only its hunks are known" in report
    assert "known weaknesses of dependencies: not checked" in report


async def test_a_patch_beside_its_project_is_looked_at_in_whole_files(house: Server, tenant: Tenant) -> None:
    project = zipped({"shop-main/shop/prices.py": BEFORE, "shop-main/README.md": "# Shop\n"})
    played = await review(house, tenant, {"change.patch": PATCH, "shop.zip": project})
    assert played.run.status is Status.COMPLETED
    _, listing = await deliverables(house, played)
    assert {one["location"] for one in listing["findings"] if one["severity"] == "critical"} == {
        "shop/prices.py:5",
        "shop/prices.py:7",
    }
    assert [one["not_analysed"] for one in listing["files"]] == [""]


async def test_a_repository_is_reviewed_by_its_last_commit(house: Server, tenant: Tenant, tmp_path: Path) -> None:
    played = await review(house, tenant, {"shop.zip": _repository(tmp_path)})
    assert played.run.status is Status.COMPLETED
    places = {location for _, _, location in played.findings("critical")}
    assert "shop/prices.py:5" in places
    assert all(str(place).startswith("shop/prices.py:") for place in places)
    report, _ = await deliverables(house, played)
    assert "the branch topic" in report
    assert "What is not committed is not part of the review" in report


async def test_good_code_completes_and_is_never_called_clean(house: Server, tenant: Tenant) -> None:
    played = await review(house, tenant, {"total.py": GOOD})
    assert played.run.status is Status.COMPLETED
    assert played.findings("critical", "warning") == []
    assert any(severity == "pass" for severity, _, _ in played.findings())
    report, _ = await deliverables(house, played)
    assert "That is not a proof" in report
    assert "clean" not in report.lower()


async def test_a_change_in_other_languages_is_held_and_says_what_was_not_analysed(
    house: Server, tenant: Tenant
) -> None:
    files = {"app.js": "debugger;\nconst total = 1;\n", "main.go": "package main\n\nfunc main() {}\n"}
    played = await review(house, tenant, dict(files))
    assert played.run.status is Status.ESCALATED
    assert ("warning", "A debugger is left in the code", "app.js:1") in played.findings()
    assert played.run.escalation is not None
    needs = str(played.run.escalation["needs"])
    assert "JavaScript" in needs
    assert "Go" in needs


async def test_a_broken_archive_is_an_honest_end_and_no_defect(house: Server, tenant: Tenant) -> None:
    whole = zipped({"a.py": GOOD * 50})
    played = await review(house, tenant, {"broken.zip": whole[: len(whole) // 2]})
    assert played.run.status is Status.ESCALATED
    assert played.run.escalation is not None
    assert played.run.escalation["reason_code"] == "NO_SOURCES"
    assert any("damaged" in str((event.content or {}).get("detail")) for event in played.events)


async def test_a_document_is_called_by_its_name_and_not_reviewed_as_code(house: Server, tenant: Tenant) -> None:
    word = zipped({"[Content_Types].xml": "<a/>", "word/document.xml": "<a>password</a>"})
    played = await review(house, tenant, {"plan.docx": word})
    assert played.run.status is Status.ESCALATED
    assert played.run.escalation is not None
    assert "File 1 of 1 is a Word file: a document, not code." in str(played.run.escalation["message"])
    assert "Give code that can be read" in str(played.run.escalation["needs"])
    beside = await review(house, tenant, {"total.py": GOOD, "plan.docx": word})
    assert beside.run.status is Status.COMPLETED
    assert ("info", "Not looked at", "plan.docx") in beside.findings()
    report, _ = await deliverables(house, beside)
    assert "- plan.docx: a document, not code" in report


async def test_a_broken_patch_ends_the_run_with_its_line_and_what_is_wrong(house: Server, tenant: Tenant) -> None:
    broken = PATCH.replace("-1,6 +1,8", "-1,4 +1,6")
    played = await review(house, tenant, {"change.patch": broken, "shop.zip": zipped({"shop/prices.py": BEFORE})})
    assert played.run.status is Status.ESCALATED
    assert played.run.escalation is not None
    told = "File 1 of 2 is a patch that could not be read. Line 10: a hunk is longer than its head says."
    assert told in str(played.run.escalation["message"])


async def test_a_change_beyond_one_review_is_reviewed_in_part_with_the_numbers_of_the_rest(
    house: Server, tenant: Tenant
) -> None:
    patch = "--- /dev/null\n+++ b/big.js\n@@ -0,0 +1,60000 @@\n" + "+;\n" * 60_000
    played = await review(house, tenant, {"change.patch": patch})
    told = "60000 lines were to be looked at, and 10000 of them were not"
    assert played.run.status is Status.ESCALATED
    assert any(told in str((event.content or {}).get("detail")) for event in played.events)
    assert played.run.escalation is not None
    assert "10000 lines are beyond one review" in str(played.run.escalation["needs"])
    report, _ = await deliverables(house, played)
    assert told in report
    assert "10000 more of its lines are beyond what one review looks at" in report


async def test_many_files_of_a_kind_are_told_by_their_number_and_a_project_is_no_change(
    house: Server, tenant: Tenant
) -> None:
    files: dict[str, str | bytes] = {f"cache/{number}.pyc": b"\0\1" for number in range(300)}
    files |= {f"art/{number}.png": b"\0\1" for number in range(12)}
    played = await review(house, tenant, {"shop.zip": zipped({"a/total.py": GOOD, **files})})
    assert played.run.status is Status.COMPLETED
    report, listing = await deliverables(house, played)
    assert "- 312 files: binary (.pyc 300, .png 12)" in report
    assert len(report) < 2_000
    assert len(listing["files"]) == 313
    assert len([one for one in played.findings() if one[1] == "Not looked at"]) == 1
    assert report.startswith("# Review of the given files\n")


async def test_without_a_file_the_run_says_what_to_give(house: Server, tenant: Tenant) -> None:
    played = await review(house, tenant, {})
    assert played.run.escalation is not None
    assert played.run.escalation["reason_code"] == "NO_SOURCES"
    assert "a patch or diff" in str(played.run.escalation["needs"])


async def test_what_asks_for_code_to_be_written_is_not_answered_with_a_review(house: Server, tenant: Tenant) -> None:
    played = await review(house, tenant, {"a.py": GOOD}, task="Write a parser for this.")
    assert played.run.escalation is not None
    assert played.run.escalation["reason_code"] == "STEP_UNRESOLVED"


async def test_no_secret_that_is_found_is_printed_anywhere(house: Server, tenant: Tenant) -> None:
    secret = "sk_live_4eC39HqLyjWDarjt" + "T1zdp7dcAB"
    code = f'STRIPE_KEY = "{secret}"  # nosec\n\n\ndef charge(key: str = STRIPE_KEY) -> str:\n    return key\n'
    played = await review(house, tenant, {"pay.py": code})
    assert ("critical", "An access key in the code", "pay.py:1") in played.findings()
    assert ("info", "A checker is told to look away", "pay.py:1") in played.findings()
    assert played.run.status is Status.COMPLETED
    assert secret not in f"{[event.content for event in played.events]}"


async def test_markup_in_the_code_stays_text(house: Server, tenant: Tenant) -> None:
    hostile = "![x](http://evil.example/a.png) ``` <script>alert(1)</script> **critical** · a:1 · b"
    played = await review(house, tenant, {"[a](http-evil).py": f"def f(x=[]): return eval('{hostile}')  # TODO\n"})
    assert played.run.status is Status.COMPLETED
    report, _ = await deliverables(house, played)
    shown = page("Review", report)
    assert "&lt;script&gt;" in shown
    assert not any(live in shown for live in ("<script", "<img", "<a "))
    assert shown.count("<strong>critical</strong>") == 1


async def test_findings_of_bad_code_carry_their_place_their_rule_and_their_confidence(
    house: Server, tenant: Tenant
) -> None:
    played = await review(house, tenant, {"total.py": BAD})
    _, listing = await deliverables(house, played)
    found = {(one["severity"], one["line"], one["matter"]): one for one in listing["findings"]}
    assert ("critical", 5, "shell") in found
    assert ("warning", 4, "mutable-default") in found
    assert found["critical", 7, "undefined"]["rules"] == ["ruff:F821"]
    assert all(0 < one["confidence"] < 1 for one in listing["findings"])


def _repository(folder: Path) -> bytes:
    """A zip of a repository whose branch adds what the patch adds. Made by hand where there is no Git."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}

    def git(*arguments: str) -> None:
        command = ["git", "-c", "user.name=n", "-c", "user.email=n@example.org", *arguments]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, env=environment)

    try:
        git("init", "-q", "-b", "main")
    except FileNotFoundError:
        pytest.skip("there is no git here to make a repository with; tests/tools/changes reads one without it")
    (folder / "shop").mkdir()
    (folder / "shop" / "prices.py").write_text(BEFORE)
    git("add", ".")
    git("commit", "-q", "-m", "first")
    git("checkout", "-q", "-b", "topic")
    (folder / "shop" / "prices.py").write_text(BEFORE.replace("    count", "    eval(prices)\n    count"))
    git("commit", "-q", "-a", "-m", "second")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, f"shop-main/{path.relative_to(folder)}")
    return buffer.getvalue()


async def test_where_nothing_was_read_the_reasons_are_told_with_numbers_and_without_names(
    house: Server, tenant: Tenant
) -> None:
    large = "x = 1\n" * 200_000
    played = await review(house, tenant, {"p.zip": zipped({f"vip_{number}.py": large for number in range(6)})})
    assert played.run.escalation is not None
    assert played.run.escalation["reason_code"] == "NO_SOURCES"
    message = str(played.run.escalation["message"])
    assert "6 files: too large (Python)." in message
    assert "vip" not in message
