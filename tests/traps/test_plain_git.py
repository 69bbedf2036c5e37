"""What a person's own git does to a companion, and what the next `waifusync sync` makes of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.companions import BOTH_LAYOUTS, Device, World, assert_same

OLD_COMMITS = 3


def _grow(world: World) -> None:
    """Several pushes behind them, and something on the remote that the laptop has not seen."""
    laptop, jetson = world.pair()
    for number in range(OLD_COMMITS):
        laptop.say(f"laptop {number}")
        laptop.sync()
        jetson.say(f"jetson {number}")
        jetson.sync()
    jetson.say("jetson last")
    jetson.sync()


EVERYTHING = sorted(
    [f"{name} {number}" for name in ("laptop", "jetson") for number in range(OLD_COMMITS)]
    + ["jetson last", "laptop last"]
)


def _all_is_well(laptop: Device, jetson: Device, said: list[str] = EVERYTHING) -> None:
    """Both have all, git agrees, and what follows is quiet."""
    jetson.sync()
    assert laptop.said() == jetson.said() == said
    assert_same(laptop, jetson)
    again = laptop.sync()
    assert "repaired" not in again.err
    assert laptop.git("status", "--porcelain") == ""
    assert laptop.git("rev-parse", "main") == laptop.world.remote_head()
    laptop.git("fsck", "--strict")


def _may_stop(device: Device) -> bool:
    """Whether git may leave a merge to the person: with one file for all, and no driver of ours, it does."""
    return device.world.layout == "database"


def _memory(device: Device) -> str:
    """What git has of the memories."""
    return "shared_memory/log" if device.world.layout == "log" else "shared_memory/memory.db"


def _pull(device: Device) -> None:
    device.git("pull", "-q", "--no-rebase", "--no-edit", check=not _may_stop(device))


def _merge(device: Device) -> None:
    device.git("fetch", "-q", "origin")
    device.git("merge", "-q", "--no-edit", "origin/main", check=not _may_stop(device))


def _merge_ours(device: Device) -> None:
    device.git("fetch", "-q", "origin")
    device.git("merge", "-q", "--no-edit", "-s", "ours", "origin/main")


def _merge_ours_pushed(device: Device) -> None:
    _merge_ours(device)
    device.git("push", "-q", "origin", "main")


def _rebase(device: Device) -> None:
    device.git("pull", "-q", "--rebase", check=not _may_stop(device))
    if (device.directory / ".git/rebase-merge").exists():
        device.git("rebase", "--abort")


def _squash(device: Device) -> None:
    device.git("reset", "-q", "--soft", "HEAD~2")
    device.git("commit", "-q", "-m", "squashed")


def _amend(device: Device) -> None:
    device.git("commit", "-q", "--amend", "-m", "in other words")


def _stash(device: Device) -> None:
    (device.directory / "device_contexts/LAPTOP_CONTEXT.md").write_text("notes\n")
    device.git("stash", "-q", "--include-untracked")


def _stash_all(device: Device) -> None:
    device.git("stash", "-q", "--all", check=False)


def _old_content_committed_and_pushed(device: Device) -> None:
    """The commit that a person makes who wants yesterday back."""
    old = device.git("rev-parse", "HEAD~3")
    device.git("rm", "-q", "-r", _memory(device))
    device.git("checkout", old, "--", ".")
    device.git("commit", "-q", "-a", "-m", "yesterday")
    device.git("push", "-q", "origin", "main")


def _old_content_committed(device: Device) -> None:
    device.git("rm", "-q", "-r", _memory(device))
    device.git("checkout", "HEAD~3", "--", ".")
    device.git("commit", "-q", "-a", "-m", "yesterday")


def _old_content_staged(device: Device) -> None:
    device.git("rm", "-q", "-r", _memory(device))
    device.git("checkout", "HEAD~3", "--", ".")


def _clean(device: Device) -> None:
    device.git("clean", "-fdxq")


def _reset(device: Device) -> None:
    device.git("reset", "-q", "--hard", "HEAD~3")


def _log_removed(device: Device) -> None:
    device.git("rm", "-q", "-r", "shared_memory")
    device.git("commit", "-q", "-m", "tidy")


def _logs_edited_in_the_work_tree(device: Device) -> None:
    memory = device.directory / _memory(device)
    for file in memory.rglob("*.jsonl") if memory.is_dir() else [memory]:
        file.write_text("<<<<<<< HEAD\n=======\n>>>>>>> theirs\n")


def _everything_edited_and_committed(device: Device) -> None:
    _logs_edited_in_the_work_tree(device)
    device.git("commit", "-q", "-a", "-m", "conflict markers and all")


def _gc(device: Device) -> None:
    device.git("-c", "gc.reflogExpire=now", "gc", "-q", "--prune=now")


def _reset_and_gc(device: Device) -> None:
    _reset(device)
    device.git("reflog", "expire", "--expire=now", "--all")
    _gc(device)


UNNOTICED = [_pull, _merge, _merge_ours, _rebase, _squash, _amend, _stash, _gc]
# There is no link in the layout `database`: all that git knows of lies in files that it does not take away.
NOTHING_TO_TAKE = [_stash_all, _clean]
REPAIRED = [
    _stash_all,
    _old_content_committed,
    _clean,
    _reset,
    _log_removed,
    _everything_edited_and_committed,
    _reset_and_gc,
]


@BOTH_LAYOUTS
@pytest.mark.parametrize("by_hand", UNNOTICED)
def test_what_loses_nothing_is_followed_without_a_word(world: World, by_hand: object) -> None:
    """T1: T5: plain git with nothing of ours configured."""
    laptop, jetson = world.scene(_grow)
    laptop.say("laptop last")
    laptop.run("commit")
    by_hand(laptop)  # type: ignore[operator]  # pytest hides their type
    laptop.sync()
    _all_is_well(laptop, jetson)


@BOTH_LAYOUTS
@pytest.mark.parametrize("by_hand", REPAIRED)
def test_what_took_something_away_is_repaired_and_said(world: World, by_hand: object) -> None:
    """T6: absence is not deletion: the branch, the link or the work tree is put right, and it is said."""
    laptop, jetson = world.scene(_grow)
    laptop.say("laptop last")
    laptop.run("commit")
    by_hand(laptop)  # type: ignore[operator]  # pytest hides their type
    result = laptop.run("sync", code=None)
    assert result.code in (0, 5), result
    if world.layout == "log" or by_hand not in NOTHING_TO_TAKE:
        assert "repaired: " in result.err or "is not what it was" in result.err, result
    _all_is_well(laptop, jetson)


@BOTH_LAYOUTS
@pytest.mark.parametrize("by_hand", [_old_content_committed_and_pushed, _merge_ours_pushed])
def test_what_was_pushed_by_hand_is_repaired_by_whoever_comes_first(world: World, by_hand: object) -> None:
    """T6: an old state or an "ours" merge that is on the remote: each device has all, and pushes it again."""
    laptop, jetson = world.scene(_grow)
    laptop.say("laptop last")
    laptop.sync()
    by_hand(laptop)  # type: ignore[operator]  # pytest hides their type
    jetson.say("meanwhile")
    result = jetson.sync()
    if by_hand is _old_content_committed_and_pushed:
        assert "repaired: " in result.err
    laptop.sync()
    _all_is_well(laptop, jetson, sorted([*EVERYTHING, "meanwhile"]))
    tablet = world.device("tablet")
    assert tablet.said() == laptop.said()


@BOTH_LAYOUTS
@pytest.mark.parametrize("by_hand", [_old_content_staged, _logs_edited_in_the_work_tree])
def test_what_lies_in_the_work_tree_is_not_what_is_synced(world: World, by_hand: object) -> None:
    """T5: half a merge, or an old state, in the files that nobody edits by hand."""
    laptop, jetson = world.scene(_grow)
    laptop.say("laptop last")
    by_hand(laptop)  # type: ignore[operator]  # pytest hides their type
    laptop.run("sync", code=None)
    _all_is_well(laptop, jetson)


@pytest.mark.parametrize("layout", ["log"], indirect=True)
def test_a_program_that_wrote_where_the_link_had_been_loses_nothing(world: World) -> None:
    """T6: `git clean -fdx` takes the link; the chat makes itself a new database in its place.

    The layout `database` has no link; what is written into its file is in tests/layouts.
    """
    laptop, jetson = world.pair()
    laptop.say("before")
    laptop.sync()
    laptop.git("clean", "-fdxq")
    with closing(sqlite3.connect(laptop.database)) as connection, connection:
        connection.execute(
            "CREATE TABLE memories (id INTEGER PRIMARY KEY, user_input TEXT, ai_response TEXT)"
        )
        connection.execute("INSERT INTO memories VALUES (1, 'into the new file', 'yes')")
    result = laptop.sync()
    assert "repaired: " in result.err
    jetson.sync()
    assert laptop.said() == jetson.said() == ["before", "into the new file"]
    assert laptop.database.is_symlink()


@pytest.mark.parametrize("layout", ["log"], indirect=True)
def test_a_table_that_a_program_has_just_made_is_told_though_another_file_is_taken_in_first(
    world: World,
) -> None:
    """T6: whoever takes the other file in is the first to see the table, whose rows no trigger saw."""
    laptop, jetson = world.pair()
    live = laptop.directory / ".git/waifusync/memory.db"
    with closing(sqlite3.connect(live)) as program, program:
        program.execute("CREATE TABLE plants (id INTEGER PRIMARY KEY, name TEXT)")
        program.execute("INSERT INTO plants (name) VALUES ('basil')")
    laptop.database.unlink()
    with closing(sqlite3.connect(laptop.database)) as other, other:
        other.execute("CREATE TABLE memories (id INTEGER PRIMARY KEY, user_input TEXT)")
        other.execute("INSERT INTO memories (user_input) VALUES ('written elsewhere')")
    assert "repaired: " in laptop.sync().err
    jetson.sync()
    assert jetson.sql("SELECT name FROM plants") == [("basil",)]
    assert_same(laptop, jetson)


@BOTH_LAYOUTS
def test_a_fresh_clone_with_nothing_set_up_is_sent_to_join(world: World) -> None:
    """T1: sync in a plain clone with rows of its own is refused with the way on; nothing is committed."""
    laptop, _ = world.pair()
    laptop.say("one")
    laptop.sync()
    clone = world.folder / "clone"
    world.git(world.folder, "clone", "-q", str(world.remote), str(clone))
    with closing(sqlite3.connect(clone / "shared_memory/memory.db")) as connection, connection:
        connection.execute("CREATE TABLE IF NOT EXISTS memories (id INTEGER PRIMARY KEY, user_input TEXT)")
        connection.execute("INSERT INTO memories (user_input) VALUES ('written in the clone')")
    before = world.remote_head()
    for verb in ("sync", "push", "pull", "commit"):
        refused = world.run(verb, where=clone, code=2)
        assert "hint: run: waifusync join --device NAME" in refused.err
    assert world.remote_head() == before == world.git(clone, "rev-parse", "HEAD")
    world.run("join", "--device", "tablet", where=clone)
    tablet = Device(world, "tablet", clone)
    tablet.sync()
    laptop.sync()
    assert tablet.said() == laptop.said() == ["one", "written in the clone"]
    assert_same(tablet, laptop)


@BOTH_LAYOUTS
def test_a_detached_head_is_no_obstacle(world: World) -> None:
    """T5: somebody looks at an old commit: memories are synced, and what is looked at stays."""
    laptop, jetson = world.scene(_grow)
    laptop.git("checkout", "-q", "HEAD~2")
    looked_at = laptop.head()
    laptop.say("laptop last")
    laptop.sync()
    assert laptop.head() == looked_at
    laptop.git("checkout", "-q", "main")
    laptop.sync()
    _all_is_well(laptop, jetson)


@BOTH_LAYOUTS
def test_a_branch_that_was_put_onto_another_root_comes_back_to_the_remote(world: World) -> None:
    """T10: `checkout --orphan`, or a reset onto an inner commit of git: the remote is the same as before."""
    laptop, jetson = world.scene(_grow)
    laptop.git("checkout", "-q", "--orphan", "anew")
    laptop.git("commit", "-q", "-a", "-m", "from here on")
    laptop.git("branch", "-q", "-M", "main")
    laptop.say("laptop last")
    laptop.run("commit")  # what is held goes on from there
    laptop.sync()
    _all_is_well(laptop, jetson)


@BOTH_LAYOUTS
def test_a_rebase_in_progress_is_left_to_the_person(world: World) -> None:
    """T5: sync in the middle of a rebase with conflicts; then it is finished, or given up."""
    for finish in ("--continue", "--abort"):
        folder = World(_folder(world, finish), world.layout)
        laptop, jetson = folder.scene(_clashing)
        laptop.git("pull", "-q", "--rebase", check=False)
        assert (laptop.directory / ".git/rebase-merge").exists()
        laptop.say("during the rebase")
        during = laptop.run("sync", code=None)
        assert during.code == 1 and "notes.md" in during.err
        assert (laptop.directory / ".git/rebase-merge").exists()
        jetson.sync()
        assert "during the rebase" in jetson.said()
        if finish == "--continue":
            (laptop.directory / "notes.md").write_text("both\n")
            laptop.git("add", "notes.md")
        laptop.git("rebase", finish)
        laptop.run("sync", code=None)
        folder.settle(jetson, laptop, rounds=1)
        assert laptop.said() == jetson.said() == ["during the rebase", "jetson 0", "laptop 0"]
        assert_same(laptop, jetson)


def _folder(world: World, name: str) -> Path:
    folder = world.folder / name.strip("-")
    folder.mkdir()
    return folder


def _clashing(world: World) -> tuple[Device, Device]:
    """One of the person's own files changed on both sides in one place."""
    laptop, jetson = world.pair()
    for device in (laptop, jetson):
        device.say(f"{device.name} 0")
        (device.directory / "notes.md").write_text(f"of {device.name}\n")
        device.git("add", "notes.md")
        device.git("commit", "-q", "-m", "notes")
    jetson.sync()
    return laptop, jetson


