"""T1: a driver that is missing, crashes, is killed, runs out of disk: nothing is lost without a word."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.companions import INSTALLED
from tests.merging.drivers.repository import Repository

DRIVER = f"'{INSTALLED}' merge-driver -- %O %A %B %L %P"
OURS = {"first": "one", "mine": "2"}


def test_a_driver_that_is_promised_and_not_registered_is_found_by_check(unregistered: Repository) -> None:
    """T1: a clone has .gitattributes and no driver; git would keep one side."""
    (unregistered.directory / ".gitattributes").write_text("*.db merge=waifusync-sqlite\n")
    unregistered.commit("a promise")
    found = unregistered.run("drivers", "check", code=3)
    assert "notes.db: the driver waifusync-sqlite is not registered" in found.out
    assert "next: waifusync drivers install" in found.out
    unregistered.run("drivers", "install")
    unregistered.run("drivers", "check")


def test_somebody_elses_driver_that_is_promised_and_not_registered_is_told_too(
    unregistered: Repository,
) -> None:
    """T1"""
    (unregistered.directory / ".gitattributes").write_text("*.md merge=prose\n")
    (unregistered.directory / "a.md").write_text("text\n")
    unregistered.run("drivers", "install")
    unregistered.commit("a promise")
    found = unregistered.run("drivers", "check", "--json", code=3).json
    [problem] = found["problems"]
    assert (problem["driver"], problem["files"], problem["command"]) == ("prose", ["a.md"], "")


@pytest.mark.parametrize(
    "driver",
    [
        "/nowhere/waifusync merge-driver %O %A %B",
        f"'{INSTALLED}' merge-driver -- %A %O %B %L %P",
        "'/nowhere/waifusync' merge-driver -- %O %A %B %L %P",
        "'/bin/false' merge-driver -- %O %A %B %L %P",
    ],
    ids=["another command", "other placeholders", "its program is gone", "its program does not run"],
)
def test_a_driver_that_would_not_do_is_found_by_check_and_mended_by_install(
    repository: Repository, driver: str
) -> None:
    """T1: the wrong placeholders, or a command that is gone."""
    repository.set_driver(driver)
    assert "next: waifusync drivers install" in repository.run("drivers", "check", code=3).out
    repository.run("drivers", "install")
    repository.run("drivers", "check")


def test_a_command_that_is_gone_is_a_conflict_with_ours_untouched(repository: Repository) -> None:
    """T1: the shell answers 127, and git keeps the path unmerged."""
    repository.set_driver("'/nowhere/waifusync' merge-driver -- %O %A %B %L %P")
    _assert_git_tells_and_keeps_ours(repository)


def test_a_database_that_cannot_be_read_is_a_conflict_with_one_line_about_it(repository: Repository) -> None:
    """T24: what a stranger pushed is no database."""
    repository.git("switch", "-q", "-c", "other")
    repository.database.write_bytes(repository.database.read_bytes()[:100] + b"\xff" * 5000)
    repository.commit("theirs")
    repository.git("switch", "-q", "main")
    repository.commit("ours", mine="2")
    told = repository.git("merge", "other", code=1)
    ours = [line for line in told.err.splitlines() if line.startswith(("error:", "hint:"))]
    assert [line.split(":")[0] for line in ours] == ["error", "hint"]
    assert "Traceback" not in told.err
    assert repository.rows() == OURS
    assert repository.status() == "UU notes.db\n"


def test_a_driver_that_is_killed_half_way_leaves_ours_as_it_was(repository: Repository) -> None:
    """T5, T20: kill -9 as soon as it writes; there is no half of a database, and git says so."""
    repository.write(**{f"key{number}": "x" * 200 for number in range(20_000)})
    repository.commit("many")
    killing = (
        f"{DRIVER} & driver=$!; "
        "while kill -0 $driver 2>/dev/null && ! ls -A | grep -q merging; do :; done; "
        "kill -9 $driver; wait $driver"
    )
    repository.set_driver(killing)
    repository.part({"mine": "2"}, {"yours": "3"})
    before = _digest(repository.database)
    told = repository.git("merge", "other", code=None)
    assert told.code != 0
    assert "CONFLICT" in told.out or "failed" in told.err
    assert _digest(repository.database) == before
    assert "yours" not in repository.rows()
    assert all(line.startswith("UU") for line in repository.status().splitlines()), "no litter for git to add"
    repository.git("reset", "-q", "--hard")
    litter = repository.directory / "..merge_file_killed.merging"
    litter.touch()  # the one above may have been killed before it wrote
    repository.set_driver(DRIVER)
    repository.git("merge", "-q", "other", "-m", "both")
    assert repository.rows()["yours"] == "3"
    assert {path.name for path in repository.directory.iterdir()} == {".git", "notes.db"}


def test_a_driver_that_runs_out_of_disk_leaves_ours_as_it_was(repository: Repository) -> None:
    """T14"""
    repository.write(**{f"key{number}": "x" * 200 for number in range(2_000)})
    repository.commit("many")
    repository.set_driver(f"ulimit -f 100; {DRIVER}")
    repository.part({"mine": "2"}, {"yours": "3"})
    before = _digest(repository.database)
    told = repository.git("merge", "other", code=1)
    assert "error: " in told.err
    assert "Traceback" not in told.err
    assert _digest(repository.database) == before
    assert repository.status() == "UU notes.db\n"


def test_a_database_that_a_program_has_open_is_not_replaced_under_it(repository: Repository) -> None:
    """T2: what a program wrote last is in a -wal beside the file, and what it writes next would be lost."""
    repository.part({"mine": "2"}, {"yours": "3"})
    (repository.directory / ".git/info/exclude").open("a").write("*-wal\n")
    (repository.directory / "notes.db-wal").write_bytes(b"7\x7f\x06\x82 and what a program wrote")
    told = repository.git("merge", "other", code=1)
    assert "notes.db is open in a program" in told.err
    assert "waifusync export --database" in told.err
    assert repository.rows_at("HEAD") == OURS
    assert repository.status() == "UU notes.db\n"


def test_an_empty_or_finished_journal_beside_the_file_stops_nothing(repository: Repository) -> None:
    repository.part({"mine": "2"}, {"yours": "3"})
    (repository.directory / ".git/info/exclude").open("a").write("*-wal\n*-journal\n")
    (repository.directory / "notes.db-wal").write_bytes(b"")
    (repository.directory / "notes.db-journal").write_bytes(bytes(512))
    repository.git("merge", "-q", "other", "-m", "both")
    assert repository.rows() == {**OURS, "yours": "3"}


def test_a_report_is_never_written_through_a_link(repository: Repository) -> None:
    """T25: a stranger commits a link where the report would go."""
    outside = repository.world.folder / "outside"
    outside.write_text("mine")
    report = repository.directory / "notes.db.waifusync-conflicts.json"
    for link in (report, Path(f"{report}.new")):
        link.symlink_to(outside)
    repository.git("add", "-f", "--", report.name, f"{report.name}.new")
    repository.commit("links")
    repository.part({"first": "m"}, {"first": "y"})
    repository.git("merge", "-q", "other", code=1)
    assert outside.read_text() == "mine"
    assert json.loads(report.read_text())["conflicts"] == 1


def test_a_report_is_never_written_into_a_folder_that_a_link_leads_to(repository: Repository) -> None:
    """T25"""
    outside = repository.world.folder / "outside"
    outside.mkdir()
    (repository.directory / "sub").symlink_to(outside)
    for name, text in (("base", "b"), ("ours", "m"), ("theirs", "y")):
        repository.write(f".merge_file_{name}", first=text)
    words = [f".merge_file_{name}" for name in ("base", "ours", "theirs")]
    repository.run("merge-driver", "--", *words, "7", "sub/notes.db", code=1)
    assert list(outside.iterdir()) == []


def test_the_rows_of_a_database_are_never_in_what_a_driver_says(repository: Repository) -> None:
    repository.part({"first": "a secret of mine"}, {"first": "a secret of theirs"})
    told = repository.git("merge", "other", code=1)
    assert "secret" not in told.err + told.out


def test_words_that_git_did_not_fill_in_are_refused(unregistered: Repository) -> None:
    """T1: the wrong placeholders."""
    assert unregistered.run("merge-driver", "one", code=2).err.startswith("error: ")
    assert unregistered.run("merge-driver", "--", "%O", "%A", "%B", "%L", "%P", code=3).err.startswith(
        "error: "
    )


def _assert_git_tells_and_keeps_ours(repository: Repository) -> None:
    repository.part({"mine": "2"}, {"yours": "3"})
    told = repository.git("merge", "other", code=1)
    assert "CONFLICT" in told.out
    assert repository.rows() == OURS
    assert repository.status() == "UU notes.db\n"


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
