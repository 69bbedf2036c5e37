"""Databases made to do harm, and a merge of them that is watched: what it does, takes and leaves."""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.companions import INSTALLED, clean_environment

BASE = """
CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, mood TEXT);
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT);
CREATE INDEX by_name ON people (name);
WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 200)
    INSERT INTO people SELECT i, 'person ' || i, 'calm' FROM n;
INSERT INTO settings VALUES ('colour', 'red'), ('size', 'small');
"""
OURS = "INSERT INTO people VALUES (201, 'of ours', 'glad'); INSERT INTO settings VALUES ('ours', 'yes');"
ADDED_BY_OURS = {("of ours", "glad"), ("ours", "yes")}
# Something to merge, so that whatever lies in wait is come upon.
THEIRS = "INSERT INTO people VALUES (202, 'of theirs', 'glad'); UPDATE people SET mood = 'sad' WHERE id = 7;"

Attack = Callable[[Path], None]
# A process that reads a file of 100 kilobytes and takes more than this was made to.
SECONDS, MEBIBYTES = 2.0, 256
_ADDRESS_SPACE = 3 << 30  # so that a test that fails does not take the machine with it


@dataclass(frozen=True)
class Outcome:
    """How the merge ended; `left` is what it left in its folder, `rows` what the result has."""

    code: int
    said: str
    seconds: float
    mebibytes: float
    left: set[str]
    are_inputs_untouched: bool
    rows: set[tuple[object, ...]] | None
    damage: list[object]

    @property
    def is_refused(self) -> bool:
        return 2 < self.code < 70 and self.rows is None


def sql(script: str, *, first: str = THEIRS) -> Attack:
    """Done to a copy of base, after an honest change."""

    def attack(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(first + script)

    return attack


def schema_edit(statement: str, *, first: str = "") -> Attack:
    """A statement on the table that holds the schema, which SQLite lets nobody write by accident."""
    return sql(f"{first} PRAGMA writable_schema = ON; {statement};")


def set_up(folder: Path, attack: Attack, *, more: str = "") -> None:
    """base.db, ours.db and theirs.db, which was attacked; `more` is in all three."""
    _write(folder / "base.db", BASE + more)
    for name, script in (("ours.db", OURS), ("theirs.db", "")):
        (folder / name).write_bytes((folder / "base.db").read_bytes())
        _write(folder / name, script)
    attack(folder / "theirs.db")


def _write(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("PRAGMA synchronous = OFF;" + script)


# Started by a small process: what a process used at most counts from its parent's size on.
_MEASURED = """
import os, sys
process = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(process, 0)
with open(sys.argv[1], "w") as file:
    print(used.ru_utime + used.ru_stime, used.ru_maxrss, file=file)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def merge(folder: Path) -> Outcome:
    """`waifusync merge-file` in a process of its own."""
    before = _bytes(folder)
    words = ["merge-file", "base.db", "ours.db", "theirs.db", "-o", "out.db"]
    with (folder.parent / "said").open("w+b") as said:
        process = subprocess.Popen(
            [sys.executable, "-S", "-c", _MEASURED, str(folder.parent / "used"), str(INSTALLED), *words],
            cwd=folder,
            env=clean_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            preexec_fn=_limit,
        )
        process.wait()
        said.seek(0)
        told = said.read().decode()
    out = folder / "out.db"
    after = {name: data for name, data in _bytes(folder).items() if name != out.name}
    rows, damage = _result(out) if out.exists() else (None, [])
    seconds, most = map(float, (folder.parent / "used").read_text().split())
    scale = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Outcome(
        code=process.returncode,
        said=told,
        seconds=seconds,
        mebibytes=most / scale,
        left=after.keys() - before.keys(),
        are_inputs_untouched=all(after.get(name) == data for name, data in before.items()),
        rows=rows,
        damage=damage,
    )


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def _result(out: Path) -> tuple[set[tuple[object, ...]], list[object]]:
    with closing(sqlite3.connect(out)) as connection:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.text_factory = lambda data: data.decode(errors="replace")
        rows = connection.execute("SELECT name, mood FROM people UNION ALL SELECT name, value FROM settings")
        found = set(rows)
        damage = [row for row in connection.execute("PRAGMA integrity_check(3)") if row != ("ok",)]
    return found, damage


def rows_of_ours(folder: Path) -> set[tuple[object, ...]]:
    return _result(folder / "ours.db")[0]


def told(outcome: Outcome) -> str:
    """For the message of a test that fails."""
    return json.dumps([outcome.code, outcome.said[-2000:], sorted(outcome.left)], ensure_ascii=False)