@BOTH_LAYOUTS
def test_a_persons_own_files_in_conflict_hold_up_no_memory(world: World) -> None:
    """T5: both changed notes.md: memories travel, nobody's text is touched, a person is asked (exit 1)."""
    laptop, jetson = world.scene(_clashing)
    result = laptop.run("sync", code=1)
    assert "notes.md" in result.err
    assert (laptop.directory / "notes.md").read_text() == "of laptop\n"
    assert laptop.said() == ["jetson 0", "laptop 0"]
    jetson.sync()
    assert jetson.said() == ["jetson 0", "laptop 0"]
    assert (jetson.directory / "notes.md").read_text() == "of jetson\n"
    laptop.git("pull", "-q", "--no-rebase", "--no-edit", check=False)
    (laptop.directory / "notes.md").write_text("of both\n")
    laptop.git("add", "notes.md")
    laptop.git("commit", "-q", "--no-edit")
    laptop.say("later")
    laptop.sync()
    jetson.sync()
    assert (jetson.directory / "notes.md").read_text() == "of both\n"
    assert_same(laptop, jetson)


@BOTH_LAYOUTS
def test_a_dirty_work_tree_in_the_way_keeps_its_edits(world: World) -> None:
    """T5: uncommitted edits of a file that the remote changed too stay, and memories come."""
    laptop, jetson = world.pair()
    (jetson.directory / "notes.md").write_text("of jetson\n")
    jetson.git("add", "notes.md")
    jetson.git("commit", "-q", "-m", "notes")
    jetson.say("jetson 0")
    jetson.sync()
    (laptop.directory / "notes.md").write_text("not even known to git\n")
    laptop.say("laptop 0")
    result = laptop.run("sync", code=None)
    assert result.code in (0, 1) and "notes.md" in result.err
    assert (laptop.directory / "notes.md").read_text() == "not even known to git\n"
    assert laptop.said() == ["jetson 0", "laptop 0"]
    (laptop.directory / "notes.md").unlink()
    laptop.sync()
    jetson.sync()
    assert (laptop.directory / "notes.md").read_text() == "of jetson\n"
    assert_same(laptop, jetson)


