"""One number for one record: rows of base and theirs get the numbers that their records have in ours.

row of base or theirs         gets
its record is in ours         the number that it has there (theirs: or in base)
not, and its number is free   keeps it
not, and its number is taken  a number that no version has

A row that no record is known of is the row of that number in base, or a row of its own. `here` is what stands
under which number by now, `there` is the version at hand, and a key that begins with # stands for such a row.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator

from waifusync.core.sql_text import quote
from waifusync.merging.files import CannotMerge
from waifusync.merging.sqlite.joining import execute_definition
from waifusync.merging.sqlite.referring import referring_columns
from waifusync.merging.sqlite.shape import read_tables

_LARGEST = (1 << 63) - 1
_TABLES = (
    "here (tbl TEXT, row INTEGER, key TEXT, in_base INTEGER, PRIMARY KEY (tbl, row)) WITHOUT ROWID",
    "there (tbl TEXT, row INTEGER, key TEXT, new INTEGER, mid INTEGER, PRIMARY KEY (tbl, row)) WITHOUT ROWID",
    "known (tbl TEXT, row INTEGER, key TEXT, PRIMARY KEY (tbl, row)) WITHOUT ROWID",
)


def note_rows(connection: sqlite3.Connection, side: str, tables: Iterable[str], keys: str) -> None:
    """What stands in the version that is `main`, and where it will; `keys` lists (table, row, key)."""
    for table in _TABLES:
        connection.execute(f"CREATE TABLE IF NOT EXISTS standing.{table}")
    connection.execute("CREATE UNIQUE INDEX IF NOT EXISTS standing.here_keys ON here (tbl, key)")
    connection.execute("CREATE INDEX IF NOT EXISTS standing.there_mids ON there (tbl, mid)")
    for name in ("there", "known"):
        connection.execute(f"DELETE FROM standing.{name}")
    if (
        side == "theirs"
    ):  # what two sides wrote, and no record is known of, is two rows; base's own are found again
        connection.execute("UPDATE standing.here SET key = NULL WHERE key GLOB '#*' AND NOT in_base")
    connection.execute(f"INSERT OR IGNORE INTO standing.known {keys}")
    shapes = read_tables(connection, "main")
    for name in shapes.keys() & set(tables):
        number = quote(shapes[name].alias or "")
        connection.execute(
            f"INSERT INTO standing.there SELECT ?1, s.{number}, coalesce(k.key, '#' || s.{number}), NULL,"
            f" NULL FROM main.{quote(name)} AS s LEFT JOIN standing.known AS k"
            f" ON k.tbl = ?1 AND k.row = s.{number}",
            (name,),
        )
    _decide(connection)
    _place(connection, side)


def _decide(connection: sqlite3.Connection) -> None:
    """`new` for each row that cannot stay where it is."""
    connection.execute(
        "UPDATE standing.there AS t SET new = (SELECT h.row FROM standing.here AS h"
        " WHERE h.tbl = t.tbl AND h.key = t.key) WHERE EXISTS (SELECT 1 FROM standing.here AS h"
        " WHERE h.tbl = t.tbl AND h.key = t.key AND h.row <> t.row)"
    )
    homeless = connection.execute(
        "SELECT t.tbl, t.row FROM standing.there AS t JOIN standing.here AS h USING (tbl, row)"
        " WHERE t.new IS NULL AND h.key IS NOT t.key ORDER BY 1, 2"
    ).fetchall()
    tops = _tops(connection)
    for table, row in homeless:
        tops[table] += 1
        connection.execute(
            "UPDATE standing.there SET new = ? WHERE tbl = ? AND row = ?", (tops[table], table, row)
        )
    moved = connection.execute("SELECT tbl, row FROM standing.there WHERE new IS NOT NULL").fetchall()
    for table, row in moved:  # by way of a number that nobody has: two rows may change places
        tops[table] += 1
        connection.execute(
            "UPDATE standing.there SET mid = ? WHERE tbl = ? AND row = ?", (tops[table], table, row)
        )
    if any(top > _LARGEST for top in tops.values()):
        raise CannotMerge("no row number is left")


def _tops(connection: sqlite3.Connection) -> dict[str, int]:
    rows = connection.execute(
        "SELECT tbl, max(row) FROM (SELECT tbl, row FROM standing.here"
        " UNION ALL SELECT tbl, row FROM standing.there) GROUP BY tbl"
    )
    return {table: max(0, top) for table, top in rows}


def _place(connection: sqlite3.Connection, side: str) -> None:
    """Into `here`, for the versions that follow: ours first, then base."""
    if side == "theirs":
        return
    connection.execute(
        "INSERT INTO standing.here SELECT tbl, coalesce(new, row), key, ? FROM standing.there WHERE true"
        " ON CONFLICT (tbl, row) DO UPDATE SET in_base = 1",
        (side == "base",),
    )


def move_rows(connection: sqlite3.Connection, side: str) -> None:
    """Does in `main` what was decided, with every column that refers to those numbers."""
    moved = connection.execute("SELECT DISTINCT tbl FROM standing.there WHERE new IS NOT NULL").fetchall()
    if not moved:
        return
    shapes = read_tables(connection, "main")
    with _without_triggers(connection):
        for (table,) in moved:
            own = (table, shapes[table].alias or "")
            for old, new in (("row", "mid"), ("mid", "new")):
                for name, column in (own, *referring_columns(shapes, table)):
                    _renumber(connection, (name, column), table, (old, new))


def _renumber(
    connection: sqlite3.Connection, place: tuple[str, str], parent: str, step: tuple[str, str]
) -> None:
    (name, column), (old, new) = map(quote, place), step
    moves = "FROM standing.there AS m WHERE m.tbl = ? AND m.new IS NOT NULL"
    connection.execute(
        f"UPDATE main.{name} SET {column} = (SELECT m.{new} {moves} AND m.{old} = {name}.{column})"
        f" WHERE {column} IN (SELECT m.{old} {moves})",
        (parent, parent),
    )


@contextlib.contextmanager
def _without_triggers(connection: sqlite3.Connection) -> Iterator[None]:
    triggers = connection.execute(
        "SELECT name, sql FROM main.sqlite_master WHERE type = 'trigger'"
    ).fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER main.{quote(name)}")
    yield
    for _, sql in triggers:
        execute_definition(connection, sql)
