"""`waifusync retention`: old history goes from one device, nothing else does, and all of it comes back."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.companions import BOTH_LAYOUTS, INSTALLED, Device, assert_same, clean_environment
from tests.crashing.fates import Fate, How, meet
from tests.crashing.stopping import why_not
from waifusync.repository.shortening import without_commits
from waifusync.workflows.companion import Companion
from waifusync.workflows.retaining.applying import apply_if_due


def commits(device: Device) -> int:
    return int(device.git("rev-list", "--count", "main"))


def stored(device: Device) -> int:
    return sum(
        file.stat().st_size for file in (device.directory / ".git/objects").rglob("*") if file.is_file()
    )


def first_commit(device: Device) -> str:
    return device.git("rev-list", "--max-parents=0", "main").splitlines()[0]


def is_here(device: Device, name: str) -> bool:
    kinds = device.git("cat-file", "--batch-check=%(objecttype)", stdin=f"{name}\n".encode())
    return not kinds.endswith("missing")


def choose(laptop: Device, *words: str) -> None:
    laptop.run("retention", "set", *(words or ("--days", "20")))


def _tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith("memory.db-")
    }


@BOTH_LAYOUTS
def test_old_history_goes_and_no_memory_anywhere_does(laptop: Device, jetson: Device) -> None:
    """T6"""
    remote, said, before = _tree(laptop.world.remote), laptop.said(), (commits(laptop), stored(laptop))
    digest, root = assert_same(laptop, jetson), first_commit(laptop)
    choose(laptop)
    told = laptop.run("retention", "apply", "--json").json
    assert told["commits"] == before[0] - commits(laptop) > 5
    assert (
        stored(laptop) < before[1]
        and not is_here(laptop, root)
        and told["after"]["repository"] < told["before"]["repository"]
    )
    assert (laptop.said(), _tree(laptop.world.remote)) == (said, remote)
    assert laptop.run("verify").last_line.startswith("All is well")
    assert laptop.run("status", "--json").json["digest"] == digest
    assert laptop.run("doctor", "--deep").last_line.startswith("All is well")
    laptop.say("after the cut")
    jetson.say("meanwhile")
    laptop.world.settle(laptop, jetson)
    assert_same(laptop, jetson)
    assert {"after the cut", "meanwhile", *said} == set(jetson.said())
    laptop.run("rebuild")
    assert_same(laptop, jetson)


@BOTH_LAYOUTS
def test_one_command_brings_all_of_it_back(laptop: Device) -> None:
    whole = laptop.git("rev-list", "--objects", "main")
    choose(laptop, "--days", "1")
    laptop.run("retention", "apply")
    assert commits(laptop) < 10
    assert laptop.run("retention", "off", "--json").json == {"brought_back": True, "rows": 0}
    assert sorted(laptop.git("rev-list", "--objects", "main").splitlines()) == sorted(whole.splitlines())
    laptop.git("fsck", "--full", "--strict")
    assert laptop.run("retention", "show", "--json").json["days"] is None
    assert laptop.run("retention", "off", "--json").json == {"brought_back": False, "rows": 0}


def test_a_rehearsal_says_what_would_go_and_changes_nothing(laptop: Device) -> None:
    choose(laptop)
    before = _tree(laptop.directory)
    told = laptop.run("retention", "apply", "--dry-run", "--json").json
    assert _tree(laptop.directory) == {**before, ".git/waifusync/lock": b""}
    assert told["dry_run"] and told["commits"] == laptop.run("retention", "apply", "--json").json["commits"]
    assert laptop.run("retention", "apply").last_line == "Nothing to cut off."


def test_nothing_goes_while_the_remote_is_away_or_lacks_something(laptop: Device, jetson: Device) -> None:
    choose(laptop)
    whole = laptop.git("rev-list", "--objects", "main")
    away = laptop.world.remote.rename(laptop.world.folder / "away.git")
    laptop.run("retention", "apply", code=4)
    away.rename(laptop.world.remote)
    laptop.say("not sent yet")
    laptop.run("commit")
    assert "not level" in laptop.run("retention", "apply", code=3).err
    laptop.sync()
    jetson.say("not fetched yet")
    jetson.sync()
    assert "not level" in laptop.run("retention", "apply", code=3).err
    assert set(whole.splitlines()) <= set(laptop.git("rev-list", "--objects", "main").splitlines())


def test_nothing_goes_that_a_remote_has_cut_off_itself(laptop: Device) -> None:
    shallow = laptop.world.folder / "shallow.git"
    source = f"file://{laptop.world.remote}"
    laptop.world.git(laptop.world.folder, "clone", "-q", "--bare", "--depth=1", source, str(shallow))
    laptop.git("remote", "set-url", "origin", str(shallow))
    choose(laptop)
    before = commits(laptop)
    assert "the remote has had its own history cut off" in laptop.run("retention", "apply", code=3).err
    assert commits(laptop) == before


def test_history_that_cannot_be_fetched_leaves_the_choice_as_it_is(laptop: Device) -> None:
    choose(laptop)
    laptop.run("retention", "apply")
    laptop.world.remote.rename(laptop.world.folder / "away.git")
    laptop.run("retention", "off", code=4)
    assert laptop.run("retention", "show", "--json").json["days"] == 20


def test_what_a_person_named_or_lost_stays(laptop: Device) -> None:
    """T30"""
    root = first_commit(laptop)
    (laptop.directory / "draft.md").write_text("not to be lost")
    laptop.git("add", "draft.md")
    laptop.git("commit", "-q", "-m", "a draft")
    lost, blob = laptop.head(), laptop.git("hash-object", "draft.md")
    laptop.git("reset", "-q", "--hard", "HEAD~1")
    (laptop.directory / "other.md").write_text("named by nothing")
    unnamed = laptop.git("hash-object", "-w", "other.md")
    os.utime(laptop.directory / ".git/objects" / unnamed[:2] / unnamed[2:], (0, 0))
    laptop.git("branch", "logs/old", "main~5")
    laptop.git("pack-refs", "--all")
    own = laptop.git("rev-list", "--count", "logs/old")
    choose(laptop)
    assert laptop.run("retention", "apply", "--json").json["commits"] > 0
    for name in (lost, blob, unnamed):
        laptop.git("cat-file", "-e", name)
    assert lost in laptop.git("reflog", "--no-abbrev")
    assert laptop.git("rev-list", "--count", "logs/old") == own
    assert root in laptop.git("rev-list", "logs/old")


def test_objects_that_have_files_of_their_own_go_too(laptop: Device) -> None:
    objects, root = laptop.directory / ".git/objects", first_commit(laptop)
    packs = (objects / "pack").rename(laptop.world.folder / "packs")
    for pack in packs.glob("*.pack"):
        laptop.git("unpack-objects", "-q", stdin=pack.read_bytes())
    for file in objects.glob("??/*"):
        os.utime(file, (10**9, 10**9))
    choose(laptop)
    laptop.run("retention", "apply")
    assert not is_here(laptop, root)


def test_lines_of_the_reflog_that_lead_beyond_the_line_are_kept_aside(laptop: Device) -> None:
    log = laptop.directory / ".git/logs/refs/heads/main"
    before = log.read_text().splitlines()
    choose(laptop)
    laptop.run("retention", "apply")
    logs = (laptop.directory / ".git/waifusync/aside").glob("*/reflog-of-main")
    [aside] = [each for each in logs if "heads/main" in (each.parent / "why.txt").read_text()]
    taken, kept = aside.read_text().splitlines(), log.read_text().splitlines()
    assert taken and kept and len(taken) + len(kept) == len(before) and set(taken) <= set(before)
    assert "the remote has it" in (aside.parent / "why.txt").read_text()


def test_a_size_moves_the_line_nearer_until_it_fits_or_a_day_is_left(laptop: Device) -> None:
    choose(laptop, "--repository", "10MB")
    assert laptop.run("retention", "apply").last_line == "Nothing to cut off."
    choose(laptop, "--repository", "1kB")
    ran = laptop.run("retention", "apply", code=1)
    assert "Cut off" in ran.out and ran.last_line.endswith("the repository takes more than was chosen")
    assert laptop.run("retention", "show", "--json", code=1).json["over"] == ["repository"]
    assert 0 < commits(laptop) < 10


def test_a_database_that_is_too_large_costs_the_search_index_only(laptop: Device) -> None:
    laptop.run("search", "page")
    index = laptop.directory / ".git/waifusync/search.db"
    choose(laptop, "--database", "10MB")
    laptop.run("retention", "apply")
    assert index.exists()
    choose(laptop, "--database", "1kB")
    said = laptop.said()
    assert "Dropped the search index" in laptop.run("retention", "apply", code=1).out
    assert not index.exists() and laptop.said() == said
    assert "page" in laptop.run("search", "page").out


@pytest.mark.parametrize("word", ["fsck", "fetch", "repack", "prune"])
def test_killed_at_any_step_it_goes_on(laptop: Device, jetson: Device, word: str) -> None:
    choose(laptop)
    root = first_commit(laptop)
    laptop.run("retention", "apply", code=-9, PATH=_killing_at(word, laptop))
    assert laptop.run("verify").last_line.startswith("All is well")
    laptop.run("retention", "apply")
    assert not is_here(laptop, root) and not (laptop.directory / ".git/waifusync/cutting-off").exists()
    laptop.git("fsck", "--full")
    laptop.sync()
    assert_same(laptop, jetson)


def _killing_at(word: str, laptop: Device) -> str:
    """A PATH whose git ends whoever started it, when it is asked for this."""
    program = laptop.world.folder / "bin/git"
    program.parent.mkdir()
    asked = f'for each in "$@"; do [ "$each" = {word} ] && kill -9 $PPID; done'
    program.write_text(f'#!/bin/sh\n{asked}\nexec "{shutil.which("git")}" "$@"\n')
    program.chmod(0o755)
    return f"{program.parent}{os.pathsep}{os.environ['PATH']}"


def test_a_device_that_was_away_for_longer_than_history_reaches_comes_back(
    laptop: Device, jetson: Device
) -> None:
    """T4"""
    tablet = laptop.world.devices["tablet"]
    tablet.say("from long ago")
    tablet.run("commit", WAIFUSYNC_CLOCK_OFFSET=str(-39 * 86_400))
    choose(laptop, "--days", "1")
    laptop.run("retention", "apply")
    before = commits(laptop)
    tablet.sync()
    laptop.say("meanwhile")
    laptop.world.settle(laptop, tablet, jetson)
    assert_same(laptop, jetson, tablet)
    assert {"from long ago", "meanwhile"} <= set(laptop.said()) and commits(laptop) > before


def test_a_remote_that_was_rewritten_is_noticed_as_before(laptop: Device) -> None:
    """T10"""
    choose(laptop, "--days", "1")
    laptop.run("retention", "apply")
    laptop.world.git(laptop.world.remote, "update-ref", "refs/heads/main", "main~4")
    assert "--accept-rewritten" in laptop.run("sync", code=3).err


def test_by_itself_it_runs_once_a_day(laptop: Device) -> None:
    companion = Companion.find(laptop.directory)
    assert apply_if_due(companion) is None
    choose(laptop)
    done = apply_if_due(companion)
    assert done is not None and done.commits > 0
    assert apply_if_due(companion) is None
    file = laptop.directory / ".git/waifusync/retention.json"
    chosen = json.loads(file.read_text())
    file.write_text(json.dumps({**chosen, "applied": chosen["applied"] - 2 * 86_400_000}))
    assert apply_if_due(companion) is not None


def test_wrong_choices_are_asked_for_wrongly(laptop: Device) -> None:
    for words in ((), ("--days", "0"), ("--repository", "many"), ("--database", "0MB"), ("--days", "x")):
        laptop.run("retention", "set", *words, code=2)
    laptop.run("retention", "apply", code=2)
    choose(laptop, "--repository", "1.5GB", "--days", "7")
    told = laptop.run("retention", "show", "--json").json
    assert (told["days"], told["repository_bytes"], told["database_bytes"]) == (7, 1_500_000_000, None)
    assert (told["shortened"], told["over"], told["applied"]) == (False, [], None)
    assert told["sizes"].keys() == {"repository", "database", "used", "search"}


NAMES = st.sampled_from([f"{number:040x}" for number in range(5)])
LINES = st.lists(st.builds("{} {} Ada <a@b> 0 +0000\tsync\n".format, NAMES, NAMES)).map("".join)


@given(LINES, st.sets(NAMES))
def test_a_reflog_keeps_every_line_that_leads_to_what_stays(reflog: str, gone: set[str]) -> None:
    kept, taken = without_commits(reflog, gone)
    assert [line.split()[1] for line in taken.splitlines()] == [
        line.split()[1] for line in reflog.splitlines() if line.split()[1] in gone
    ]
    assert len((kept + taken).splitlines()) == len(reflog.splitlines())
    assert not gone & {name for line in kept.splitlines() for name in line.split(" ", 2)[:2]} - {"0" * 40}


@pytest.mark.parametrize("words", [("run",), ("watch", "--once")])
def test_what_syncs_by_itself_applies_it_once_a_day(laptop: Device, words: tuple[str, ...]) -> None:
    choose(laptop)
    before = commits(laptop)
    laptop.run(*words)
    after = commits(laptop)
    assert after < before
    laptop.run("retention", "off")
    choose(laptop, "--days", "20", "--repository", "1")
    told = laptop.run(*words)
    assert "above the limit" in told.err or "1 warning" in told.out


def test_a_sync_is_done_also_when_retention_cannot_be_applied(laptop: Device) -> None:
    choose(laptop)
    laptop.say("to be sent")
    (laptop.directory / ".git/shallow.lock").touch()
    done = laptop.run("run")
    assert "Pushed 1 change." in done.out
    assert "1 warning" in done.out


@pytest.mark.skipif(why_not() is not None, reason=why_not() or "")
@pytest.mark.parametrize(("file", "at"), [(".git/gc.pid", 2), (".git/shallow", 4)])
def test_where_history_ends_is_known_when_the_power_goes_soon_after(
    laptop: Device, file: str, at: int
) -> None:
    """T20: T6: `git prune` writes .git/shallow anew and does not sync it; empty, no history could be read."""
    laptop.run("retention", "set", "--days", "7")

    def apply() -> int:
        os.chdir(laptop.directory)
        os.dup2(os.open(os.devnull, os.O_RDWR), 1)
        os.execve(INSTALLED, [str(INSTALLED), "retention", "apply"], clean_environment(laptop.world.home))

    met = meet(apply, f"{laptop.directory}{os.sep}", Fate(at, How.POWER, file))
    assert met.met.endswith(file)
    laptop.run("retention", "apply")
    assert laptop.git("rev-list", "HEAD")
    laptop.run("sync")
    laptop.run("verify")