def test_conflict_markers_in_a_memory_are_a_memory(world: World) -> None:
    """T5: text that looks like half a merge survives a merge by hand, byte for byte."""
    laptop, jetson = world.pair()
    text = "<<<<<<< HEAD\nmine\n=======\ntheirs\r\n>>>>>>> main\n"
    laptop.say(text)
    laptop.sync()
    jetson.say(text.upper())
    jetson.run("commit")
    _pull(jetson)
    world.settle(jetson, laptop)
    assert laptop.said() == jetson.said() == sorted([text, text.upper()])


@pytest.mark.parametrize("who_pushes", ["waifusync", "git"])
@pytest.mark.parametrize("layout", ["log"], indirect=True)
def test_a_link_that_was_put_into_git_by_force_is_taken_out_by_whoever_comes_first(
    world: World, who_pushes: str
) -> None:
    """T9: `git add -f .`: the other devices go on, and the link stays where programs look for it."""
    laptop, jetson = world.pair()
    world.settle(jetson, laptop, rounds=1)
    laptop.git("add", "-f", "shared_memory/memory.db")
    laptop.git("commit", "-q", "-m", "everything")
    laptop.say("laptop 0")
    if who_pushes == "git":
        laptop.git("push", "-q", "origin", "main")
        jetson.say("jetson 0")
        assert "repaired: shared_memory/memory.db had been put into git" in jetson.sync().err
    else:
        assert "repaired: shared_memory/memory.db had been put into git" in laptop.sync().err
    world.settle(laptop, jetson)
    assert_same(laptop, jetson)
    for device in (laptop, jetson):
        assert device.database.is_symlink()
        assert "memory.db" not in device.git("ls-files")
        assert device.git("status", "--porcelain") == ""


