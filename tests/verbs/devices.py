"""Devices as the tests see them: a folder, the installed command, and a program's own connection."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.forked import run_installed


@dataclass(frozen=True)
class Ran:
    """A finished command."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Device:
    """One device's copy of a companion."""

    directory: Path

    def run(self, *arguments: str | Path, **environment: str) -> Ran:
        words = ["-C", str(self.directory), *map(str, arguments)]
        done = run_installed(words, where=Path.cwd(), environment={**os.environ, **environment})
        return Ran(done.returncode, done.stdout, done.stderr)

    def ok(self, *arguments: str | Path, **environment: str) -> Ran:
        """Fails the test unless the command exits with 0."""
        ran = self.run(*arguments, **environment)
        assert ran.status == 0, ran.out + ran.err
        return ran

    @property
    def live(self) -> Path:
        """Where programs write: what `waifusync path` prints in every layout."""
        return self.directory / ".git" / "waifusync" / "memory.db"

    def execute(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """What a chat program does: plain SQL, its own connection, foreign keys on."""
        connection = sqlite3.connect(self.live)
        try:
            connection.execute("PRAGMA foreign_keys=ON")
            with connection:
                return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def say(self, text: str, answer: str = "", **columns: object) -> None:
        """One turn of a conversation, as a program writes it."""
        values = {"user_input": text, "ai_response": answer, **columns}
        marks = ", ".join("?" * len(values))
        self.execute(f"INSERT INTO memories ({', '.join(values)}) VALUES ({marks})", *values.values())

    def texts(self) -> list[str]:
        return [row[0] for row in self.execute("SELECT user_input FROM memories ORDER BY 1")]

    def digest(self) -> str:
        return str(self.ok("commit", "--json").json["digest"])


def make_device(directory: Path, name: str, remote: Path | None = None, layout: str = "log") -> Device:
    """A new companion."""
    device = Device(directory)
    directory.mkdir()
    of_layout = () if layout == "log" else ("--layout", layout)
    device.ok("init", "--device", name, *of_layout, *(("--remote", remote) if remote else ()))
    return device


def join_device(directory: Path, name: str, remote: Path) -> Device:
    directory.mkdir()
    device = Device(directory)
    device.ok("join", remote, ".", "--device", name)
    return device


def bare_repository(path: Path) -> Path:
    subprocess.run(["git", "init", "-q", "--bare", "--initial-branch=main", str(path)], check=True)
    return path
