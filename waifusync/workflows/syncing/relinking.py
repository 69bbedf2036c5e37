"""`shared_memory/memory.db` is a link, so that git cannot reach the data; here it is kept one.

`git clean -fdx` takes the link away, and a chat program that starts next makes itself a new database in its
place. The rows of that one are taken in, then it is moved to .git/waifusync/aside with what SQLite keeps
beside it; a crash between the two makes the next look take them in again, which changes nothing.
"""

from __future__ import annotations

import os
from pathlib import Path

from waifusync.config import Layout
from waifusync.errors import WaifusyncError
from waifusync.memory.live import LiveMemory
from waifusync.workflows.companion import LINK, Companion
from waifusync.workflows.syncing.outcome import Outcome

_BESIDE = ("-wal", "-journal", "-shm")


def make_link(companion: Companion, layout: Layout) -> bool:
    """True when made anew; anything that is no link stays, for `relink` to take in, or, in the layout
    `database`, because it is git's."""
    link = companion.root / LINK
    if layout is Layout.DATABASE:
        return False
    if companion.git.is_bare or (os.path.lexists(link) and not link.is_symlink()):
        return False
    target = companion.state.live
    if not os.path.isabs(target):
        target = os.path.relpath(os.path.realpath(companion.live_path), os.path.realpath(link.parent))
    if link.is_symlink() and os.readlink(link) == target:
        return False
    link.unlink(missing_ok=True)
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(target)
    return True


def relink(companion: Companion, memory: LiveMemory, outcome: Outcome, layout: Layout) -> None:
    """The link, whatever stands in its place; says what was done. The database must know its own log."""
    place = companion.root / LINK
    if layout is Layout.DATABASE:
        return
    if os.path.lexists(place) and not place.is_symlink() and not companion.git.is_bare:
        count = _take_in(memory, place, outcome)
        aside = _move_aside(companion, place)
        # A program that still had it open may have written until just now.
        count += _take_in(memory, aside, outcome)
        outcome.repaired.append(
            f"a file stood in the place of the link {LINK}: {count} rows of it were new and are taken in, "
            f"and it is kept as {aside}"
        )
        make_link(companion, layout)
    elif make_link(companion, layout):
        outcome.repaired.append(f"the link {LINK} was gone: made again")


def _take_in(memory: LiveMemory, place: Path, outcome: Outcome) -> int:
    """The rows that were new; what cannot be read is kept all the same."""
    if not place.is_file() or not place.stat().st_size:
        return 0
    try:
        return sum(memory.import_file(place).added.values())
    except WaifusyncError as error:
        outcome.warnings.append(f"{place} could not be taken in: {error.message}")
        return 0


def _move_aside(companion: Companion, place: Path) -> Path:
    import secrets

    folder = companion.git.state_directory / "aside"
    folder.mkdir(exist_ok=True)
    aside = folder / f"memory.{secrets.token_hex(4)}.db"
    place.rename(aside)
    for ending in _BESIDE:
        beside = place.with_name(place.name + ending)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + ending))
    return aside
