"""What git dropped when it merged without a driver is found, and brought back."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tests.merging.drivers.repository import Repository

BOTH = {"first": "one", "mine": "2", "yours": "3"}


def merged_without_driver(repository: Repository) -> str:
    """What an automatic commit makes of git's conflict: ours, and a clean status."""
    repository.part({"mine": "2"}, {"yours": "3"})
    repository.git("merge", "-q", "other", code=1)
    return repository.commit("merged, it seems")


def test_rows_that_a_merge_dropped_are_found_and_brought_back_once(unregistered: Repository) -> None:
    """T1: status is clean, and the other side's rows are gone."""
    commit = merged_without_driver(unregistered)
    assert unregistered.rows() == {"first": "one", "mine": "2"}
    unregistered.run("drivers", "install")
    found = unregistered.run("drivers", "check", code=1)
    assert f"lost: {commit[:10]} notes.db" in found.out
    assert f"next: waifusync drivers recover {commit[:10]}" in found.out
    assert "Brought back 1 row" in unregistered.run("drivers", "recover", commit[:10]).out
    assert unregistered.rows() == BOTH
    assert unregistered.run("drivers", "recover", commit).out == "Nothing was missing.\n"
    unregistered.commit("brought back")
    unregistered.run("drivers", "check")


def test_what_was_written_since_stays_as_it_is(unregistered: Repository) -> None:
    unregistered.commit("a row more", edited="before", gone="soon")
    unregistered.part({"mine": "2"}, {"yours": "3", "edited": "theirs"})
    unregistered.git("merge", "-q", "other", code=1)
    commit = unregistered.commit("merged, it seems")
    unregistered.commit("since then", edited="since", gone=None, mine="22", later="4")
    unregistered.run("drivers", "recover", commit)
    expected = {"first": "one", "edited": "since", "mine": "22", "later": "4", "yours": "3"}
    assert unregistered.rows() == expected
    assert unregistered.run("drivers", "recover", commit).out == "Nothing was missing.\n"


def test_a_merge_that_kept_theirs_lost_ours_and_is_found_too(unregistered: Repository) -> None:
    """T1"""
    unregistered.part({"mine": "2"}, {"yours": "3"})
    unregistered.git("merge", "-q", "other", code=1)
    unregistered.git("checkout", "-q", "--theirs", "notes.db")
    commit = unregistered.commit("theirs")
    unregistered.run("drivers", "recover", commit)
    assert unregistered.rows() == BOTH


def test_a_table_that_only_the_other_side_had_is_found(unregistered: Repository) -> None:
    """T1"""
    unregistered.git("switch", "-q", "-c", "other")
    with closing(sqlite3.connect(unregistered.database)) as connection:
        connection.executescript(
            "CREATE TABLE moods (name TEXT PRIMARY KEY); INSERT INTO moods VALUES ('calm')"
        )
    unregistered.commit("a table")
    unregistered.git("switch", "-q", "main")
    unregistered.commit("ours", mine="2")
    unregistered.git("merge", "-q", "other", code=1)
    commit = unregistered.commit("merged, it seems")
    [lost] = unregistered.run("drivers", "check", "--json", code=1).json["lost"]
    assert (lost["commit"], lost["path"]) == (commit, "notes.db")
    assert "moods" in lost["tables"]


def test_an_octopus_that_kept_one_side_gets_the_rows_of_all_the_others(unregistered: Repository) -> None:
    """T1: git itself makes no such octopus, other tools do."""
    parents = []
    for name in ("a", "b", "c"):
        unregistered.git("switch", "-q", "-c", name, "main")
        parents.append(unregistered.commit(name, **{name: "x"}))
    tree = unregistered.head("a^{tree}")
    words = [word for parent in parents for word in ("-p", parent)]
    commit = unregistered.git("commit-tree", tree, *words, "-m", "octopus").out.strip()
    unregistered.git("switch", "-q", "main")
    unregistered.git("merge", "-q", "--ff-only", commit)
    unregistered.run("drivers", "check", code=1)
    unregistered.run("drivers", "recover", commit)
    assert unregistered.rows() == {"first": "one", "a": "x", "b": "x", "c": "x"}


