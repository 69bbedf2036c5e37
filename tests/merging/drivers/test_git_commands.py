"""Every git command that merges, on a real repository whose database both sides changed."""

from __future__ import annotations

import json

import pytest

from tests.merging.drivers.repository import Repository

BOTH = {"first": "one", "mine": "2", "yours": "3"}


def test_merge_unites_the_rows_and_leaves_nothing_to_commit(repository: Repository) -> None:
    """T1: with the driver registered, a merge that git calls clean holds both sides' rows."""
    repository.part({"mine": "2"}, {"yours": "3"})
    repository.git("merge", "-q", "other", "-m", "both")
    assert repository.rows() == repository.rows_at("HEAD") == BOTH
    assert repository.status() == ""


def test_rebase_unites_the_rows_though_it_swaps_the_sides(repository: Repository) -> None:
    repository.part({"mine": "2", "first": None}, {"yours": "3"})
    repository.git("rebase", "-q", "other")
    assert repository.rows() == {"mine": "2", "yours": "3"}
    assert repository.status() == ""


def test_cherry_pick_takes_only_what_that_commit_did(repository: Repository) -> None:
    repository.part({"mine": "2"}, {"yours": "3"})
    repository.git("switch", "-q", "other")
    picked = repository.commit("another", another="4")
    repository.git("switch", "-q", "main")
    repository.git("cherry-pick", picked)
    assert repository.rows() == {"first": "one", "mine": "2", "another": "4"}


def test_revert_takes_out_what_that_commit_did_and_nothing_else(repository: Repository) -> None:
    wrong = repository.commit("wrong", wrong="x", first="spoilt")
    repository.commit("right", right="y")
    repository.git("revert", "--no-edit", wrong)
    assert repository.rows() == {"first": "one", "right": "y"}


def test_stash_pop_puts_rows_back_beside_those_that_came_meanwhile(repository: Repository) -> None:
    repository.write(stashed="s")
    repository.git("stash", "-q")
    repository.commit("meanwhile", meanwhile="m")
    repository.git("stash", "pop", "-q")
    assert repository.rows() == {"first": "one", "stashed": "s", "meanwhile": "m"}


def test_am_with_three_ways_unites_the_rows(repository: Repository) -> None:
    repository.part({"mine": "2"}, {"yours": "3"})
    patch = repository.git("format-patch", "--stdout", "--binary", "--no-textconv", "-1", "other").out
    repository.git("am", "-q", "-3", stdin=patch.encode())
    assert repository.rows() == BOTH


def test_merge_tree_answers_with_both_sides_rows_and_touches_no_file(repository: Repository) -> None:
    repository.part({"mine": "2"}, {"yours": "3"})
    asked = repository.git("merge-tree", "--write-tree", "main", "other", code=None)
    if "usage" in asked.err:
        pytest.skip("this git has no merge-tree --write-tree")
    assert asked.code == 0
    assert repository.rows_at(asked.out.splitlines()[0]) == BOTH
    assert repository.rows() == {"first": "one", "mine": "2"}


def test_a_criss_cross_is_merged_on_a_virtual_base_and_loses_nothing(repository: Repository) -> None:
    repository.part({"mine": "2"}, {"yours": "3"})
    ours, theirs = repository.head("main"), repository.head("other")
    repository.git("merge", "-q", theirs, "-m", "one way")
    repository.git("switch", "-q", "other")
    repository.git("merge", "-q", ours, "-m", "the other way")
    repository.commit("theirs again", yours=None, theirs="5")
    repository.git("switch", "-q", "main")
    repository.commit("ours again", ours="4")
    repository.git("merge", "-q", "other", "-m", "both")
    assert repository.rows() == {"first": "one", "mine": "2", "ours": "4", "theirs": "5"}


