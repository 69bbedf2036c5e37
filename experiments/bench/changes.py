"""What two devices do to the same memories while apart: inserts, as many edits, a tenth of that deleted.

The sides edit and delete other rows, so that every merge has one right answer; ids of new rows are far apart,
because engines that merge by primary key would take two new rows of one number for one.
"""

from __future__ import annotations

import random
import sqlite3
from typing import NamedTuple

from experiments.bench.data import INSERT, Memory, memories

SIDES = ("laptop", "jetson")
_FAR = 10_000_000
_INSERT_WITH_ID = INSERT.replace("(", "(id, ", 1).replace("VALUES (", "VALUES (?, ")


class Changes(NamedTuple):
    """New answers by row, rows to delete, new memories by row."""

    edited: dict[int, str]
    deleted: list[int]
    inserted: dict[int, Memory]


def changes(side: str, changed: int, rows: int) -> Changes:
    """What this side does to so many memories."""
    place = SIDES.index(side)
    chosen = random.Random(0).sample(range(1, rows + 1), 2 * changed + 2 * (changed // 10))
    texts = memories(changed, seed=40 + place)
    edited = {row: text.ai_response for row, text in zip(chosen[place : 2 * changed : 2], texts, strict=True)}
    new = memories(changed, seed=50 + place, device=side)
    inserted = dict(enumerate(new, start=_FAR * (place + 1)))
    return Changes(edited, chosen[2 * changed + place :: 2], inserted)


def rows_after(changed: int, rows: int) -> int:
    """How many there are when both sides' changes are in one place."""
    return rows + 2 * changed - 2 * (changed // 10)


def change(connection: sqlite3.Connection, side: str, changed: int, rows: int) -> None:
    """In the caller's transaction."""
    done = changes(side, changed, rows)
    updates = ((text, row) for row, text in done.edited.items())
    connection.executemany("UPDATE memories SET ai_response = ? WHERE id = ?", updates)
    connection.executemany("DELETE FROM memories WHERE id = ?", ((row,) for row in done.deleted))
    connection.executemany(_INSERT_WITH_ID, ((row, *each) for row, each in done.inserted.items()))
