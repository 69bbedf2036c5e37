"""Noticing that tables are new or that their triggers are gone: SQLite counts its schema changes itself.

                        no record of it yet             records of it
has its triggers        nothing to do                   nothing to do, unless a full look was asked for
has not                 all its rows are new            compared: its rows prove nothing
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from waifusync.memory import tracking
from waifusync.memory.ledger import Ledger
from waifusync.memory.schema import schema_version

if TYPE_CHECKING:
    from waifusync.memory.catalog import Catalog
    from waifusync.memory.encoding import VectorLookup
    from waifusync.memory.folding import EntryLookup
    from waifusync.memory.rows import LiveTable
    from waifusync.memory.terms import Compared


def needs_look(ledger: Ledger) -> bool:
    """Whether tables, columns or triggers changed since `note_looked`."""
    return ledger.meta("schema_version") != schema_version(ledger.connection)


def note_looked(ledger: Ledger) -> None:
    """What the schema is now, is known."""
    if needs_look(ledger):
        ledger.set_meta("schema_version", schema_version(ledger.connection))


@contextmanager
def own_change(ledger: Ledger) -> Iterator[None]:
    """A table of our own is no change of the schema that anybody has to look at."""
    was_known = not needs_look(ledger)
    yield
    if was_known:
        note_looked(ledger)


def track_new(connection: sqlite3.Connection, catalog: Catalog) -> list[LiveTable]:
    """Begins to track tables that were never tracked; gives back those that were, and lost their triggers."""
    untracked = [table for table in catalog.tables.values() if not tracking.is_tracked(connection, table)]
    known = [table for table in untracked if _has_records(connection, table)]
    for table in untracked:
        if table not in known:
            tracking.track(connection, table)
            tracking.mark_everything(connection, table)
    return known


def look_again(
    ledger: Ledger,
    catalog: Catalog,
    entries: EntryLookup,
    vectors: VectorLookup,
    *,
    now: int,
    full: bool = False,
    accept_deletions: bool = False,
) -> Compared:
    """Within the caller's transaction, the gate being closed."""
    from waifusync.memory.collecting import Collector
    from waifusync.memory.comparing import Comparer
    from waifusync.memory.terms import Compared

    connection = ledger.connection
    known = track_new(connection, catalog)
    for table in known:
        tracking.track(connection, table)
    suspects = [
        table for table in catalog.tables.values() if full or table in known or _may_be_renumbered(table)
    ]
    if not suspects:
        return Compared()
    Collector(ledger, catalog, wall_milliseconds=now).collect(accept_deletions=accept_deletions)
    comparer = Comparer(ledger, catalog, entries, vectors, now=now)
    with tracking.silence(connection):
        for table in suspects:
            comparer.compare(table, was_untracked=table in known)
        comparer.settle()
    return comparer.compared


def _may_be_renumbered(table: LiveTable) -> bool:
    """VACUUM, which moves the schema version too, gives new rowids where no column holds them."""
    return not table.is_named and table.shape.rowid_alias is None


def _has_records(connection: sqlite3.Connection, table: LiveTable) -> bool:
    row = connection.execute("SELECT 1 FROM waifusync_records WHERE tbl = ? LIMIT 1", (table.id,)).fetchone()
    return row is not None
