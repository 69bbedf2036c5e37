"""What a fresh ledger has that the live database has not, carried over by SQL in one transaction.

Rows are compared by value and type. What is the same is not touched, so a healthy database is hardly written
to; what the live one had instead is kept in a file beside it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from waifusync.core.tables import add_column_statement, create_statement, quote
from waifusync.memory import tracking
from waifusync.memory.catalog import Catalog, load_catalog
from waifusync.memory.connection import transaction
from waifusync.memory.ledger import Ledger
from waifusync.memory.noticing import needs_look, note_looked
from waifusync.memory.schema import read_shape, travelling_tables
from waifusync.memory.terms import Choices
from waifusync.values import dataclass, field

_LEDGER = {
    "waifusync_devices": ("id",),
    "waifusync_tables": ("id",),
    "waifusync_records": ("id",),
    "waifusync_touches": ("record", "device", "number"),
    "waifusync_clashes": ("record", "field", "loser_device", "loser"),
    "waifusync_documents": ("record", "field"),
    "waifusync_aside": ("record",),
    "waifusync_pending": ("record", "field"),
}


@dataclass(slots=True)
class Swapped:
    """By table: rows that were not there, that were others, and that should not have been there."""

    added: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    ledger: int = 0

    @property
    def rows(self) -> int:
        return sum(sum(each.values()) for each in (self.added, self.changed, self.removed))


@dataclass(frozen=True, slots=True)
class _Table:
    """`place` numbers its temporary tables; `keys` tell rows apart, `columns` are all that is compared."""

    place: int
    name: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]

    def _same(self, names: Sequence[str], one: str, other: str) -> str:
        return " AND ".join(f"{one}.{quote(name)} IS {other}.{quote(name)}" for name in names) or "1"

    def _equal(self) -> str:
        # IS would take 1 for 1.0, and in a NOCASE column a for A.
        parts = [
            f"typeof(a.{quote(n)}) = typeof(b.{quote(n)}) AND a.{quote(n)} IS b.{quote(n)} COLLATE BINARY"
            for n in self.columns
        ]
        return " AND ".join(parts) or "1"

    def compare(self, connection: sqlite3.Connection) -> None:
        """Into temp.gone_N and temp.new_N: the keys of rows that only one side has just so."""
        keys = ", ".join(f"a.{quote(key)} AS k{number}" for number, key in enumerate(self.keys))
        for found, side, other in (("gone", "main", "fresh"), ("new", "fresh", "main")):
            connection.execute(f"DROP TABLE IF EXISTS temp.{found}_{self.place}")
            connection.execute(
                f"CREATE TEMP TABLE {found}_{self.place} AS SELECT {keys} FROM {side}.{quote(self.name)} AS a"
                f" WHERE NOT EXISTS (SELECT 1 FROM {other}.{quote(self.name)} AS b"
                f" WHERE {self._same(self.keys, 'b', 'a')} AND {self._equal()})"
            )

    def leave(self, connection: sqlite3.Connection, marks: str) -> None:
        """What is marked was written by a program since it was last collected: it is newer than the log."""
        pairs = " AND ".join(f"m.k{number} IS g.k{number}" for number in range(len(self.keys)))
        for found in ("gone", "new"):
            connection.execute(
                f"DELETE FROM temp.{found}_{self.place} AS g"
                f" WHERE EXISTS (SELECT 1 FROM {marks} AS m WHERE {pairs})"
            )

    def _among(self, found: str, alias: str) -> str:
        pairs = " AND ".join(f"g.k{n} IS {alias}.{quote(key)}" for n, key in enumerate(self.keys))
        if len(self.keys) == 1:
            return f"{alias}.{quote(self.keys[0])} IN (SELECT k0 FROM temp.{found}_{self.place})"
        return f"EXISTS (SELECT 1 FROM temp.{found}_{self.place} AS g WHERE {pairs})"

    def count(self, connection: sqlite3.Connection) -> tuple[int, int, int]:
        """Rows to add, to change and to remove."""
        gone, new = (
            connection.execute(f"SELECT count(*) FROM temp.{found}_{self.place}").fetchone()[0]
            for found in ("gone", "new")
        )
        if not gone or not new:
            return new, 0, gone
        pairs = " AND ".join(f"g.k{number} IS n.k{number}" for number in range(len(self.keys)))
        (both,) = connection.execute(
            f"SELECT count(*) FROM temp.new_{self.place} AS n"
            f" WHERE EXISTS (SELECT 1 FROM temp.gone_{self.place} AS g WHERE {pairs})"
        ).fetchone()
        return new - both, both, gone - both

    def keep(self, connection: sqlite3.Connection) -> None:
        """What the live database has instead, in the file that is attached as `kept`."""
        names = ", ".join(quote(name) for name in dict.fromkeys((*self.keys, *self.columns)))
        connection.execute(
            f"CREATE TABLE kept.{quote(self.name)} AS SELECT {names} FROM main.{quote(self.name)} AS a"
            f" WHERE {self._among('gone', 'a')}"
        )

    def carry_over(self, connection: sqlite3.Connection) -> None:
        """Deletes before it inserts, so that rows may exchange what is unique."""
        table = quote(self.name)
        names = ", ".join(quote(name) for name in dict.fromkeys((*self.keys, *self.columns)))
        connection.execute(f"DELETE FROM main.{table} AS a WHERE {self._among('gone', 'a')}")
        connection.execute(
            f"INSERT INTO main.{table} ({names}) SELECT {names} FROM fresh.{table} AS a"
            f" WHERE {self._among('new', 'a')}"
        )


class Swapper:
    """Between a live database and the file of a fresh ledger that nobody writes to meanwhile."""

    def __init__(self, live: sqlite3.Connection, choices: Choices) -> None:
        self.connection = live
        self._choices = choices

    def attach(self, fresh: Path, kept: Path) -> None:
        self.connection.execute("ATTACH ? AS fresh", (str(fresh),))
        self.connection.execute("ATTACH ? AS kept", (str(kept),))

    def detach(self) -> None:
        for name in ("fresh", "kept"):
            self.connection.execute(f"DETACH {name}")

    def fits(self) -> bool:
        """False when both made a table meanwhile, under different numbers: the fresh ledger is to be made
        again."""
        row = self.connection.execute(
            "SELECT 1 FROM main.waifusync_tables AS a JOIN fresh.waifusync_tables AS b ON b.name = a.name"
            " WHERE b.id <> a.id LIMIT 1"
        ).fetchone()
        return row is None

    def swap(self, fresh: sqlite3.Connection, *, is_last_try: bool) -> Swapped | None:
        """None when a program wrote meanwhile: collect, bring the fresh ledger up to date, and try again.

        The last try compares within the transaction, so that nobody can come in between, and leaves alone
        what programs wrote since the last collecting: beside a busy one, there is always something.
        """
        tables = None
        version = self._version()
        if not is_last_try and self._has_all_tables(fresh):
            tables = self._compared()
        with transaction(self.connection):
            if self._was_written(version if tables is not None else None, may_be_marked=is_last_try):
                return None
            with tracking.silence(self.connection):
                swapped = self._carry_over(fresh, tables)
            note_looked(Ledger(self.connection))
        return swapped

    def _version(self) -> int:
        return int(self.connection.execute("PRAGMA main.data_version").fetchone()[0])

    def _was_written(self, version: int | None, *, may_be_marked: bool) -> bool:
        if version is not None and version != self._version():
            return True
        if needs_look(Ledger(self.connection)):
            return True
        return not may_be_marked and tracking.has_marks(self.connection, self._catalog().tables)

    def _has_all_tables(self, fresh: sqlite3.Connection) -> bool:
        return not any(self._missing(fresh))

    def _missing(self, fresh: sqlite3.Connection) -> list[str]:
        """The statements that make the tables and columns which only the fresh ledger has."""
        statements = []
        here = {name.lower(): name for name in travelling_tables(self.connection, self._choices.exclude)}
        for name in travelling_tables(fresh, self._choices.exclude):
            shape = read_shape(fresh, name)
            if name.lower() not in here:
                statements.append(create_statement(shape))
                continue
            known = read_shape(self.connection, here[name.lower()])
            had = {each.name.lower() for each in known.columns} | {each.lower() for each in known.generated}
            statements += [
                add_column_statement(name, each) for each in shape.columns if each.name.lower() not in had
            ]
        return statements

    def _tables(self) -> list[_Table]:
        """The person's first; the ledger's after them."""
        found = [
            _Table(place, table.name, table.key_columns, table.columns)
            for place, table in enumerate(self._catalog().tables.values())
        ]
        for name, keys in _LEDGER.items():
            columns = self.connection.execute("SELECT name FROM pragma_table_info(?)", (name,)).fetchall()
            found.append(_Table(len(found), name, keys, tuple(column for (column,) in columns)))
        return found

    def _catalog(self) -> Catalog:
        return load_catalog(self.connection, self._choices)

    def _compared(self) -> list[_Table]:
        tables = self._tables()
        for table in tables:
            table.compare(self.connection)
        return tables

    def _carry_over(self, fresh: sqlite3.Connection, tables: list[_Table] | None) -> Swapped:
        if tables is None:
            self._make_missing(fresh)
            tables = self._compared()
            self._leave_what_is_marked(tables)
        swapped = Swapped()
        for table in tables:
            added, changed, removed = table.count(self.connection)
            if table.name in _LEDGER:
                swapped.ledger += added + changed + removed
            else:
                for counts, count in (
                    (swapped.added, added),
                    (swapped.changed, changed),
                    (swapped.removed, removed),
                ):
                    if count:
                        counts[table.name] = count
                if changed or removed:
                    table.keep(self.connection)
            if added or changed or removed:
                table.carry_over(self.connection)
            if table.name == "waifusync_records":
                self._note_changed(table.place)
        self._carry_over_meta()
        return swapped

    def _leave_what_is_marked(self, tables: list[_Table]) -> None:
        live = self._catalog().tables
        for table in tables:
            if table.name in live:
                table.leave(self.connection, tracking.marks_table(live[table.name]))

    def _make_missing(self, fresh: sqlite3.Connection) -> None:
        # First, so that triggers and marks get the numbers that the fresh ledger knows the tables by.
        self.connection.execute(
            "INSERT INTO main.waifusync_tables SELECT * FROM fresh.waifusync_tables"
            " WHERE name NOT IN (SELECT name FROM main.waifusync_tables)"
        )
        statements = self._missing(fresh)
        for statement in statements:
            self.connection.execute(statement)
        if statements:
            for table in self._catalog().tables.values():
                tracking.track(self.connection, table)

    def _note_changed(self, place: int) -> None:
        """For whoever keeps something derived, such as the search index."""
        for found in ("gone", "new"):
            self.connection.execute(
                f"INSERT OR IGNORE INTO waifusync_changed SELECT k0 FROM temp.{found}_{place}"
            )

    def _carry_over_meta(self) -> None:
        """What only counts up; the rest (what was pushed, who this is) is not in the log."""
        self.connection.execute(
            "INSERT INTO waifusync_meta SELECT name, value FROM fresh.waifusync_meta"
            " WHERE name = 'clock' OR name GLOB 'ordinal:*'"
            " ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)"
        )
