"""The scene that a verb is tried in: two devices with a past, made once, and put back before every try."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.companions import Device, Ran
from tests.crashing.fates import Fate, Met
from tests.crashing.running import ForkedWorld
from tests.crashing.verbs import SECRET, Verb

AGO = {"WAIFUSYNC_CLOCK_OFFSET": str(-40 * 86400.0)}
# What is written beside a file before it takes its place, locks, and folders for a moment.
MOMENTARY = re.compile(
    r"\.(lock|tmp|new|part|staged|merging|rebuilt)\b|^\..*\.\d+$|~$|^tmp_|^waifusync-|^\.waifusync-init$|^at-work$"
)
_CRONTAB = """tab="$0.tab"
case $1 in
-l) [ -f "$tab" ] || { echo "no crontab for ada" >&2; exit 1; }; cat "$tab" ;;
-r) rm "$tab" ;;
-) cat >"$tab" ;;
esac
"""
TURNS = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]


@dataclass
class Ground:
    """`world` as it is now, the kept copies of it, and what words may name."""

    folder: Path
    layout: str
    world: ForkedWorld = field(init=False)
    names: dict[str, str] = field(default_factory=dict)
    hours: int = 0
    kept: dict[str, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.folder / "world").mkdir(parents=True)
        self.world = ForkedWorld(self.folder / "world", self.layout)
        _live(self)
        self.keep("usual")

    @property
    def laptop(self) -> Device:
        return self.world.devices["laptop"]

    @property
    def jetson(self) -> Device:
        return self.world.devices["jetson"]

    def keep(self, name: str) -> None:
        """The world as it is now, under a name, with the memories that are on the laptop."""
        self.kept[name] = frozenset(self.laptop.said())
        shutil.copytree(self.folder / "world", self.folder / name, symlinks=True)

    def put_back(self, name: str) -> None:
        """The world is as it was when it was kept under this name, or made from the usual one."""
        if name not in self.kept:
            self.put_back("usual")
            STAGES[name](self)
            self.keep(name)
        shutil.rmtree(self.folder / "world")
        shutil.copytree(self.folder / name, self.folder / "world", symlinks=True)

    def run(self, verb: Verb) -> Ran:
        """The verb, to its end."""
        return self.world.run(
            *verb.filled(self.names),
            where=self.world.folder / verb.where,
            code=None,
            **self.laptop.environment,
        )

    def run_to(self, verb: Verb, fate: Fate | None) -> tuple[Ran, Met]:
        """The verb, to its fate."""
        return self.world.run_to(
            fate, *verb.filled(self.names), where=self.world.folder / verb.where, **self.laptop.environment
        )

    def clear_remote(self) -> None:
        """What whoever looks after the remote does when they are told that a push left a lock there."""
        for lock in self.world.remote.rglob("*.lock"):
            lock.unlink()

    def let_an_hour_pass(self) -> None:
        """For locks, notes of what is under way, and what was written beside: all that goes by its age."""
        self.hours += 1
        for path in self.world.folder.rglob("*"):
            if MOMENTARY.search(path.name):
                age = path.lstat().st_mtime - 3600
                os.utime(path, (age, age), follow_symlinks=False)

    def device(self, name: str) -> Device:
        """One of the two, or the one that a verb is making."""
        return self.world.devices.get(name) or Device(self.world, name, self.world.folder / name)

    def file(self, name: str) -> Path:
        """A person's file, in nobody's repository."""
        return self.world.folder / name


def _live(ground: Ground) -> None:
    """The past: rows and their children, a deleted one, a conflict, a session, and all that is learned."""
    ground.world.git(ground.folder, "init", "-q", "--bare", "-b", "main", str(ground.file("second.git")))
    laptop, jetson = ground.world.pair(children=True)
    twice = "the cat is called Mia and sleeps on the old sofa"
    laptop.say("forget", "restore", "dispute", "rate", f"{twice}.", twice, *(f"old {n}" for n in range(20)))
    laptop.sql("INSERT INTO facts (text, source_memory_id) VALUES ('so it is', 1)")
    laptop.run("sync", **AGO)
    for text in ("forget", "restore", "dispute", "rate"):
        ground.names[text] = laptop.key_of(text)
    laptop.run("forget", ground.names["restore"])
    laptop.run("sync")
    jetson.run("sync")
    for device in (laptop, jetson):
        device.sql("UPDATE memories SET ai_response = ? WHERE user_input = 'dispute'", [device.name])
        device.run("commit")
    jetson.run("sync")
    laptop.run("sync")
    _learn(ground)
    laptop.run("sync")
    jetson.say("of the jetson, pushed")
    jetson.run("sync")
    laptop.say("of the laptop, in no commit", "and one more")
    ground.names["conflict"] = laptop.run("conflicts", "--json", code=None).json["id"]


def _learn(ground: Ground) -> None:
    laptop = ground.laptop
    write_files(ground)
    ground.names["folder"] = str(ground.world.folder)
    names = ground.names
    names["session"] = laptop.run("session", "start").last_line
    laptop.run("session", "save", names["session"], f"{ground.file('turns.json')}")
    laptop.run("session", "checkpoint", names["session"], "before")
    laptop.run("skills", "add", "Python", "--category", "code")
    names["water"] = laptop.run("knowledge", "add", "water is wet").last_line
    names["ice"] = laptop.run("knowledge", "add", "ice is cold").last_line
    told = laptop.run("personality", "set", "curiosity", "0.7").last_line
    names["change"] = told.split(":")[0]
    laptop.run("state", "put", "mood", str(ground.file("mood.npy")))


def write_files(ground: Ground) -> None:
    """What words may name as {folder}/…"""
    import numpy

    ground.file("turns.json").write_text(json.dumps(TURNS))
    ground.file("more.json").write_text(json.dumps([*TURNS, {"role": "user", "content": "more"}]))
    numpy.save(ground.file("mood.npy"), numpy.ones(8, dtype="float32"))
    events = [
        {
            "event_id": f"e{number}",
            "timestamp": 1_767_225_600 + number,
            "source_instance": "instance-123",
            "event_type": "memory",
            "priority": 0.8,
            "data": {"content": f"experienced {number}"},
            "context": {"trigger": "user", "environment": "kitchen"},
        }
        for number in range(3)
    ]
    ground.file("event.json").write_text(json.dumps(events[0]))
    ground.file("events.jsonl").write_text("".join(json.dumps(each) + "\n" for each in events[1:]))
    for name, texts in {"base": ["a"], "ours": ["a", "b"], "theirs": ["a", "c"]}.items():
        _database(ground.file(f"{name}.db"), texts)


def _database(path: Path, texts: list[str]) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE memories (id INTEGER PRIMARY KEY, user_input TEXT)")
        connection.executemany("INSERT INTO memories (user_input) VALUES (?)", [(text,) for text in texts])


def _stand_ins(ground: Ground) -> None:
    """A crontab that is nobody's."""
    tools = ground.file("tools")
    tools.mkdir()
    for name, text in {"crontab": _CRONTAB, "systemctl": "exit 1\n"}.items():
        (tools / name).write_text(f"#!/bin/sh\n{text}")
        (tools / name).chmod(0o755)
    environment = {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "XDG_CONFIG_HOME": ""}
    ground.laptop.environment.update(environment)


