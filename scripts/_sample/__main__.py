"""Makes the sample companion out of conversations.py, with the installed command and plain SQL.

The times in it are those of the conversations, to the minute: the command's clock is moved, and the writing
program has a clock of its own. Ids are drawn anew each time, so making it again replaces every file.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

from conversations import FORGOTTEN, MODELS, ROUNDS, Turn

ROOT = Path(__file__).parents[2]
INSTALLED = Path(sys.executable).parent / "waifusync"
FOLDERS = ("shared_memory", "device_contexts", "experiments")
BEGINNING = "2026-03-01T08:00:00"
FACTS = """CREATE TABLE facts (
    id INTEGER PRIMARY KEY, source_memory_id INTEGER REFERENCES memories(id), fact TEXT)"""
MEMORY = """INSERT INTO memories (timestamp, device_id, conversation_id, user_input, ai_response, model_used)
    VALUES (?, ?, ?, ?, ?, ?)"""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="waifusync-sample-") as name:
        place = Path(name)
        _settle(place)
        for turns in ROUNDS:
            _live_through(place, turns)
        _run(place, _last_moment(ROUNDS[-1]), "-C", "laptop", "pull")
        _replace(place / "laptop")


def _settle(place: Path) -> None:
    subprocess.run(
        ["git", "init", "-q", "--bare", "--initial-branch=main", "remote.git"], cwd=place, check=True
    )
    _run(place, BEGINNING, "init", "laptop", "--device", "laptop", "--remote", "remote.git")
    with sqlite3.connect(place / "laptop" / "shared_memory" / "memory.db") as connection:
        connection.execute(FACTS)
    connection.close()
    _run(place, BEGINNING, "-C", "laptop", "push")
    _run(place, BEGINNING, "join", "remote.git", "jetson", "--device", "jetson")


def _live_through(place: Path, turns: dict[str, tuple[Turn, ...]]) -> None:
    """Both devices write while they are apart; then each pushes, which takes in what the other said."""
    for device, said in turns.items():
        _write(place / device / "shared_memory" / "memory.db", device, said, _last_moment(turns))
    for device in turns:
        _run(place, _last_moment(turns), "-C", device, "push")


def _write(database: Path, device: str, turns: tuple[Turn, ...], now: str) -> None:
    """`now` is what the command's clock will show when it collects these rows."""
    connection = sqlite3.connect(database, isolation_level=None)
    for turn in turns:
        _set_clock(connection, seconds_ago=_seconds(now) - _seconds(turn.moment))
        said = (turn.moment, device, turn.conversation, turn.user, turn.answer, MODELS[device])
        row = connection.execute(MEMORY, said).lastrowid
        if turn.fact:
            connection.execute("INSERT INTO facts (source_memory_id, fact) VALUES (?, ?)", (row, turn.fact))
    if all(turn.user != FORGOTTEN for turn in turns):
        connection.execute("DELETE FROM memories WHERE user_input = ?", (FORGOTTEN,))
    connection.close()


def _set_clock(connection: sqlite3.Connection, *, seconds_ago: float) -> None:
    """SQLite's clock, in this one program: what the triggers ask for the time."""
    julian = (time.time() - seconds_ago) / 86_400 + 2_440_587.5
    connection.create_function("julianday", 1, lambda _: julian)


def _run(place: Path, moment: str, *arguments: str) -> None:
    environment = {**os.environ, "WAIFUSYNC_CLOCK_OFFSET": str(_seconds(moment) - time.time())}
    subprocess.run([INSTALLED, *arguments], cwd=place, env=environment, check=True)


def _last_moment(turns: dict[str, tuple[Turn, ...]]) -> str:
    return max(turn.moment for said in turns.values() for turn in said)


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).replace(tzinfo=timezone.utc).timestamp()


def _replace(made: Path) -> None:
    """The files take the place of the older ones; .gitignore and .gitattributes stay the project's."""
    for folder in FOLDERS:
        shutil.rmtree(ROOT / folder, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=made, check=True, capture_output=True, text=True)
    for path in listed.stdout.split("\0"):
        if path and not path.startswith(".git"):
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(made / path, ROOT / path)


if __name__ == "__main__":
    main()
