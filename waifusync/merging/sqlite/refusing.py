"""Rows that one side has, and that a constraint which only the other side made does not let in."""

from __future__ import annotations

import sqlite3

from waifusync.core.values import Stored
from waifusync.merging.files import CannotMerge
from waifusync.merging.sqlite.binding import key_text
from waifusync.merging.sqlite.plan import Joint
from waifusync.merging.sqlite.shape import read_tables


def refuse_new_constraint(joint: Joint, reason: str, key: tuple[Stored, ...]) -> None:
    """Raises CannotMerge: its own side let the row in."""
    raise CannotMerge(
        f"rows of {joint.name} that one side has break a constraint that the other has added: {reason}"
        f" (the row {key_text(key)})",
        hint="make the rows or the constraint fit on one side, commit that, and merge again",
    )


def refuse_new_unique(connection: sqlite3.Connection, joint: Joint, key: tuple[Stored, ...]) -> None:
    """Raises CannotMerge where the merged table has a UNIQUE that theirs has not."""
    merged, theirs = (set(read_tables(connection, side)[joint.name].uniques) for side in ("main", "theirs"))
    if merged - theirs:
        refuse_new_constraint(joint, "UNIQUE constraint failed", key)
