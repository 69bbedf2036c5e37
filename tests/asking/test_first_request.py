"""How soon `ask` sends its first request: what it imports before, and how much time it takes in all."""

from __future__ import annotations

import subprocess
import sys

from tests.asking.conftest import EASY, Both
from tests.companions import INSTALLED, clean_environment
from tests.timing import ratio

HEAVY = {"asyncio", "git", "numpy", "rich", "sqlite3", "sqlite_utils", "tempfile", "typer", "watchdog"}
WORDS = ["ask", EASY, "--no-remember", "--json"]


def test_nothing_heavy_and_no_live_database_stands_before_the_first_request(both: Both) -> None:
    program = (
        "import sys; from waifusync.cli.main import main\n"
        f"assert main({WORDS!r}) == 0\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    where = both.laptop.directory
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=True)
    found = set(done.stderr.split())
    assert both.small.asked("/api/chat")
    assert not found & HEAVY
    assert not [name for name in found if name.startswith("waifusync.memory")]


def test_asking_takes_less_than_twelve_empty_pythons(both: Both) -> None:
    """300 ms on a machine where an empty Python takes 20: measured as a ratio, because machines are busy."""
    environment = clean_environment(both.laptop.world.home)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command, empty = [str(INSTALLED), *WORDS], [sys.executable, "-c", "pass"]
    assert ratio(command, empty, where=both.laptop.directory, environment=environment) < 12