@pytest.mark.parametrize(("here", "there"), [("main", "other"), ("other", "main")])
def test_a_conflict_in_a_virtual_base_leaves_no_report_behind(
    repository: Repository, here: str, there: str
) -> None:
    repository.part({"first": "m", "mine": "2"}, {"first": "y", "yours": "3"})
    parted = {"main": repository.head("main"), "other": repository.head("other")}
    for branch, other in (("main", "other"), ("other", "main")):
        repository.git("switch", "-q", branch)
        repository.git("merge", "-q", parted[other], code=1)
        repository.commit("the provisional winner will do")
    repository.git("switch", "-q", here)
    repository.commit("more here", more="5")
    for report in repository.reports():
        (repository.directory / report).unlink()
    repository.git("merge", "-q", there, "-m", "both")
    assert repository.rows() == {"first": "y", "mine": "2", "yours": "3", "more": "5"}
    # The other branch's file may be the virtual base itself: git asks for that, and for nothing more.
    assert repository.reports() == []


def test_a_file_that_both_sides_added_is_merged_without_a_base(repository: Repository) -> None:
    repository.git("switch", "-q", "-c", "other")
    repository.write("new.db", yours="3", same="s")
    repository.commit("theirs")
    repository.git("switch", "-q", "main")
    repository.write("new.db", mine="2", same="s")
    repository.commit("ours")
    repository.git("merge", "-q", "other", "-m", "both")
    assert repository.rows("new.db") == {"mine": "2", "yours": "3", "same": "s"}


def test_a_file_changed_here_and_deleted_there_is_a_conflict_that_git_tells(repository: Repository) -> None:
    repository.git("switch", "-q", "-c", "other")
    repository.git("rm", "-q", "notes.db")
    repository.commit("gone")
    repository.git("switch", "-q", "main")
    repository.commit("ours", mine="2")
    told = repository.git("merge", "other", code=1)
    assert "modify/delete" in told.out
    assert repository.rows() == {"first": "one", "mine": "2"}


def test_an_octopus_that_would_need_the_driver_is_refused_by_git_and_changes_nothing(
    repository: Repository,
) -> None:
    for branch in ("a", "b"):
        repository.git("switch", "-q", "-c", branch, "main")
        repository.commit(branch, **{branch: "x"})
    repository.git("switch", "-q", "main")
    head = repository.commit("ours", mine="2")
    assert repository.git("merge", "a", "b", code=None).code != 0
    repository.git("reset", "-q", "--merge")
    assert repository.head() == head
    assert repository.rows() == {"first": "one", "mine": "2"}


def test_what_both_changed_stays_unmerged_with_a_report_and_a_provisional_winner(
    repository: Repository,
) -> None:
    repository.part({"first": "m", "mine": "2"}, {"first": "y", "yours": "3"})
    told = repository.git("merge", "other", code=1)
    assert "1 conflict, listed in notes.db.waifusync-conflicts.json" in told.err
    assert repository.status() == "UU notes.db\n"  # the report is not git's business
    assert repository.rows() == {"first": "y", "mine": "2", "yours": "3"}
    report = json.loads((repository.directory / "notes.db.waifusync-conflicts.json").read_text())
    [conflict] = [each["conflict"] for each in report["decisions"] if "conflict" in each]
    assert (conflict["base"], conflict["ours"], conflict["theirs"]) == ("one", "m", "y")


def test_the_report_goes_when_a_later_merge_of_the_file_has_no_conflict(repository: Repository) -> None:
    repository.part({"first": "m"}, {"first": "y"})
    repository.git("merge", "-q", "other", code=1)
    assert repository.reports() == ["notes.db.waifusync-conflicts.json"]
    repository.commit("settled")
    repository.git("switch", "-q", "other")
    repository.commit("more", yours="3")
    repository.git("switch", "-q", "main")
    repository.commit("more here", mine="2")
    repository.git("merge", "-q", "other", "-m", "both")
    assert repository.reports() == []


