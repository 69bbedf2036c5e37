"""What two devices do to the same memories while apart: inserts, as many edits, a tenth of that deleted.

The sides edit and delete other rows, so that every merge has one right answer; ids of new rows are far apart,
because engines that merge by primary key would take two new rows of one number for one.
"""

from __future__ import annotations

import random
import sqlite3
from typing import NamedTuple

from experiments.bench.data import INSERT, memories

SIDES = ("laptop", "jetson")
_FAR = 10_000_000


class Done(NamedTuple):
    """How many of each."""

    inserted: int
    edited: int
    deleted: int


def change(connection: sqlite3.Connection, side: str, changed: int, rows: int, *, far: int = _FAR) -> Done:
    """In the caller's transaction. Two sides delete other rows than they edit, so every deletion counts."""
    place = SIDES.index(side)
    chosen = random.Random(0).sample(range(1, rows + 1), 2 * changed + 2 * (changed // 10))
    edits, deletions = chosen[: 2 * changed], chosen[2 * changed :]
    texts = memories(changed, seed=40 + place)
    updates = ((text.ai_response, row) for text, row in zip(texts, edits[place::2], strict=True))
    connection.executemany("UPDATE memories SET ai_response = ? WHERE id = ?", updates)
    connection.executemany("DELETE FROM memories WHERE id = ?", ((row,) for row in deletions[place::2]))
    statement = INSERT.replace("(", "(id, ", 1).replace("VALUES (", "VALUES (?, ")
    first = far * (place + 1)
    new = memories(changed, seed=50 + place, device=side)
    connection.executemany(statement, ((first + number, *each) for number, each in enumerate(new)))
    return Done(changed, changed, len(deletions[place::2]))
