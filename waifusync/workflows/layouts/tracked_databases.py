"""Repositories in which people track their memory.db themselves: how they come in.

The file as it is now, with what a program may still have beside it, is copied where git does not reach
before anything is committed; its rows are taken in when the companion is there. What older commits and other
branches have of it is for a person to import.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from waifusync.config import Layout
from waifusync.memory.connection import explained, open_foreign
from waifusync.repository.git import Git
from waifusync.repository.layout import SNAPSHOT
from waifusync.repository.objects import ls_tree
from waifusync.workflows.importing import import_database
from waifusync.workflows.settling import Settled

TRACKED = (SNAPSHOT, "shared_memory.db")
_FOLDER = "found"


def set_aside_tracked(git: Git, tip: str | None, layout: Layout) -> list[str]:
    """Copies what is tracked; gives the paths that are to leave git. Raises NotADatabase."""
    tracked = [path for path in TRACKED if tip is not None and path in ls_tree(git, tip, path)]
    for path in tracked:
        copy = git.state_directory / _FOLDER / path.replace("/", "_")
        if (git.directory / path).is_file() and not copy.exists():
            _copy(git.directory / path, copy)
    return [path for path in tracked if path == SNAPSHOT and layout is Layout.LOG]


def _copy(path: Path, copy: Path) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True)
    beside = copy.with_name(f".{copy.name}")
    beside.unlink(missing_ok=True)
    source = open_foreign(path)
    with explained(path), contextlib.closing(source), contextlib.closing(sqlite3.connect(beside)) as target:
        source.backup(target)
    beside.rename(copy)


def take_in_found(settled: Settled) -> Settled:
    """The rows of the copies, also when an earlier `init` was interrupted before it came to them."""
    folder = settled.companion.git.state_directory / _FOLDER
    for path in TRACKED:
        copy = folder / path.replace("/", "_")
        if copy.exists():
            imported = import_database(settled.companion, copy)
            rows = sum(imported.added.values())
            settled.warnings.append(
                f"{path} was in git already: {rows} {'row' if rows == 1 else 'rows'} taken in; for another "
                f"version of it: git show COMMIT:{path} > FILE.db, then waifusync import FILE.db"
            )
            copy.unlink()
    return settled