def _scheduled(ground: Ground) -> None:
    _stand_ins(ground)
    ground.laptop.run("schedule", "install")


def _secret(ground: Ground) -> None:
    ground.laptop.say(SECRET)
    ground.laptop.run("commit", code=None)


def _queued(ground: Ground) -> None:
    """Experiences that were accepted, and wait."""
    ground.laptop.run("experience", "add", str(ground.file("event.json")))


def _merged_without_driver(ground: Ground) -> None:
    laptop = ground.laptop
    notes = laptop.directory / "notes.db"
    _database(notes, ["a"])
    laptop.git("add", "-f", "notes.db")
    laptop.git("commit", "-q", "-m", "notes")
    laptop.git("checkout", "-q", "-b", "other")
    for branch, text in (("other", "theirs"), ("main", "ours")):
        laptop.git("checkout", "-q", branch)
        with closing(sqlite3.connect(notes)) as connection, connection:
            connection.execute("INSERT INTO memories (user_input) VALUES (?)", [text])
        laptop.git("commit", "-q", "-am", text)
    laptop.git("-c", "merge.waifusync.driver=false", "merge", "-q", "-s", "ours", "other", "-m", "merged")
    ground.names["merge"] = laptop.head()


STAGES: dict[str, Callable[[Ground], None]] = {
    "crontab": _stand_ins,
    "scheduled": _scheduled,
    "secret": _secret,
    "queued": _queued,
    "remembered": lambda ground: _run(ground, "remember", "to be undone"),
    "hooked": lambda ground: _run(ground, "hooks", "install"),
    "drivers": lambda ground: _run(ground, "drivers", "install"),
    "lost merge": _merged_without_driver,
    "handed": lambda ground: _hand(ground),
    "retained": lambda ground: _retain(ground),
    "forked": lambda ground: _fork(ground),
    "database": lambda ground: _run(ground, "layout", "database"),
}


def _run(ground: Ground, *words: str) -> None:
    ground.laptop.run(*words, code=None)


def _hand(ground: Ground) -> None:
    ground.laptop.run("sync")
    ground.laptop.run("handoff", "--to", "jetson", "-m", "go on", OLLAMA_HOST="127.0.0.1:9")
    ground.jetson.run("sync")


def _retain(ground: Ground) -> None:
    """Level, with a past that is old enough to go."""
    _run(ground, "sync")
    _run(ground, "retention", "set", "--days", "7", "--database", "100kB")


def _fork(ground: Ground) -> None:
    """A conversation that went on in two ways."""
    _run(ground, "session", "fork", ground.names["session"])
    for name in ground.laptop.run("session", "list", "--json").out.splitlines():
        _run(ground, "session", "save", json.loads(name)["session"], str(ground.file("more.json")))
