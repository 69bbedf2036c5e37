"""A git repository with a SQLite file in it, as somebody has who has never heard of companions."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from tests.companions import Ran, World, clean_environment

NOTES = "CREATE TABLE IF NOT EXISTS notes (key TEXT PRIMARY KEY, text TEXT)"


class Repository:
    """`notes` is the table of notes.db; rows are {key: text}."""

    def __init__(self, world: World, name: str = "repository") -> None:
        self.world = world
        self.directory = world.folder / name
        self.database = self.directory / "notes.db"

    @classmethod
    def begin(cls, world: World, **rows: str) -> Repository:
        """With one commit on main; the drivers are not registered."""
        made = cls(world)
        world.git(world.folder, "init", "-q", "-b", "main", str(made.directory))
        made.commit("base", **(rows or {"first": "one"}))
        return made

    def git(self, *words: str, code: int | None = 0, stdin: bytes | None = None, **environment: str) -> Ran:
        """Plain git, as a person runs it; `code` None takes any exit code."""
        done = subprocess.run(
            ["git", "-C", str(self.directory), *words],
            env=clean_environment(self.world.home, GIT_EDITOR="true", **environment),
            input=stdin,
            capture_output=True,
        )
        ran = Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert code is None or ran.code == code, f"git {' '.join(words)}: {ran}"
        return ran

    def run(self, *words: str, code: int | None = 0) -> Ran:
        """`waifusync WORDS` here."""
        return self.world.run(*words, where=self.directory, code=code)

    def write(self, file: str = "notes.db", **rows: str | None) -> None:
        """Puts these rows into the file as some program would; None takes one out."""
        with closing(sqlite3.connect(self.directory / file)) as connection, connection:
            connection.execute(NOTES)
            for key, text in rows.items():
                if text is None:
                    connection.execute("DELETE FROM notes WHERE key = ?", (key,))
                else:
                    connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (key, text))

    def execute(self, statement: str) -> None:
        """What some program does to notes.db."""
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute(statement)

    def commit(self, message: str, **rows: str | None) -> str:
        """The commit that holds these changes; a message without rows commits what is there."""
        if rows:
            self.write(**rows)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.head()

    def head(self, name: str = "HEAD") -> str:
        return self.git("rev-parse", name).out.strip()

    def rows(self, file: str = "notes.db") -> dict[str, str]:
        """What is in the work tree's file, which must be sound."""
        return rows_of(self.directory / file)

    def rows_at(self, commit: str) -> dict[str, str]:
        """What is in the file of a commit, or of a tree."""
        copy = self.world.folder / "copy.db"
        words = ["git", "-C", str(self.directory), "cat-file", "blob", f"{commit}:notes.db"]
        copy.write_bytes(subprocess.run(words, capture_output=True, check=True).stdout)
        return rows_of(copy)

    def part(self, ours: dict[str, str | None], theirs: dict[str, str | None]) -> None:
        """Two branches, main and other, each with one commit more; main is checked out."""
        self.git("switch", "-q", "-c", "other")
        self.commit("theirs", **theirs)
        self.git("switch", "-q", "main")
        self.commit("ours", **ours)

    def reports(self) -> list[str]:
        """The reports of conflicts that lie beside files."""
        return sorted(path.name for path in self.directory.rglob("*.waifusync-conflicts.json"))

    def status(self) -> str:
        """What git calls changed, unmerged or unknown."""
        return self.git("status", "--porcelain").out

    def set_driver(self, command: str, *, name: str = "waifusync-sqlite") -> None:
        self.git("config", f"merge.{name}.driver", command)


def rows_of(file: Path) -> dict[str, str]:
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return dict(connection.execute("SELECT key, text FROM notes"))
