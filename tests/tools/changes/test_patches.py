"""Patches: which lines a change adds, with and without the files it is for, however the patch was written."""

import pytest

from futurone_server.tools.changes import LeftOut, Scope
from tools.changes.making import file_of, read, zipped

BEFORE = "".join(f"line_{n} = {n}\n" for n in range(1, 31))
GIT = """diff --git a/src/a.py b/src/a.py
index 1111111..2222222 100644
--- a/src/a.py
+++ b/src/a.py
@@ -9,5 +9,6 @@ def f():
 line_9 = 9
 line_10 = 10
-line_11 = 11
+line_11 = "eleven"
+extra = 1
 line_12 = 12
 line_13 = 13
"""


def test_a_patch_alone_numbers_its_lines_as_the_new_file_does() -> None:
    changes = read({"c.patch": GIT})
    file = file_of(changes, "src/a.py")
    assert (changes.scope, sorted(file.lines), file.is_whole) == (Scope.PATCH, [11, 12], False)
    assert file.rows[10] == 'line_11 = "eleven"'


def test_beside_its_file_the_whole_of_it_is_known_and_the_same_lines_count() -> None:
    file = file_of(read({"c.patch": GIT, "p.zip": zipped({"p/src/a.py": BEFORE, "p/b.py": "x = 1\n"})}), "src/a.py")
    assert (sorted(file.lines), file.is_whole, len(file.rows)) == ([11, 12], True, 32)


def test_a_project_that_has_the_patch_already_is_not_patched_again() -> None:
    after = BEFORE.replace("line_11 = 11\n", 'line_11 = "eleven"\nextra = 1\n')
    file = file_of(read({"c.patch": GIT, "p.zip": zipped({"src/a.py": after, "b.py": ""})}), "src/a.py")
    assert (file.text, sorted(file.lines)) == (after, [11, 12])


def test_a_hunk_that_moved_is_found_where_it_now_stands() -> None:
    moved = "# a new first line\n" * 7 + BEFORE
    file = file_of(read({"c.patch": GIT, "src/a.py": moved}), "src/a.py")
    assert sorted(file.lines) == [18, 19]


def test_a_patch_for_another_text_is_said_and_its_hunks_are_looked_at() -> None:
    changes = read({"c.patch": GIT, "p.zip": zipped({"src/a.py": "other = 1\n", "b.py": ""})})
    assert file_of(changes, "src/a.py").is_whole is False
    assert "does not fit" in changes.notes[0].text


def test_new_deleted_renamed_and_binary_files_are_told_apart() -> None:
    patch = """diff --git a/new.py b/new.py
new file mode 100644
--- /dev/null
+++ b/new.py
@@ -0,0 +1,2 @@
+x = 1
+y = 2
diff --git a/old.py b/old.py
deleted file mode 100644
--- a/old.py
+++ /dev/null
@@ -1 +0,0 @@
-x = 1
diff --git a/was.py b/is.py
similarity index 90%
rename from was.py
rename to is.py
--- a/was.py
+++ b/is.py
@@ -1 +1 @@
-a = 1
+a = 2
diff --git a/logo.png b/logo.png
Binary files a/logo.png and b/logo.png differ
"""
    changes = read({"c.diff": patch})
    assert {file.path: (file.status, file.left_out) for file in changes.files} == {
        "new.py": ("added", None),
        "old.py": ("deleted", LeftOut.DELETED),
        "is.py": ("modified", None),
        "logo.png": ("modified", LeftOut.BINARY),
    }
    assert file_of(changes, "new.py").is_whole


def test_plain_diffs_and_windows_line_ends_are_read_too() -> None:
    plain = "--- a.py\t2026-01-01 10:00:00\n+++ a.py\t2026-01-02 10:00:00\n@@ -1 +1,2 @@\n x = 1\n+y = 2\n"
    for text in (plain, plain.replace("\n", "\r\n")):
        assert sorted(file_of(read({"c.txt": text}), "a.py").lines) == [2]


def test_a_quoted_path_is_read_as_git_wrote_it() -> None:
    patch = '--- /dev/null\n+++ "b/gr\\303\\274n.py"\n@@ -0,0 +1 @@\n+x = 1\n'
    assert [file.path for file in read({"c.patch": patch}).files] == ["grün.py"]


def test_two_patches_of_one_file_are_applied_one_after_the_other() -> None:
    first = "--- a/a.py\n+++ b/a.py\n@@ -1,1 +1,2 @@\n+new = 0\n line_1 = 1\n"
    second = "--- a/a.py\n+++ b/a.py\n@@ -31,1 +31,2 @@\n line_30 = 30\n+last = 31\n"
    third = "--- a/a.py\n+++ b/a.py\n@@ -1,1 +1,2 @@\n+newer = 0\n new = 0\n"
    changes = read({"1.patch": first, "2.patch": second, "3.patch": third, "a.py": BEFORE})
    assert sorted(file_of(changes, "a.py").lines) == [1, 2, 33]


@pytest.mark.parametrize(
    ("patch", "told"),
    [
        (GIT[:-30], "ends in the middle"),
        (GIT.replace("-9,5 +9,6", "-9,2 +9,2"), "longer than its head says"),
        (GIT.replace("-9,5 +9,6", "-9,7 +9,8"), "ends in the middle"),
        (GIT.replace("+9,6", "+999999999,6"), "no text has"),
        ("--- a/a.py\n+++ b/a.py\n@@ nonsense @@\n+x\n", "cannot be read"),
        ("@@@ -1,1 -1,1 +1,1 @@@\n++x\n", "combined"),
        ("nothing here\n", "no changes"),
    ],
)
def test_a_broken_patch_is_said_and_breaks_nothing(patch: str, told: str) -> None:
    changes = read({"c.patch": patch, "beside.py": "x = 1\n"})
    assert [(file.path, file.left_out) for file in changes.files] == [("c.patch", LeftOut.UNREADABLE)]
    assert [told in note.text for note in changes.notes] == [True]
    assert changes.faults[0].startswith("File 1 of 2 is a patch that could not be read.")
    assert told in changes.faults[0]


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "/etc/cron.d/x", "C:\\windows\\x.py", "a/../../b.py", "a\u202eb.py"]
)
def test_a_path_that_leads_out_is_named_and_not_looked_at(path: str) -> None:
    changes = read({"c.patch": f"--- /dev/null\n+++ {path}\n@@ -0,0 +1 @@\n+x = 1\n"})
    assert [file.left_out for file in changes.files] == [LeftOut.UNSAFE_PATH]


def test_a_source_file_that_quotes_a_patch_is_a_source_file() -> None:
    changes = read({"test_a.py": f'PATCH = """{GIT}"""\n'})
    assert (changes.scope, changes.files[0].path) == (Scope.WHOLE, "test_a.py")