def test_the_strategy_is_the_one_in_waifusync_toml(repository: Repository) -> None:
    text = 'companion = "x"\n[conflicts]\ndefault = "latest_wins"\n'
    (repository.directory / "waifusync.toml").write_text(text)
    repository.commit("settings")
    repository.part({"first": "m"}, {"first": "y"})
    repository.git("merge", "-q", "other", code=1)  # no row says when, so that a person decides all the same
    report = json.loads((repository.directory / "notes.db.waifusync-conflicts.json").read_text())
    assert report["strategy"] == "latest_wins"


def test_a_table_and_a_field_have_their_own_strategy(repository: Repository) -> None:
    text = (
        'companion = "x"\n[conflicts]\ndefault = "manual_review"\n'
        '[conflicts.tables]\nplaces = "latest_wins"\n"people.mood" = "latest_wins"\n'
    )
    (repository.directory / "waifusync.toml").write_text(text)
    for table in ("people", "places"):
        repository.execute(f"CREATE TABLE {table} (name TEXT PRIMARY KEY, mood, note, updated_at)")
        repository.execute(f"INSERT INTO {table} VALUES ('Ann', 'calm', 'short', 1)")
    repository.commit("settings and tables")
    for branch, number in (("other", 2), ("main", 3)):
        repository.git("switch", "-q", *(["-c"] if branch == "other" else []), branch)
        for table in ("people", "places"):
            change = f"UPDATE {table} SET mood = '{branch}', note = '{branch}', updated_at = {number}"
            repository.execute(change)
        repository.commit(branch)
    repository.git("merge", "-q", "other", code=1)
    report = json.loads((repository.directory / "notes.db.waifusync-conflicts.json").read_text())
    told = {
        (each["table"], each["column"]): each["conflict"]["settled"]
        for each in report["decisions"]
        if "conflict" in each
    }
    assert told == {
        ("people", "mood"): True,
        ("people", "note"): False,
        ("places", "mood"): True,
        ("places", "note"): True,
    }


def test_a_text_that_is_only_called_like_a_database_is_merged_by_lines(repository: Repository) -> None:
    zone = repository.directory / "zone.db"
    lines = [f"host{number} A 10.0.0.{number}" for number in range(9)]
    zone.write_text("\n".join(lines) + "\n")
    repository.commit("a zone")
    repository.git("switch", "-q", "-c", "other")
    zone.write_text("\n".join([*lines, "theirs A 10.0.1.1"]) + "\n")
    repository.commit("theirs")
    repository.git("switch", "-q", "main")
    zone.write_text("\n".join(["ours A 10.0.2.1", *lines]) + "\n")
    repository.commit("ours")
    repository.git("merge", "-q", "other", "-m", "both")
    assert zone.read_text().splitlines() == ["ours A 10.0.2.1", *lines, "theirs A 10.0.1.1"]
    assert "+theirs A 10.0.1.1" in repository.git("diff", "HEAD~1", "--", "zone.db").out


def test_plain_git_diff_and_log_show_rows(repository: Repository) -> None:
    repository.commit("more", second="two", first=None)
    shown = repository.git("log", "-p", "-1").out
    assert "+notes second: key='second', text='two'" in shown
    assert "-notes first: key='first', text='one'" in shown


def test_a_database_that_cannot_be_shown_as_rows_stops_no_diff(repository: Repository) -> None:
    (repository.directory / "broken.db").write_bytes(b"SQLite format 3\0 and no more of it")
    repository.commit("broken", second="two")
    shown = repository.git("show").out
    assert "is not an SQLite database" in shown
    assert "+notes second" in shown


def test_linked_work_trees_and_folders_below_share_the_registration(repository: Repository) -> None:
    below = repository.directory / "a" / "b"
    below.mkdir(parents=True)
    assert "has a driver" in repository.world.run("drivers", "check", where=below).out
    repository.part({"mine": "2"}, {"yours": "3"})
    linked = Repository(repository.world, "linked")
    repository.git("worktree", "add", "-q", str(linked.directory), "other")
    linked.git("merge", "-q", "main", "-m", "both")
    assert linked.rows() == BOTH
