"""What commit, push, pull and sync say, through the installed command."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

INSTALLED = Path(sys.executable).parent / "waifusync"


def _run(place: Path, *arguments: str) -> tuple[str, str]:
    done = subprocess.run([INSTALLED, *arguments], cwd=place, check=True, capture_output=True, text=True)
    return done.stdout, done.stderr


def _say(database: Path, text: str) -> None:
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("INSERT INTO memories (user_input) VALUES (?)", (text,))
    connection.close()


def test_an_ordinary_exchange_has_nothing_to_repair(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "--bare", "remote.git"], cwd=tmp_path, check=True)
    _run(tmp_path, "init", "laptop", "--device", "laptop", "--remote", "remote.git")
    _run(tmp_path, "-C", "laptop", "push")
    _run(tmp_path, "join", "remote.git", "jetson", "--device", "jetson")
    said = []
    for turn in range(2):
        for device in ("laptop", "jetson"):
            _say(tmp_path / device / "shared_memory" / "memory.db", f"{device} {turn}")
        said += [
            _run(tmp_path, "-C", device, verb) for device in ("laptop", "jetson") for verb in ("push", "pull")
        ]
    assert [error for _, error in said] == [""] * len(said)
    assert "Pushed 1 change and took in 1 from laptop.\n" in [answer for answer, _ in said]
