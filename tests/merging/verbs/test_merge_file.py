"""`waifusync merge-file`, by hand: no repository, no companion."""

from __future__ import annotations

import json

import pytest

from tests.merging.drivers.repository import Repository

THREE = ("base.db", "ours.db", "theirs.db")
BOTH = {"first": "one", "mine": "2", "yours": "3"}


def test_three_versions_become_one_and_a_sentence_says_so(folder: Repository) -> None:
    told = folder.run("merge-file", *THREE, "-o", "out.db")
    assert (told.out, told.err) == ("Merged 1 row from theirs.\n", "")
    assert folder.rows("out.db") == BOTH


def test_out_may_be_ours(folder: Repository) -> None:
    folder.run("merge-file", *THREE, "-o", "ours.db")
    assert folder.rows("ours.db") == BOTH


@pytest.mark.parametrize("base", ["-", "absent.db", "empty.db"])
def test_without_a_base_nothing_counts_as_deleted(folder: Repository, base: str) -> None:
    """T6: absence is not deletion."""
    (folder.directory / "empty.db").touch()
    folder.run("merge-file", base, "ours.db", "theirs.db", "-o", "out.db")
    assert folder.rows("out.db") == BOTH


def test_conflicts_are_listed_in_the_report_and_exit_with_one(folder: Repository) -> None:
    folder.write("ours.db", first="m")
    folder.write("theirs.db", first="y")
    told = folder.run("merge-file", *THREE, "-o", "out.db", "--report", "r.json", code=1)
    assert told.out == "Merged 2 rows from theirs; 1 conflict, listed in r.json.\n"
    report = json.loads((folder.directory / "r.json").read_text())
    assert (report["kind"], report["conflicts"]) == ("sqlite", 1)


def test_conflicts_are_printed_without_their_values_where_there_is_no_report(folder: Repository) -> None:
    folder.write("ours.db", first="a secret of mine")
    folder.write("theirs.db", first="a secret of theirs")
    told = folder.run("merge-file", *THREE, "-o", "out.db", code=1)
    assert told.out.splitlines()[0].startswith("conflict: notes first text: ")
    assert "secret" not in told.out + told.err


def test_json_is_the_report(folder: Repository) -> None:
    told = folder.run("merge-file", *THREE, "-o", "out.db", "--report", "r.json", "--json")
    assert told.json == json.loads((folder.directory / "r.json").read_text())


@pytest.mark.parametrize(("strategy", "winner"), [("ours", "m"), ("theirs", "y")])
def test_a_strategy_settles_conflicts(folder: Repository, strategy: str, winner: str) -> None:
    folder.write("ours.db", first="m")
    folder.write("theirs.db", first="y")
    folder.run("merge-file", *THREE, "-o", "out.db", "--strategy", strategy)
    assert folder.rows("out.db")["first"] == winner


@pytest.mark.parametrize("which", THREE)
@pytest.mark.parametrize("ending", ["-wal", "-journal"])
def test_a_database_that_a_program_has_open_is_refused(folder: Repository, which: str, ending: str) -> None:
    """T2"""
    (folder.directory / f"{which}{ending}").write_bytes(b"7\x7f\x06\x82 and more")
    told = folder.run("merge-file", *THREE, "-o", "out.db", code=3)
    assert f"{which}{ending} holds what it wrote last" in told.err
    assert "hint: close the program" in told.err
    assert not (folder.directory / "out.db").exists()


def test_a_result_is_not_put_under_a_program_that_has_the_place_open(folder: Repository) -> None:
    """T2"""
    folder.write("out.db", there="before")
    (folder.directory / "out.db-wal").write_bytes(b"7\x7f\x06\x82 and more")
    folder.run("merge-file", *THREE, "-o", "out.db", code=3)
    (folder.directory / "out.db-wal").unlink()
    assert folder.rows("out.db") == {"there": "before"}


@pytest.mark.parametrize("broken", ["ours.db", "theirs.db"])
def test_what_cannot_be_merged_is_told_in_a_line_and_changes_nothing(folder: Repository, broken: str) -> None:
    """T24"""
    (folder.directory / broken).write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    before = (folder.directory / "ours.db").read_bytes()
    told = folder.run("merge-file", *THREE, "-o", "ours.db", code=None)
    assert told.code >= 2
    assert [line.partition(":")[0] for line in told.err.splitlines()] in (["error"], ["error", "hint"])
    assert (folder.directory / "ours.db").read_bytes() == before
    assert sorted(path.name for path in folder.directory.iterdir()) == sorted(THREE)


def test_a_place_that_is_not_there_is_told(folder: Repository) -> None:
    assert "is no folder" in folder.run("merge-file", *THREE, "-o", "nowhere/out.db", code=3).err


def test_a_file_of_no_known_kind_is_refused_with_what_there_is(folder: Repository) -> None:
    for name in ("a", "b", "c"):
        (folder.directory / name).write_text("some text")
    told = folder.run("merge-file", "a", "b", "c", "-o", "d", code=3)
    assert "is no kind of file that waifusync merges" in told.err


def test_a_database_by_any_name_is_known_by_how_it_begins(folder: Repository) -> None:
    for name in ("base", "ours", "theirs"):
        (folder.directory / f"{name}.db").rename(folder.directory / name)
    folder.run("merge-file", "base", "ours", "theirs", "-o", "out.db")
    assert folder.rows("out.db") == BOTH
