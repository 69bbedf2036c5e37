"""`waifusync diff-file`: two files, one file, and as git calls it."""

from __future__ import annotations

import json

from tests.companions import INSTALLED
from tests.merging.drivers.repository import Repository


def test_counts_by_table_come_before_the_rows(folder: Repository) -> None:
    folder.write("theirs.db", first="changed")
    told = folder.run("diff-file", "ours.db", "theirs.db").out.splitlines()
    assert told[0] == "notes: 1 added, 1 changed, 1 removed"
    assert sorted(told[1:]) == [
        "added notes yours key: 'yours', text: '3'",
        "changed notes first text: 'one' → 'changed'",
        "removed notes mine key: 'mine', text: '2'",
    ]


def test_equal_files_have_no_difference(folder: Repository) -> None:
    assert folder.run("diff-file", "ours.db", "ours.db").out == "No difference.\n"


def test_json_is_one_object_a_line_with_whole_values(folder: Repository) -> None:
    folder.write("theirs.db", yours="x" * 500)
    told = folder.run("diff-file", "base.db", "theirs.db", "--json").out.splitlines()
    assert [json.loads(line) for line in told] == [
        {
            "table": "notes",
            "key": "yours",
            "action": "add",
            "fields": {"key": {"from": None, "to": "yours"}, "text": {"from": None, "to": "x" * 500}},
        }
    ]


def test_lines_for_a_person_are_cut_and_hold_nothing_that_a_terminal_obeys(folder: Repository) -> None:
    folder.write("theirs.db", yours="\033[31m" + "x" * 500)
    told = folder.run("diff-file", "base.db", "theirs.db").out
    assert "\033" not in told
    assert max(map(len, told.splitlines())) <= 120


def test_a_table_that_one_alone_has_is_told_with_its_rows(folder: Repository) -> None:
    (folder.directory / "empty.db").touch()
    told = folder.run("diff-file", "empty.db", "ours.db").out
    assert "table notes: 1 schema" in told
    assert "added notes mine" in told
    assert "removed notes mine" in folder.run("diff-file", "ours.db", "empty.db").out


def test_one_file_is_shown_whole_in_an_order_that_is_always_the_same(folder: Repository) -> None:
    lines = folder.run("diff-file", "ours.db").out.splitlines()
    assert [line for line in lines if line.startswith("notes ")] == [
        "notes first: key='first', text='one'",
        "notes mine: key='mine', text='2'",
    ]
    folder.write("again.db", mine="2")
    folder.write("again.db", first="one")
    assert [
        line.replace(" IF NOT EXISTS", "") for line in folder.run("diff-file", "again.db").out.splitlines()
    ] == lines


def test_git_can_call_it_as_its_external_diff(folder: Repository) -> None:
    folder.git("init", "-q")
    folder.git("add", "ours.db")
    folder.git("commit", "-q", "-m", "one")
    folder.write("ours.db", more="4")
    folder.git("add", "-N", "theirs.db")
    told = folder.git("diff", GIT_EXTERNAL_DIFF=f"'{INSTALLED}' diff-file").out
    assert "diff ours.db" in told
    assert "added notes more" in told
    assert "added notes yours" in told
    (folder.directory / "ours.db").write_text("no database")
    told = folder.git("diff", GIT_EXTERNAL_DIFF=f"'{INSTALLED}' diff-file").out
    assert "is not an SQLite database" in told
    assert "added notes yours" in told


def test_a_missing_file_and_a_wrong_number_of_them_are_told(folder: Repository) -> None:
    assert "absent.db is not there" in folder.run("diff-file", "ours.db", "absent.db", code=3).err
    assert "takes one file or two" in folder.run("diff-file", "a", "b", "c", code=2).err
    assert folder.run("diff-file", code=2).err.startswith("error: ")
