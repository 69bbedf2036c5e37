"""Plain git commands with hooks installed: what programs wrote is committed, what others did is taken in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.automation.hooked import Laptop, counting_program
from tests.companions import World, assert_same


def _level(laptop: Laptop) -> None:
    """The jetson syncs once, the laptop pushes by plain git alone: both hold the same."""
    laptop.git("push", "-q", "origin", "main")
    laptop.jetson.sync()
    assert_same(laptop, laptop.jetson)


def test_a_commit_is_followed_by_what_programs_wrote_and_is_itself_unchanged(laptop: Laptop) -> None:
    laptop.say("before the commit")
    told = laptop.commit()
    assert told.err == "waifusync: Committed 1 change.\n"
    assert "before the commit" in laptop.committed()
    assert laptop.git("diff", "--name-only", "HEAD~2", "HEAD~1") == "notes.md"
    assert laptop.git("log", "-1", "--format=%s", "HEAD~1") == "change notes.md"
    assert laptop.is_clean()
    _level(laptop)


def test_what_is_written_while_the_editor_is_open_is_committed_too(laptop: Laptop) -> None:
    editor = laptop.foreign_hook(
        "editor",
        'echo words >"$1"\n'
        f"exec python3 - '{laptop.database}' <<'END'\n"
        "import sqlite3, sys\n"
        "with sqlite3.connect(sys.argv[1]) as connection:\n"
        "    connection.execute(\"INSERT INTO memories (user_input) VALUES ('meanwhile')\")\n"
        "END",
        folder=laptop.world.folder,
    )
    (laptop.directory / "notes.md").write_text("mine\n")
    laptop.git("add", "notes.md")
    laptop.plain_git("commit", "-q", GIT_EDITOR=str(editor))
    assert "meanwhile" in laptop.committed()
    assert laptop.is_clean()


@pytest.mark.parametrize("how", [["--no-rebase", "--no-edit"], ["--rebase"], ["--rebase", "--autostash"]])
@pytest.mark.parametrize("has_commit", [True, False], ids=["apart", "behind"])
def test_a_pull_takes_in_what_came_and_commits_what_was_here(
    laptop: Laptop, how: list[str], has_commit: bool
) -> None:
    laptop.jetson.say("from the jetson")
    laptop.jetson.sync()
    if has_commit:
        laptop.say("before")
        laptop.commit()
    if "--autostash" in how:
        (laptop.directory / "README.md").write_text("not committed yet\n")
        laptop.git("add", "README.md")
    laptop.say("just now")
    told = laptop.plain_git("pull", "-q", *how)
    assert "ook in 1 from jetson" in told.err
    assert laptop.said() == sorted(["first", "from the jetson", "just now", *(["before"] * has_commit)])
    assert "just now" in laptop.committed() and "from the jetson" in laptop.committed()
    assert laptop.is_clean() == ("--autostash" not in how)
    assert laptop.git("symbolic-ref", "HEAD") == "refs/heads/main"
    _level(laptop)


def test_a_merge_by_hand_is_followed_too(laptop: Laptop) -> None:
    laptop.jetson.say("from the jetson")
    laptop.jetson.sync()
    laptop.say("here")
    laptop.commit()
    laptop.git("fetch", "-q")
    laptop.plain_git("merge", "-q", "--no-edit", "origin/main")
    assert laptop.said() == ["first", "from the jetson", "here"]
    assert laptop.is_clean()
    _level(laptop)


def test_a_conflict_in_the_persons_files_is_theirs_and_the_commit_that_ends_it_has_a_hook(
    laptop: Laptop,
) -> None:
    laptop.jetson.say("from the jetson")
    (laptop.jetson.directory / "notes.md").write_text("the jetson's\n")
    laptop.jetson.git("add", "notes.md")
    laptop.jetson.git("commit", "-q", "-m", "notes")
    laptop.jetson.sync()
    laptop.commit(text="the laptop's\n")
    laptop.plain_git("pull", "-q", "--no-rebase", code=1)
    assert "from the jetson" not in laptop.said()
    laptop.commit(text="both\n")
    assert laptop.said() == ["first", "from the jetson"]
    assert laptop.is_clean()


def test_coming_back_to_the_branch_takes_in_what_it_got_meanwhile(laptop: Laptop) -> None:
    laptop.jetson.say("from the jetson")
    laptop.jetson.sync()
    laptop.git("switch", "-q", "-c", "draft")
    laptop.git("fetch", "-q", "origin", "main:main")
    assert "from the jetson" not in laptop.said()
    laptop.plain_git("switch", "-q", "main")
    assert laptop.said() == ["first", "from the jetson"]
    assert laptop.is_clean()


def test_rows_written_on_another_branch_go_to_the_companions_own(laptop: Laptop) -> None:
    laptop.git("switch", "-q", "-c", "draft")
    laptop.say("while drafting")
    laptop.commit("draft.md")
    assert "while drafting" in laptop.committed("main")
    assert "while drafting" not in laptop.committed("draft")
    assert laptop.git("log", "-1", "--format=%s", "draft") == "change draft.md"
    laptop.git("switch", "-q", "main")
    assert laptop.is_clean()


def test_a_rebase_of_many_commits_starts_waifusync_once_at_its_end(laptop: Laptop) -> None:
    laptop.git("switch", "-q", "-c", "base")
    laptop.commit("base.md")
    laptop.git("switch", "-q", "main")
    for number in range(12):
        laptop.commit(f"file {number}.md")
    laptop.settled()
    laptop.say("during all this")
    told = laptop.plain_git("rebase", "-q", "base")
    assert laptop.starts() == 1
    assert told.err == "waifusync: Committed 1 change.\n"
    assert "during all this" in laptop.committed()
    assert laptop.is_clean()
    assert laptop.git("log", "--format=%s", "base..main").count("change file") == 12


def test_the_other_way_of_rebasing_loses_nothing_either(laptop: Laptop) -> None:
    """The branch is git's until after the last hook: the next command brings it what is held."""
    laptop.git("switch", "-q", "-c", "base")
    laptop.commit("base.md")
    laptop.git("switch", "-q", "main")
    for number in range(3):
        laptop.commit(f"file {number}.md")
    laptop.say("during all this")
    laptop.plain_git("rebase", "-q", "--apply", "base")
    assert laptop.git("log", "--format=%s", "base..main").count("change file") == 3
    laptop.commit("one more.md")
    assert "during all this" in laptop.committed()
    assert laptop.is_clean()
    _level(laptop)