@pytest.mark.parametrize("layout", ["log"], indirect=True)
@pytest.mark.parametrize(
    "place",
    ["log/{}/0000/notes.txt", "log/{}/0000/0000000001-0000000002.zzzzzzzz-00000.jsonl", "devices/x.txt"],
)
def test_a_strange_file_among_ours_is_taken_out_before_it_stops_the_others(world: World, place: str) -> None:
    """T25: they refuse it, and would refuse all that comes with it."""
    laptop, jetson = world.pair()
    strange = f"shared_memory/{place.format(laptop.folder)}"
    (laptop.directory / strange).parent.mkdir(parents=True, exist_ok=True)
    (laptop.directory / strange).write_text("my own\n")
    laptop.git("add", "-f", strange)
    laptop.git("commit", "-q", "-m", "mine")
    laptop.say("laptop 0")
    assert f"repaired: {strange} had been put into git" in laptop.sync().err
    jetson.sync()
    assert jetson.said() == ["laptop 0"]
    assert strange not in jetson.git("ls-files")
    assert laptop.git("status", "--porcelain") == ""


@pytest.mark.parametrize("layout", ["log"], indirect=True)
def test_a_state_file_that_was_pushed_by_force_is_taken_out_by_who_pushed_it(world: World) -> None:
    """T9: others refuse it, so the next sync from where it came must get through."""
    laptop, jetson = world.pair()
    (laptop.directory / "shared_memory/sync_status.json").write_text("{}\n")
    laptop.git("add", "-f", "shared_memory/sync_status.json")
    laptop.git("commit", "-q", "-m", "everything")
    laptop.git("push", "-q", "origin", "main")
    jetson.run("sync", code=5)
    assert "repaired: shared_memory/sync_status.json had been put into git" in laptop.sync().err
    jetson.say("jetson 0")
    jetson.sync()
    assert "sync_status" not in jetson.git("ls-files")


