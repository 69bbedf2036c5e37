"""`push`, `pull` and `sync` that find nothing changed ask the remote, no more; whatever changed is seen."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.companions import Device, World
from tests.templates import copy_parts
from waifusync.workflows.unchanged import Level, level_of, note_level

_SOON_SECONDS = 60.0
LEVEL = Level("0" * 40, "origin", "refs/heads/main", "1", "")
Change = Callable[[Device, Device], None]


def _row(laptop: Device, _: Device) -> None:
    laptop.say("by plain SQL")
    assert laptop.run("push").out == "Pushed 1 change.\n"


def _row_of_a_program_that_stays(laptop: Device, _: Device) -> None:
    """T2: it is in the write-ahead log alone."""
    with sqlite3.connect(laptop.database) as program:
        program.execute("INSERT INTO memories (user_input) VALUES ('kept open')")
        program.commit()
        assert laptop.run("sync").out == "Pushed 1 change.\n"
    program.close()


def _conversation(laptop: Device, _: Device) -> None:
    laptop.run("session", "start", "--model", "llama3.2", "--conversation", "tea")
    assert laptop.run("push").out == "Pushed 1 session.\n"


def _older_database(laptop: Device, _: Device) -> None:
    """T23: as large as the one it replaces, and with its times."""
    copy = laptop.directory.parent / "copy.db"
    shutil.copy2(laptop.database, copy)
    told = copy.stat()
    with sqlite3.connect(copy) as older:
        older.execute("PRAGMA user_version = 7")
    older.close()
    assert copy.stat().st_size == told.st_size
    os.utime(copy, ns=(told.st_atime_ns, told.st_mtime_ns))
    os.replace(copy, laptop.database)
    assert _looks(laptop, "push")


def _deleted_log(laptop: Device, _: Device) -> None:
    """T6: what is gone from the work tree is put back."""
    (file,) = (laptop.directory / "shared_memory/log" / laptop.folder).rglob("*.jsonl")
    file.unlink()
    laptop.run("push")
    assert file.exists()


def _setting(laptop: Device, _: Device) -> None:
    """T1: drivers are settings."""
    laptop.git("config", "user.name", "somebody")
    assert _looks(laptop, "push")


def _reset(laptop: Device, _: Device) -> None:
    """T6: the branch has less than what is held."""
    laptop.git("reset", "-q", "--hard", "HEAD~1")
    laptop.run("push")
    assert laptop.git("rev-parse", "main") == laptop.world.remote_head()


def _other_device(laptop: Device, jetson: Device) -> None:
    jetson.say("from the jetson")
    jetson.run("push")
    assert laptop.run("pull").out == "Took in 1 from jetson.\n"
    assert "from the jetson" in laptop.said()


def _remote_away(laptop: Device, _: Device) -> None:
    """T18: told, noted, and over when it is back."""
    hidden = laptop.world.folder / "hidden.git"
    laptop.world.remote.rename(hidden)
    assert laptop.run("push", code=4).out == ""
    assert "failures 1" in laptop.run("status", "--porcelain", code=None).out
    hidden.rename(laptop.world.remote)
    assert _looks(laptop, "push")
    assert "failures 0" in laptop.run("status", "--porcelain", code=None).out


def _remote_goes_back(laptop: Device, jetson: Device) -> None:
    """T10: its history was rewritten."""
    laptop.world.git(laptop.world.remote, "update-ref", "refs/heads/main", "main~1")
    assert laptop.run("push", code=None).out != "Nothing to push: the remote has everything.\n"


def _work_tree_beside(laptop: Device, _: Device) -> None:
    """Its files lie elsewhere: from now on every run is a whole one."""
    laptop.git("worktree", "add", "-q", "--detach", str(laptop.world.folder / "beside"))
    assert _looks(laptop, "push")
    assert _looks(laptop, "push")


def _clock(laptop: Device, _: Device) -> None:
    """T7: one that stands elsewhere is heard by a whole run."""
    before = _whole_runs(laptop)
    laptop.run("push", WAIFUSYNC_CLOCK_OFFSET="-1000000000")
    assert _whole_runs(laptop) == before + 1


CHANGES: dict[str, Change] = {
    "row": _row,
    "row of a program that stays": _row_of_a_program_that_stays,
    "conversation": _conversation,
    "older database": _older_database,
    "deleted log": _deleted_log,
    "setting of git": _setting,
    "reset branch": _reset,
    "other device": _other_device,
    "remote away": _remote_away,
    "remote goes back": _remote_goes_back,
    "work tree beside": _work_tree_beside,
    "clock": _clock,
}


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Device, Device]]:
    """A laptop and a jetson for each change, of which the laptop was found level twice."""
    first = World(tmp_path_factory.mktemp("first"))
    laptop, jetson = first.pair()
    laptop.say("said before")
    laptop.run("push")
    jetson.run("pull")
    found = {name: _like(first, tmp_path_factory.mktemp("scene")) for name in (*CHANGES, "nothing")}
    deadline = time.monotonic() + _SOON_SECONDS
    for laptop, _ in found.values():
        while not _is_known_level(laptop):
            assert time.monotonic() < deadline
            laptop.run("push")
    return found


def _like(world: World, folder: Path) -> tuple[Device, Device]:
    other = World(folder)
    copy_parts(world.folder, folder, ["laptop", "jetson", "remote.git/objects", "remote.git/refs"])
    return Device(other, "laptop", folder / "laptop"), Device(other, "jetson", folder / "jetson")


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changed_is_seen(scenes: dict[str, tuple[Device, Device]], change: str) -> None:
    CHANGES[change](*scenes[change])


def test_where_nothing_changed_the_remote_is_asked_and_no_more(
    scenes: dict[str, tuple[Device, Device]],
) -> None:
    laptop, _ = scenes["nothing"]
    said = {word: laptop.run(word).out for word in ("push", "pull", "sync")}
    assert [_looks(laptop, word) for word in said] == [False, False, False]
    assert said == {word: laptop.run(word, "--full").out for word in ("push", "sync")} | {
        "pull": laptop.run("pull", "--quiet").out
    }
    before = laptop.run("status", "--json").json["last_success"]
    os.utime(laptop.directory / ".git/waifusync/level", ns=(0, 4_102_444_800_000_000_000))
    assert before < laptop.run("status", "--json").json["last_success"]


def test_every_file_counts(tmp_path: Path) -> None:
    laptop = World(tmp_path).device("laptop")
    root, level = str(laptop.directory), LEVEL
    of_no_account = {"level", "lock", "events.jsonl", "last_run.json", "last_sync.json"}
    for _ in range(2):
        assert level_of(root) is None
        note_level(root, level, tick_ns=0)
    assert level_of(root) == level
    for file in _files(laptop.directory):
        os.utime(file)
        assert (level_of(root) is not None) == (file.name in of_no_account), file
        note_level(root, level, tick_ns=0)
        assert level_of(root) is None or file.name in of_no_account
        note_level(root, level, tick_ns=0)
        assert level_of(root) == level


@pytest.mark.parametrize("end", ["", "-wal", "-journal"])
def test_a_live_database_that_lies_elsewhere_counts(tmp_path: Path, end: str) -> None:
    laptop, live = World(tmp_path).device("laptop"), tmp_path / "elsewhere.db"
    level = LEVEL._replace(live=str(live))
    live.touch()
    for _ in range(2):
        note_level(str(laptop.directory), level, tick_ns=0)
    assert level_of(str(laptop.directory)) == level
    Path(f"{live}{end}").write_text("a row")
    assert level_of(str(laptop.directory)) is None


def test_a_file_that_was_just_written_is_not_known_yet(tmp_path: Path) -> None:
    """A second write within one tick of the file system's clock would leave no trace."""
    laptop = World(tmp_path).device("laptop")
    os.utime(laptop.directory / "waifusync.toml")
    for _ in range(2):
        note_level(str(laptop.directory), LEVEL)
    assert level_of(str(laptop.directory)) is None


def _is_known_level(laptop: Device) -> bool:
    note = laptop.directory / ".git/waifusync/level"
    return note.exists() and note.read_text().startswith("twice ")


def _files(folder: Path) -> Iterator[Path]:
    objects = folder / ".git/objects"
    for place, folders, names in os.walk(folder):
        folders[:] = [each for each in folders if Path(place, each) != objects]
        yield from (Path(place, name) for name in names)


def _looks(laptop: Device, word: str) -> bool:
    """Whether this run looks at everything."""
    before = _whole_runs(laptop)
    laptop.run(word)
    return _whole_runs(laptop) > before


def _whole_runs(laptop: Device) -> int:
    return int(json.loads((laptop.directory / ".git/waifusync/last_sync.json").read_text())["times"])
