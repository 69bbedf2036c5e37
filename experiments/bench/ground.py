"""Where candidates work: remotes, devices with so many memories, and companions that figures share."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path

from experiments.bench.data import INSERT, TABLE, Memory, memories
from experiments.bench.figure import Scale
from experiments.bench.peers import Peers
from experiments.bench.timing import Finished, WrongResult, check, plain_environment, run

WAIFUSYNC = Path(sys.executable).parent / "waifusync"
_WORDS = (
    "CREATE VIRTUAL TABLE words USING fts5(user_input, ai_response, content='',"
    " tokenize='unicode61 remove_diacritics 2')"
)


def environment(home: Path) -> dict[str, str]:
    """With settings of git that are the bench's own."""
    own = {"GIT_CONFIG_GLOBAL": str(home / "gitconfig"), "GIT_CONFIG_NOSYSTEM": "1"}
    return plain_environment(HOME=str(home), NO_COLOR="1", **own)


class Device:
    """A companion's folder on one device, and the chat program that writes there."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.directory = world.folder / name

    @property
    def live(self) -> Path:
        return self.directory / ".git" / "waifusync" / "memory.db"

    def run(self, *words: str) -> Finished:
        """`waifusync WORDS` here."""
        return run([WAIFUSYNC, *words], where=self.directory, environment=self.world.environment)

    def git(self, *words: str) -> str:
        return git(self.directory, self.world.environment, *words)

    def write(self, rows: Iterable[Memory]) -> int:
        """In one transaction, as a program does; the bytes of their content."""
        written = list(rows)
        with closing(sqlite3.connect(self.live)) as connection, connection:
            connection.executemany(INSERT, written)
        return sum(each.size for each in written)

    def count(self) -> int:
        with closing(sqlite3.connect(self.live)) as connection:
            return int(connection.execute("SELECT count(*) FROM memories").fetchone()[0])

    def push(self) -> Finished:
        """Checked against the remote's own word."""
        done = self.run("push")
        here, there = (
            self.git("rev-parse", "main"),
            git(self.world.remote, self.world.environment, "rev-parse", "main"),
        )
        check(here == there, f"the remote of {self.directory} does not have what was pushed")
        return done

    def digest(self) -> str:
        return str(json.loads(self.run("commit", "--json").out)["digest"])


class World:
    """A bare remote and its devices."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder, self.remote = folder, folder / "remote.git"
        (folder / "gitconfig").write_text(
            "[user]\n\tname = Ada\n\temail = ada@example.org\n[gc]\n\tautoDetach = false\n"
        )
        self.environment = environment(folder)
        git(folder, self.environment, "init", "-q", "--bare", "-b", "main", str(self.remote))

    def begin(self, name: str) -> Device:
        words = ["init", name, "--device", name, "--remote", str(self.remote)]
        run([WAIFUSYNC, *words], where=self.folder, environment=self.environment)
        return Device(self, name)

    def join(self, name: str) -> Device:
        run(
            [WAIFUSYNC, "join", self.remote, name, "--device", name],
            where=self.folder,
            environment=self.environment,
        )
        return Device(self, name)


class Setting:
    """What every figure is given: the scale, the peers, folders, and the companions that are shared."""

    def __init__(self, scale: Scale, peers: Peers, folder: Path, tick: Callable[[str], None]) -> None:
        self.scale, self.peers, self.tick = scale, peers, tick
        self._folder = folder
        self._devices: dict[tuple[int, int, str], Device] = {}
        self._folders = 0

    def folder(self) -> Path:
        """A new one."""
        self._folders += 1
        made = self._folder / f"{self._folders:03}"
        made.mkdir(parents=True)
        return made

    def laptop(self, rows: int, dimensions: int = 0) -> Device:
        """With at least so many memories, all pushed, and warm. Figures add to it, and leave all pushed."""
        place = (rows, dimensions, "laptop")
        if place not in self._devices:
            self.tick(f"making a companion of {rows:,} memories")
            device = World(self.folder() / "world").begin("laptop")
            device.write(memories(rows, seed=rows, dimensions=dimensions))
            device.push()
            device.write(memories(self.scale.new, seed=1, dimensions=dimensions))
            device.push()
            check(device.count() == rows + self.scale.new, "rows are missing")
            self._devices[place] = device
        return self._devices[place]

    def jetson(self, rows: int) -> Device:
        """A second device beside that laptop, level with it, its search index made."""
        laptop, place = self.laptop(rows), (rows, 0, "jetson")
        if place not in self._devices:
            self.tick(f"joining {rows:,} memories")
            self._devices[place] = laptop.world.join("jetson")
        jetson = self._devices[place]
        jetson.run("pull")
        jetson.run("search", "tea", "--limit", "1")
        return jetson


def git(where: Path, environment: Mapping[str, str], *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=where, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise WrongResult(f"git {' '.join(words)}: {done.stderr}")
    return done.stdout.strip()


def object_bytes(repository: Path) -> int:
    """What git keeps in objects and packs."""
    return sum(file.stat().st_size for file in (repository / "objects").rglob("*") if file.is_file())


def plain_database(path: Path, rows: Iterable[Memory], *, indexed: bool = False) -> Path:
    """The same memories in a database that nobody follows; with a search index where `indexed`."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(TABLE)
        if indexed:
            connection.execute(_WORDS)
        insert_plainly(connection, rows, first=1, indexed=indexed)
    return path


def insert_plainly(
    connection: sqlite3.Connection, rows: Iterable[Memory], *, first: int, indexed: bool
) -> None:
    """One bare executemany; two where there is an index."""
    written = list(rows)
    connection.executemany(INSERT, written)
    if indexed:
        words = ((number, row.user_input, row.ai_response) for number, row in enumerate(written, start=first))
        connection.executemany("INSERT INTO words (rowid, user_input, ai_response) VALUES (?, ?, ?)", words)


def copy_database(source: Path, target: Path) -> Path:
    """The file and its -wal, while nobody writes."""
    for ending in ("", "-wal"):
        there = target.with_name(target.name + ending)
        there.unlink(missing_ok=True)
        if (beside := source.with_name(source.name + ending)).exists():
            shutil.copyfile(beside, there)
    target.with_name(target.name + "-shm").unlink(missing_ok=True)
    return target
