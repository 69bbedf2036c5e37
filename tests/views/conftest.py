"""Two devices that synced once, made by the installed command; each test gets a copy of its own."""

from __future__ import annotations

import fnmatch
import functools
import json
import os
import shutil
import sqlite3
import subprocess
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.companions import a_moment_later
from tests.forked import run_installed

_IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.org"))
}


class Folder:
    """One device's companion."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def live(self) -> Path:
        return self.path / ".git" / "waifusync" / "memory.db"

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """The installed command, in this folder."""
        words = ["-C", str(self.path), *arguments]
        return run_installed(words, where=Path.cwd(), environment={**os.environ, **environment}, timeout=300)

    def ok(self, *arguments: str, **environment: str) -> str:
        done = self.run(*arguments, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """The answer of a command that prints one object, whatever its exit code."""
        done = self.run(*arguments, "--json")
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def lines(self, *arguments: str) -> list[Any]:
        """The answer of a command that prints one object a line."""
        return [json.loads(line) for line in self.ok(*arguments, "--json").splitlines()]

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(self.path), *arguments],
            env={**os.environ, **_IDENTITY},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def sql(self, statement: str, values: Iterable[object] = ()) -> list[tuple[Any, ...]]:
        """What a chat program does: plain SQL, committed at once."""
        connection = sqlite3.connect(self.live, isolation_level=None)
        try:
            return connection.execute(statement, tuple(values)).fetchall()
        finally:
            connection.close()
            a_moment_later()

    def say(self, *texts: str) -> None:
        for text in texts:
            self.sql("INSERT INTO memories (conversation_id, user_input) VALUES ('c', ?)", [text])


class MemoryFile:
    """A log or vector file of a companion, wherever its layout keeps it."""

    def __init__(self, folder: Folder, pattern: str) -> None:
        self._folder = folder
        found = [path for path in self._paths() if fnmatch.fnmatchcase(path, f"shared_memory/{pattern}")]
        self.path = sorted(found)[0]

    @property
    def _snapshot(self) -> sqlite3.Connection | None:
        place = self._folder.path / "shared_memory" / "memory.db"
        return None if place.is_symlink() else sqlite3.connect(place, isolation_level=None)

    def _paths(self) -> list[str]:
        if (snapshot := self._snapshot) is not None:
            return [path for (path,) in snapshot.execute("SELECT path FROM waifusync_files")]
        files = (self._folder.path / "shared_memory").rglob("*")
        return [path.relative_to(self._folder.path).as_posix() for path in files]

    def read(self) -> bytes:
        if (snapshot := self._snapshot) is None:
            return (self._folder.path / self.path).read_bytes()
        query = "SELECT content FROM waifusync_files WHERE path = ?"
        (content,) = snapshot.execute(query, (self.path,)).fetchone()
        return zlib.decompress(content) if content[:1] == b"x" else bytes(content)

    def write(self, content: bytes) -> None:
        if (snapshot := self._snapshot) is None:
            (self._folder.path / self.path).write_bytes(content)
        else:
            snapshot.execute("UPDATE waifusync_files SET content = ? WHERE path = ?", (content, self.path))

    def replace(self, old: bytes, new: bytes) -> None:
        assert old in self.read()
        self.write(self.read().replace(old, new))

    def remove(self) -> None:
        if (snapshot := self._snapshot) is None:
            (self._folder.path / self.path).unlink()
        else:
            snapshot.execute("DELETE FROM waifusync_files WHERE path = ?", (self.path,))


class Pair:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.remote = root / "remote.git"
        self.laptop = Folder(root / "laptop")
        self.jetson = Folder(root / "jetson")

    def sync(self) -> None:
        """Until both hold the same."""
        for folder in (self.laptop, self.jetson, self.laptop):
            folder.ok("sync")


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Pair]:
    """One for each layout, made when it is first asked for."""
    return functools.lru_cache(lambda layout: _made(tmp_path_factory.mktemp(f"pair-{layout}"), layout))


def _made(root: Path, layout: str) -> Pair:
    pair = Pair(root)
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(pair.remote)], check=True)
    here = Folder(pair.root)
    remote = ("--remote", str(pair.remote))
    here.ok(
        "init", "laptop", "--device", "laptop", *remote, *(("--layout", layout) if layout != "log" else ())
    )
    pair.laptop.say("laptop one", "laptop two", "laptop three")
    pair.laptop.ok("sync")
    here.ok("join", str(pair.remote), "jetson", "--device", "jetson")
    pair.jetson.say("jetson one", "jetson two")
    pair.jetson.ok("sync")
    pair.laptop.ok("sync")
    return pair


@pytest.fixture
def pair(templates: Callable[[str], Pair], tmp_path: Path, layout: str) -> Pair:
    template, copied = templates(layout), Pair(tmp_path / "pair")
    shutil.copytree(template.root, copied.root, symlinks=True)
    for folder in (copied.laptop, copied.jetson):
        folder.git("remote", "set-url", "origin", str(copied.remote))
    return copied
