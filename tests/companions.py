"""Devices of one companion for the tests: the installed command as a process, real git, plain sqlite3.

Nothing of waifusync is imported here. What two devices hold is compared by key and content, because rowids
are each device's own.
"""

from __future__ import annotations

import functools
import json
import os
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.forked import INSTALLED as INSTALLED  # where tests look for it
from tests.forked import run_installed
from tests.templates import copy_parts, may_copy, template

FACTS = """CREATE TABLE facts (
    id INTEGER PRIMARY KEY, text TEXT, source_memory_id INTEGER REFERENCES memories(id))"""
# For tests that promise the same in both; all others run in the layout `log`, or in the one that
# WAIFUSYNC_TEST_LAYOUT names.
BOTH_LAYOUTS = pytest.mark.parametrize("layout", ["log", "database"], indirect=True)
GIT_CONFIG = "[user]\n\tname = Ada\n\temail = ada@example.org\n"
Scene = Callable[["World"], object]
LOCKS = ("index.lock", "HEAD.lock", "packed-refs.lock", "config.lock", "shallow.lock")
_SHA_LENGTH = 40


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def last_line(self) -> str:
        return self.out.strip().splitlines()[-1]


def clean_environment(home: Path, **extra: str) -> dict[str, str]:
    """Nothing of whoever runs the tests: their git settings, their clock offset, their language."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "WAIFUSYNC_"))}
    identity = {"GIT_CONFIG_GLOBAL": str(home / "gitconfig"), "GIT_CONFIG_NOSYSTEM": "1"}
    return {**kept, "HOME": str(home), "NO_COLOR": "1", **identity, **extra}


def a_moment_later() -> None:
    """What is written next is told as later: two edits of one millisecond are neither before the other."""
    now = time.time_ns() // 1_000_000
    while time.time_ns() // 1_000_000 == now:
        pass


class Device:
    """One device: a folder with a companion in it, and the programs that a person runs there."""

    def __init__(self, world: World, name: str, directory: Path) -> None:
        self.world = world
        self.name = name
        self.directory = directory
        self.environment: dict[str, str] = {}

    @property
    def database(self) -> Path:
        """Where chat programs write."""
        if self.world.layout == "database":
            return self.directory / ".git" / "waifusync" / "memory.db"
        return self.directory / "shared_memory" / "memory.db"

    @property
    def state(self) -> dict[str, Any]:
        """This machine's own facts about the companion."""
        found: dict[str, Any] = json.loads((self.directory / ".git/waifusync/device.json").read_text())
        return found

    @property
    def folder(self) -> str:
        """What this device's folders in the repository are called."""
        return str(self.state["folder"])

    def run(self, *words: str, code: int | None = 0, timeout: float = 120.0, **environment: str) -> Ran:
        """`waifusync WORDS` in this device's folder; `code` None takes any exit code."""
        return self.world.run(
            *words, where=self.directory, code=code, timeout=timeout, **{**self.environment, **environment}
        )

    def sync(self, *options: str, **environment: str) -> Ran:
        return self.run("sync", *options, **environment)

    def git(self, *words: str, check: bool = True, stdin: bytes | None = None) -> str:
        """Plain git, as a person runs it here."""
        return self.world.git(self.directory, *words, check=check, stdin=stdin)

    def sql(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """One statement by a program of its own, committed."""
        with closing(sqlite3.connect(self.database, timeout=30)) as connection, connection:
            found = connection.execute(statement, parameters).fetchall()
        a_moment_later()
        return found

    def sql_many(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        with closing(sqlite3.connect(self.database, timeout=30)) as connection, connection:
            connection.executemany(statement, rows)

    def say(self, *texts: str) -> None:
        """New memories, as a chat program writes them."""
        self.sql_many(
            "INSERT INTO memories (timestamp, device_id, user_input, ai_response) VALUES (?, ?, ?, ?)",
            [("2026-01-01T10:00:00", self.name, text, f"answer to {text}") for text in texts],
        )

    def said(self) -> list[str]:
        """What users said in all memories that live here, in order of the text."""
        return sorted(text for (text,) in self.sql("SELECT user_input FROM memories"))

    def contents(self, table: str = "memories") -> dict[str, tuple[Any, ...]]:
        """Key to row; references as the key of what they point at, because rowids are local."""
        with closing(sqlite3.connect(self.database, timeout=30)) as connection:
            return _contents(connection, table)

    def key_of(self, text: str) -> str:
        """The key of the memory in which a user said this."""
        return next(key for key, row in self.contents().items() if text in row)

    def digest(self) -> str:
        return str(self.run("commit", "--json", code=None).json["digest"])

    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def integrity(self) -> str:
        return str(self.sql("PRAGMA integrity_check")[0][0])

    def lock_files(self) -> list[str]:
        """Locks that git left, which a person would have to remove."""
        git_dir = self.directory / ".git"
        return [str(path) for path in git_dir.rglob("*.lock")]


def _contents(connection: sqlite3.Connection, table: str) -> dict[str, tuple[Any, ...]]:
    keys = dict(
        connection.execute(
            "SELECT r.row, r.key FROM waifusync_records AS r JOIN waifusync_tables AS t ON t.id = r.tbl"
            " WHERE t.name = ? AND r.state = 0",
            (table,),
        ).fetchall()
    )
    parents = {
        column: _contents_keys(connection, parent)
        for parent, column in connection.execute(
            'SELECT "table", "from" FROM pragma_foreign_key_list(?)', (table,)
        )
    }
    described = connection.execute(f'SELECT * FROM "{table}" LIMIT 0').description
    first, *others = [column[0] for column in described]
    names = [first, *sorted(others)]  # columns that came later may stand in another order
    quoted = ", ".join(f'"{name}"' for name in names)
    cursor = connection.execute(f'SELECT {quoted} FROM "{table}"')
    return {
        keys[row[0]]: tuple(
            parents[name].get(value, value) if name in parents else value
            for name, value in zip(names[1:], row[1:], strict=True)
        )
        for row in cursor
    }


def _contents_keys(connection: sqlite3.Connection, table: str) -> dict[int, str]:
    return dict(
        connection.execute(
            "SELECT r.row, r.key FROM waifusync_records AS r JOIN waifusync_tables AS t ON t.id = r.tbl"
            " WHERE t.name = ? AND r.state = 0",
            (table,),
        ).fetchall()
    )


class World:
    """A bare remote and the devices around it, all below one folder."""

    def __init__(self, folder: Path, layout: str = "log", *, is_template: bool = False) -> None:
        self._is_template = is_template
        self.folder = folder
        self.layout = layout
        self.home = folder / "home"
        self.remote = folder / "remote.git"
        self.home.mkdir()
        (self.home / "gitconfig").write_text(GIT_CONFIG)
        self.git(folder, "init", "-q", "--bare", "-b", "main", str(self.remote))
        self.devices: dict[str, Device] = {}

    def run(
        self,
        *words: str,
        where: Path | None = None,
        code: int | None = 0,
        timeout: float = 120.0,
        **environment: str,
    ) -> Ran:
        ours = clean_environment(self.home, **environment)
        done = run_installed(words, where=where or self.folder, environment=ours, timeout=timeout)
        ran = Ran(done.returncode, done.stdout, done.stderr)
        assert code is None or ran.code == code, f"waifusync {' '.join(words)}: {ran}"
        return ran

    def git(self, where: Path, *words: str, check: bool = True, stdin: bytes | None = None) -> str:
        done = subprocess.run(
            ["git", "-C", str(where), *words],
            env=clean_environment(self.home, GIT_EDITOR="true"),
            input=stdin,
            capture_output=True,
        )
        assert not check or done.returncode == 0, f"git {' '.join(words)}: {done.stderr.decode()}"
        return done.stdout.decode().strip()

    def device(
        self,
        name: str,
        *options: str,
        remote: str | None = None,
        timeout: float = 120.0,
        **environment: str,
    ) -> Device:
        """The first makes the companion and pushes it; the others join."""
        if not (self.devices or options or remote or environment):
            return self.scene(_alone(name))[0]
        return self._new_device(name, *options, remote=remote, timeout=timeout, **environment)

    def _new_device(
        self, name: str, *options: str, remote: str | None = None, timeout: float = 120.0, **environment: str
    ) -> Device:
        directory = self.folder / name
        url = remote or str(self.remote)
        device = Device(self, name, directory)
        if self.devices:
            self.run("join", url, str(directory), "--device", name, *options, timeout=timeout, **environment)
        else:
            of_layout = () if self.layout == "log" else ("--layout", self.layout)
            words = ("--device", name, "--remote", url, *of_layout, *options)
            self.run("init", str(directory), *words, **environment)
            device.environment = dict(environment)
            device.run("push")
        device.environment = dict(environment)
        self.devices[name] = device
        return device

    def pair(self, *, children: bool = False) -> tuple[Device, Device]:
        """A laptop and a jetson that are level; `children` adds a table that refers to memories."""
        laptop, jetson = self.scene(_pair_with_children if children else _pair)
        return laptop, jetson

    def scene(self, make: Scene) -> tuple[Device, ...]:
        """The devices that `make` leaves; all that it makes is copied, where nothing else was made before."""
        if self._is_template or not self._is_as_made() or not may_copy():
            make(self)
            return tuple(self.devices.values())

        def once(folder: Path) -> Iterable[str]:
            made = World(folder, self.layout, is_template=True)
            make(made)
            return made.devices

        source, names = template((self.layout, make), once)
        parts = [part.name for part in source.iterdir() if part.name not in ("home", self.remote.name)]
        of_remote = [f"{self.remote.name}/{part}" for part in ("objects", "refs")]
        copy_parts(source, self.folder, [*parts, *of_remote])
        self.devices |= {name: Device(self, name, self.folder / name) for name in names}
        return tuple(self.devices.values())

    def _is_as_made(self) -> bool:
        files = {path.name for path in (*self.folder.iterdir(), *self.home.iterdir())}
        heads = self.remote / "refs/heads"
        is_empty = (
            files == {"home", "remote.git", "gitconfig"} and heads.is_dir() and not any(heads.iterdir())
        )
        return is_empty and (self.home / "gitconfig").read_text() == GIT_CONFIG

    def settle(self, *devices: Device, rounds: int = 2) -> None:
        """Each syncs in turn, until all have seen all."""
        for _ in range(rounds):
            for device in devices:
                device.run("sync", code=None)

    def remote_head(self) -> str:
        return self.git(self.remote, "rev-parse", "main")

    def commits(self) -> int:
        return int(self.git(self.remote, "rev-list", "--count", "main"))


def _pair(world: World) -> None:
    world.device("laptop")
    world.device("jetson")


def _pair_with_children(world: World) -> None:
    laptop = world.device("laptop")
    laptop.sql(FACTS)
    laptop.run("push")
    world.device("jetson")


@functools.cache
def _alone(name: str) -> Scene:
    return lambda world: world._new_device(name)


def assert_same(*devices: Device, tables: Iterable[str] = ("memories",)) -> str:
    """The same digest, and the same rows under the same keys; returns the digest."""
    digests = {device.name: device.digest() for device in devices}
    assert len(set(digests.values())) == 1, digests
    for table in tables:
        first, *others = [device.contents(table) for device in devices]
        for other in others:
            assert other == first
    return next(iter(digests.values()))


def push_tree(world: World, files: Mapping[str, bytes | tuple[str, str]], *, message: str = "a push") -> str:
    """A commit on the remote's main that adds files by plumbing; a tuple is (mode, sha)."""
    lines = [f"{line}\n" for line in world.git(world.remote, "ls-tree", "-r", "main").splitlines()]
    kept = [line for line in lines if not _is_replaced(line.rstrip("\n").split("\t")[1], files)]
    return _commit_tree(world, _tree(world, kept, files), message)


def _is_replaced(path: str, files: Iterable[str]) -> bool:
    return any(path == file or path.startswith(file + "/") for file in files)


def _tree(world: World, kept: list[str], files: Mapping[str, bytes | tuple[str, str]]) -> str:
    entries: dict[str, tuple[str, str]] = {}
    for line in kept:
        facts, path = line.rstrip("\n").split("\t")
        entries[path] = (facts.split()[0], facts.split()[2])
    for path, content in files.items():
        if isinstance(content, tuple):
            entries[path] = content
        else:
            sha = world.git(world.remote, "hash-object", "-w", "--stdin", stdin=content)
            entries[path] = ("100644", sha)
    return _write_tree(world, entries)


def _write_tree(world: World, entries: Mapping[str, tuple[str, str]]) -> str:
    """As raw objects, since git itself would refuse some of the names."""
    here: dict[str, tuple[str, str]] = {}
    below: dict[str, dict[str, tuple[str, str]]] = {}
    for path, entry in entries.items():
        first, _, rest = path.partition("/")
        if rest:
            below.setdefault(first, {})[rest] = entry
        else:
            here[first] = entry
    for name, inside in below.items():
        here[name] = ("40000", _write_tree(world, inside))
    ordered = sorted(here.items(), key=lambda item: item[0] + ("/" if item[1][0] == "40000" else ""))
    raw = b"".join(f"{mode} {name}".encode() + b"\0" + bytes.fromhex(sha) for name, (mode, sha) in ordered)
    return world.git(world.remote, "hash-object", "-w", "-t", "tree", "--literally", "--stdin", stdin=raw)


def _commit_tree(world: World, tree: str, message: str) -> str:
    parent = world.remote_head()
    sha = world.git(world.remote, "commit-tree", tree, "-p", parent, "-m", message)
    world.git(world.remote, "update-ref", "refs/heads/main", sha)
    assert len(sha) == _SHA_LENGTH
    return sha
