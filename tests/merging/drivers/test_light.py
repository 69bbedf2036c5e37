"""Git starts the driver anew for each file: what it imports costs more than what it does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.companions import INSTALLED, World
from tests.merging.drivers.repository import Repository
from tests.timing import ratio

HEAVY = {
    "asyncio",
    "git",
    "numpy",
    "rich",
    "sqlite_utils",
    "typer",
    "watchdog",
    "subprocess",
    "hashlib",
    "socket",
}
FOREIGN_FOLDERS = ("waifusync.memory", "waifusync.log", "waifusync.repository")


def test_the_driver_imports_one_kind_of_merge_and_none_of_what_a_companion_needs(world: World) -> None:
    words = versions(world)
    program = (
        "import sys; from waifusync.cli.main import main\n"
        f"assert main(['merge-driver', '--', *{words!r}]) == 0\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    found = set(done.stdout.split())
    assert not found & HEAVY
    assert not [name for name in found if name.startswith(FOREIGN_FOLDERS)]
    assert not [
        name for name in found if name.startswith(("waifusync.merging.arrays", "waifusync.merging.sess"))
    ]


def test_a_hundred_rows_are_merged_in_under_five_times_an_empty_python(world: World) -> None:
    base, ours, theirs, *rest = versions(world)
    again = (
        f"cp {ours}.kept {ours} && exec {INSTALLED} merge-driver -- {base} {ours} {theirs} {' '.join(rest)}"
    )
    shutil.copy(ours, f"{ours}.kept")
    empty = ["sh", "-c", f"cp {ours}.kept {ours} && exec {sys.executable} -c pass"]
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    assert ratio(["sh", "-c", again], empty, where=world.folder, environment=environment) < 5


def versions(world: World) -> list[str]:
    """A hundred rows, ten changed on either side, as git hands them over."""
    files = []
    for name in ("base", "ours", "theirs"):
        made = Repository(world, name)
        made.directory.mkdir()
        made.write(**{f"key{number}": "x" * 100 for number in range(100)})
        files.append(str(made.database))
    Repository(world, "ours").write(**{f"mine{number}": "m" for number in range(10)})
    Repository(world, "theirs").write(**{f"yours{number}": "y" for number in range(10)})
    return [*files, "7", str(Path("notes.db"))]
