"""Whether rows of this database are kept in the log only, and how many: cheap enough for everybody to ask."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from waifusync.memory.ledger import SHELVING_FORMAT, Ledger
from waifusync.memory.states import State

if TYPE_CHECKING:
    from waifusync.memory.records import Records
    from waifusync.memory.rows import LiveTable

IS_SHELVED = f"state = {int(State.SHELVED)}"
WANTED = f"""SELECT r.id FROM waifusync_pending AS p JOIN waifusync_records AS r ON r.key = p.key
    WHERE r.{IS_SHELVED} UNION
    SELECT r.id FROM waifusync_aside AS a, json_each(a.content) AS each JOIN waifusync_records AS r
    ON r.key = json_extract(each.value, '$.k') WHERE each.type = 'object' AND r.{IS_SHELVED}"""


def may_be_shelved(ledger: Ledger) -> bool:
    """False where no row of this database was ever put aside, or all came back."""
    return int(ledger.meta("format") or 0) >= SHELVING_FORMAT


def are_wanted(ledger: Ledger) -> bool:
    """Whether there is anything for `take_wanted`."""
    return may_be_shelved(ledger) and ledger.connection.execute(WANTED).fetchone() is not None


def shelved_counts(ledger: Ledger) -> dict[str, int]:
    """How many rows of each table are in the log only."""
    if not may_be_shelved(ledger):
        return {}
    rows = ledger.connection.execute(
        "SELECT t.name, count(*) FROM waifusync_records AS r JOIN waifusync_tables AS t ON t.id = r.tbl"
        f" WHERE r.{IS_SHELVED} GROUP BY r.tbl ORDER BY t.name"
    )
    return dict(rows.fetchall())


def next_shelved(connection: sqlite3.Connection, *, after: int, limit: int) -> list[int]:
    """Records that are in the log only, in the order in which they came."""
    query = f"SELECT id FROM waifusync_records WHERE {IS_SHELVED} AND id > ? ORDER BY id LIMIT ?"
    return [number for (number,) in connection.execute(query, (after, limit)).fetchall()]


def shelved_by_content(table: LiveTable, records: Records) -> dict[bytes, list[int]]:
    """Those of a table by the hashes of what they hold, so that an older copy of one is known."""
    if table.is_named or not may_be_shelved(records.ledger):
        return {}
    rows = records.connection.execute(
        f"SELECT id, fields FROM waifusync_records WHERE tbl = ? AND {IS_SHELVED} ORDER BY id", (table.id,)
    )
    found: dict[bytes, list[int]] = {}
    for number, fields in rows:
        found.setdefault(table.pack(table.unpack(fields)), []).append(number)
    return found
