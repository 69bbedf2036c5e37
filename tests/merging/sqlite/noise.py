"""`python -m tests.merging.sqlite.noise`: merges of full-text indexes that are noise, as many as you like."""

from __future__ import annotations

import argparse
import random
import resource
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from tests.merging.sqlite import hostile
from waifusync.merging import sqlite as databases
from waifusync.merging.files import CannotMerge, Versions

SHARED = "CREATE VIRTUAL TABLE found USING fts5 (text); INSERT INTO found VALUES ('before');"
_MOST_MEBIBYTES = 32
_LONGEST_BLOCK = 200
_ADDRESS_SPACE = 4 << 30  # so that what fails does not take the machine with it


def spoil(path: Path, chance: random.Random) -> None:
    """Every block of the index, and now and then what it says of its format."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        for (block,) in connection.execute("SELECT id FROM found_data").fetchall():
            noise = chance.randbytes(chance.randrange(4, _LONGEST_BLOCK))
            connection.execute("UPDATE found_data SET block = ? WHERE id = ?", (noise, block))
        if chance.random() < 0.2:
            connection.execute("UPDATE found_config SET k = ?, v = 99", (chance.choice(("version", "x")),))


def merge(folder: Path) -> None:
    """base.db, ours.db and theirs.db into out.db, in this process. Raises CannotMerge."""
    base, ours, theirs = (folder / f"{name}.db" for name in ("base", "ours", "theirs"))
    databases.merge(Versions(base, ours, theirs), folder / "out.db")


def found(folder: Path, words: str) -> list[str]:
    """What the index of out.db finds, which is whole."""
    with closing(sqlite3.connect(folder / "out.db")) as connection:
        connection.execute("INSERT INTO found (found) VALUES ('integrity-check')")
        rows = connection.execute("SELECT text FROM found WHERE found MATCH ? ORDER BY 1", (words,))
        return [text for (text,) in rows]


def _try(folder: Path, chance: random.Random) -> bool:
    """Whether the merge is right, with noise on one side or several, in a table that is new or was there."""
    is_new = chance.random() < 0.5
    theirs = SHARED if is_new else "INSERT INTO found VALUES ('new')"
    hostile.set_up(folder, hostile.sql(f";{theirs}"), more="" if is_new else SHARED)
    spoil(folder / "theirs.db", chance)
    for side in () if is_new else ("base", "ours"):
        if chance.random() < 0.5:
            spoil(folder / f"{side}.db", chance)
    try:
        merge(folder)
    except CannotMerge:
        return False
    return found(folder, "before OR new") == (["before"] if is_new else ["before", "new"])


def _peak_mebibytes() -> float:
    scale = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.merging.sqlite.noise")
    parser.add_argument("--merges", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chance, wrong, before = random.Random(options.seed), 0, 0.0
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    for _ in range(options.merges):
        with tempfile.TemporaryDirectory() as folder:
            wrong += not _try(Path(folder), chance)
        before = before or _peak_mebibytes()
    grown = _peak_mebibytes() - before
    print(f"{options.merges} merges of noise, {wrong} failed; the process grew by {grown:.0f} MiB")
    return 1 if wrong or grown > _MOST_MEBIBYTES else 0


if __name__ == "__main__":
    sys.exit(main())