@pytest.mark.parametrize("picked", [["draft"], ["main..draft"]], ids=["one", "several"])
def test_picks_are_left_alone_until_the_last(laptop: Laptop, picked: list[str]) -> None:
    laptop.git("switch", "-q", "-c", "draft")
    for number in range(4):
        laptop.commit(f"draft {number}.md")
    laptop.git("switch", "-q", "main")
    laptop.settled()
    laptop.say("beside the picks")
    laptop.plain_git("cherry-pick", *picked)
    assert laptop.starts() <= 1
    assert laptop.is_clean()
    laptop.commit("one more.md")
    assert "beside the picks" in laptop.committed()
    assert laptop.is_clean()


@pytest.mark.parametrize(
    "words", [["commit", "-q", "--amend", "-m", "again"], ["revert", "--no-edit", "HEAD"]]
)
def test_amending_and_reverting_are_commits(laptop: Laptop, words: list[str]) -> None:
    laptop.commit()
    laptop.settled()
    laptop.say("beside it")
    laptop.plain_git(*words)
    assert laptop.starts() == 1
    assert "beside it" in laptop.committed()
    assert laptop.is_clean()


def test_the_database_itself_in_git_is_kept_whole_too(tmp_path: Path) -> None:
    """In the layout `database` a commit changes the snapshot, and a pull merges it."""
    world = World(tmp_path, "database")
    world.pair()
    laptop = Laptop(world, "laptop", world.folder / "laptop", counting_program(world))
    laptop.sync()
    laptop.call("hooks", "install")
    laptop.jetson.say("from the jetson")
    laptop.jetson.sync()
    laptop.say("here")
    laptop.commit()
    laptop.plain_git("pull", "-q", "--no-rebase", "--no-edit")
    assert laptop.said() == ["from the jetson", "here"]
    assert laptop.is_clean()
    _level(laptop)
    laptop.commit()
    laptop.starts()
    laptop.commit()
    assert laptop.starts() == 0