@BOTH_LAYOUTS
@pytest.mark.parametrize("who_pushes", ["waifusync", "git", "nobody"])
def test_what_the_devices_agree_on_comes_back_when_somebody_takes_it_away(
    world: World, who_pushes: str
) -> None:
    """T14: a revert of the first commit deletes waifusync.toml, which says what git keeps of the memories."""
    laptop, jetson = world.pair()
    laptop.say("before")
    world.settle(laptop, jetson)
    agreed = laptop.git("show", "HEAD:waifusync.toml")
    laptop.git("rm", "-q", "waifusync.toml")
    laptop.git("commit", "-q", "-m", "tidy up")
    if who_pushes == "git":
        laptop.git("push", "-q", "origin", "HEAD:main")
    laptop.say("after")
    jetson.say("elsewhere")
    first, second = (laptop, jetson) if who_pushes == "waifusync" else (jetson, laptop)
    first.sync()
    second.sync()
    first.sync()
    for device in (laptop, jetson):
        assert device.said() == ["after", "before", "elsewhere"]
        assert device.git("show", "HEAD:waifusync.toml") == agreed
        assert (device.directory / "waifusync.toml").read_text() == agreed + "\n"
        assert device.git("status", "--porcelain") == ""
    assert_same(laptop, jetson)
    assert "Nothing new" in laptop.sync().out


@BOTH_LAYOUTS
def test_who_introduced_himself_does_not_do_so_again_where_the_branch_was_deleted(world: World) -> None:
    """T14: with another date, which a copy of the folder would take back, and so on for ever."""
    _, jetson = world.pair()
    jetson.say("the first of this device")
    jetson.git("checkout", "-q", "-B", "other")
    jetson.git("branch", "-q", "-D", "main")
    jetson.sync()
    introductions = jetson.git("log", "--format=%s", "main", "--", "shared_memory/devices")
    assert introductions.splitlines() == ["join: jetson", "init: laptop"]