def test_merges_that_lost_nothing_are_not_named(repository: Repository) -> None:
    repository.part({"mine": "2"}, {"yours": "3"})
    repository.git("merge", "-q", "other", "-m", "both")
    repository.git("switch", "-q", "-c", "one-sided")
    repository.commit("only here", more="4")
    repository.git("switch", "-q", "main")
    repository.git("merge", "-q", "--no-ff", "one-sided", "-m", "a change of one side")
    assert repository.run("drivers", "check", "--json").json["lost"] == []


def test_both_sides_having_done_the_same_is_no_loss(unregistered: Repository) -> None:
    unregistered.part({"same": "s"}, {"same": "s", "first": "one"})
    unregistered.git("merge", "-q", "other", "-m", "both", code=None)
    unregistered.commit("merged")
    assert unregistered.run("drivers", "check", "--json").json["lost"] == []


def test_texts_and_links_that_are_only_called_like_databases_have_no_rows_to_lose(
    unregistered: Repository,
) -> None:
    """T25"""
    zone, link = unregistered.directory / "zone.db", unregistered.directory / "link.db"
    for branch in ("base", "other", "main"):
        if branch == "other":
            unregistered.git("switch", "-q", "-c", "other")
        elif branch == "main":
            unregistered.git("switch", "-q", "main")
        zone.write_text(f"{branch}\n")
        link.unlink(missing_ok=True)
        link.symlink_to(f"/nowhere/{branch}")
        unregistered.commit(branch)
    unregistered.git("merge", "-q", "-s", "ours", "other", "-m", "ours")
    assert unregistered.run("drivers", "check", "--json").json["lost"] == []


def test_check_can_be_told_how_far_to_look_back(unregistered: Repository) -> None:
    merged_without_driver(unregistered)
    long_ago = "2001-01-01T00:00:00"
    unregistered.git("commit", "-q", "--amend", "--no-edit", GIT_COMMITTER_DATE=long_ago)
    unregistered.run("drivers", "check", "--since", "2000-01-01", code=1)
    unregistered.run("drivers", "check", "--since", "2002-01-01")


def test_a_database_that_a_program_has_open_gets_nothing_brought_back(unregistered: Repository) -> None:
    """T2"""
    commit = merged_without_driver(unregistered)
    (unregistered.directory / "notes.db-wal").write_bytes(b"7\x7f\x06\x82 and more")
    refused = unregistered.run("drivers", "recover", commit, code=3)
    assert "is open in a program" in refused.err
    assert "is open in a program" in unregistered.run("drivers", "check", code=1).out


def test_a_link_where_the_file_was_is_not_followed(unregistered: Repository) -> None:
    """T25"""
    commit = merged_without_driver(unregistered)
    outside = unregistered.world.folder / "outside.db"
    unregistered.database.rename(outside)
    unregistered.database.symlink_to(outside)
    before = outside.read_bytes()
    unregistered.run("drivers", "recover", commit, code=3)
    assert outside.read_bytes() == before


def test_what_is_no_merge_is_refused_with_a_hint(unregistered: Repository) -> None:
    for name in ("HEAD", "nothing", "--all"):
        refused = unregistered.run("drivers", "recover", "--", name, code=2)
        assert "hint: to list the merges that lost rows: waifusync drivers check" in refused.err


def test_one_file_can_be_named(unregistered: Repository) -> None:
    unregistered.write("second.db", first="one")
    unregistered.commit("two files")
    unregistered.git("switch", "-q", "-c", "other")
    unregistered.write("second.db", yours="3")
    unregistered.commit("theirs", yours="3")
    unregistered.git("switch", "-q", "main")
    unregistered.write("second.db", mine="2")
    unregistered.commit("ours", mine="2")
    unregistered.git("merge", "-q", "other", code=1)
    commit = unregistered.commit("merged, it seems")
    unregistered.run("drivers", "recover", commit, "--path", "./second.db")
    assert unregistered.rows("second.db") == BOTH
    assert unregistered.rows() == {"first": "one", "mine": "2"}
