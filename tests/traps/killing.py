"""Every verb as something that can be killed, and a diary of what each told to those who asked for it."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.companions import INSTALLED, Device, World, clean_environment

_LONGEST_SECONDS = 0.4


@dataclass
class Diary:
    """What people and programs were told: what is there, what is gone, and what a kill left open."""

    there: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    count: int = 0

    def new(self, device: Device) -> str:
        self.count += 1
        return f"{device.name} {self.count}"

    def write(self, device: Device, chance: random.Random) -> None:
        """A chat program writes a little."""
        texts = [self.new(device) for _ in range(chance.randint(1, 4))]
        device.say(*texts)
        self.there.update(texts)

    def expect(self, attempt: Attempt, *, is_done: bool) -> None:
        touched = {*attempt.appears, *attempt.vanishes}
        self.there -= touched
        self.gone -= touched
        if is_done:
            self.there.update(attempt.appears)
            self.gone.update(attempt.vanishes)
        else:
            self.unsure.update(touched)

    def compare(self, device: Device) -> None:
        """All that was promised is there, once, and nothing that nobody wrote."""
        said = device.said()
        assert len(said) == len(set(said))
        assert self.there <= set(said) <= self.there | self.unsure
        for text in self.unsure:
            (self.there if text in said else self.gone).add(text)
        self.unsure.clear()


@dataclass(frozen=True)
class Attempt:
    """Words to run, and which memories appear or vanish when they are done."""

    words: tuple[str, ...]
    appears: tuple[str, ...] = ()
    vanishes: tuple[str, ...] = ()
    check: Callable[[], None] = lambda: None


Verb = Callable[[Device, Diary, random.Random], Attempt]


def plain(*words: str) -> Verb:
    return lambda device, diary, chance: Attempt(words)


def init_again(device: Device, diary: Diary, chance: random.Random) -> Attempt:
    return Attempt(("init", ".", "--device", device.name))


def remember(device: Device, diary: Diary, chance: random.Random) -> Attempt:
    text = diary.new(device)
    return Attempt(("remember", text), appears=(text,))


def forget(device: Device, diary: Diary, chance: random.Random) -> Attempt:
    keys = {text: key for text, key in _keys(device).items() if text in diary.there}
    if not keys:
        return remember(device, diary, chance)
    text = chance.choice(sorted(keys))
    return Attempt(("forget", keys[text]), vanishes=(text,))


def restore(device: Device, diary: Diary, chance: random.Random) -> Attempt:
    text, key = _remembered(device, diary)
    device.run("forget", key)
    words = chance.choice((("restore", key), ("forget", "--undo", key)))
    return Attempt(words, appears=(text,))


def undo(device: Device, diary: Diary, chance: random.Random) -> Attempt:
    text, _ = _remembered(device, diary)
    return Attempt(("undo",), vanishes=(text,))


def import_database(device: Device, diary: Diary, chance: random.Random) -> Attempt:
    texts = tuple(diary.new(device) for _ in range(chance.randint(1, 300)))
    path = device.world.folder / f"old {diary.count}.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE memories (id INTEGER PRIMARY KEY, user_input TEXT, mood TEXT)")
        connection.executemany(
            "INSERT INTO memories (user_input, mood) VALUES (?, 'calm')", [(text,) for text in texts]
        )
    return Attempt(("import", str(path)), appears=texts)


def import_lines(device: Device, diary: Diary, chance: random.Random) -> Attempt:
    """What another device exported, newer than what is here."""
    other = chance.choice([other for other in device.world.devices.values() if other is not device])
    diary.write(other, chance)
    path = device.world.folder / f"exported {diary.count}.jsonl"
    other.run("export", str(path))
    return Attempt(("import", str(path)))


def export(device: Device, diary: Diary, chance: random.Random) -> Attempt:
    path = device.world.folder / f"export {diary.count}.jsonl"
    path.unlink(missing_ok=True)
    return Attempt(("export", str(path)), check=lambda: _check_whole(path))


def layout(device: Device, diary: Diary, chance: random.Random) -> Attempt:
    """To the other one, where programs write to the database itself and not to the link."""
    return Attempt(
        ("layout", *([chance.choice(["log", "database"])] if device.world.layout != "log" else []))
    )


def _check_whole(path: Path) -> None:
    if path.exists():
        for line in path.read_text().splitlines():
            json.loads(line)


def _remembered(device: Device, diary: Diary) -> tuple[str, str]:
    text = diary.new(device)
    diary.there.add(text)
    return text, device.run("remember", text).last_line


def _keys(device: Device) -> dict[str, str]:
    rows = device.sql(
        "SELECT m.user_input, r.key FROM waifusync_records AS r"
        " JOIN waifusync_tables AS t ON t.id = r.tbl JOIN memories AS m ON m.id = r.row"
        " WHERE t.name = 'memories' AND r.state = 0"
    )
    return dict(rows)


VERBS: dict[str, Verb] = {
    "sync": plain("sync"),
    "push": plain("push"),
    "pull": plain("pull"),
    "commit": plain("commit"),
    "sync --full": plain("sync", "--full"),
    "init again": init_again,
    "remember": remember,
    "forget": forget,
    "restore": restore,
    "undo": undo,
    "import of a database": import_database,
    "import of lines": import_lines,
    "export": export,
    "search": plain("search", "laptop"),
    "status": plain("status"),
    "log": plain("log"),
    "diff": plain("diff"),
    "conflicts": plain("conflicts"),
    "rebuild": plain("rebuild"),
    "verify": plain("verify"),
    "layout": layout,
}


def run_and_kill(world: World, where: Path, words: tuple[str, ...], chance: random.Random) -> bool:
    """The command alone dies, as by the OOM killer; every other time its git with it, as by power."""
    process = subprocess.Popen(
        [INSTALLED, *words],
        cwd=where if where.exists() else world.folder,
        env=clean_environment(world.home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        said = process.communicate(timeout=chance.uniform(0.02, _LONGEST_SECONDS))
        assert process.returncode == 0, (words, process.returncode, said)
        return False
    except subprocess.TimeoutExpired:
        children = list(_descendants(process.pid)) if chance.random() < 0.5 else []
        for pid in [process.pid, *children]:
            _kill(pid)
        process.wait()
        return True


def _descendants(pid: int) -> Iterator[int]:
    """Every process below this one; git runs in sessions of its own, so no group holds them all."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            children = [int(word) for word in file.read().split()]
    except OSError:
        return
    for child in children:
        yield child
        yield from _descendants(child)


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
