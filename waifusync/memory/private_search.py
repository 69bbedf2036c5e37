"""Looking for words in what stays on this device: read afresh each time, so no index on a disk holds it."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from waifusync.core.tables import quote
from waifusync.memory.ledger import Ledger
from waifusync.memory.private import columns_of, is_there, private_key
from waifusync.memory.schema import PRIVATE
from waifusync.memory.search import SHOWN, Found, Wanted, column_of, conditions_of, found_of, match_expression
from waifusync.memory.search_index import COLUMNS, spaced
from waifusync.values import replace


def search_private(live_path: Path, ledger: Ledger, wanted: Wanted) -> list[Found]:
    """The best first, as `search` finds them; costs what there is of it."""
    if not is_there(ledger.connection):
        return []
    expression = match_expression(wanted.query)
    with contextlib.closing(sqlite3.connect("file::memory:", uri=True)) as connection:
        connection.execute("ATTACH ? AS live", (f"{live_path.absolute().as_uri()}?mode=ro",))
        columns = columns_of(connection, PRIVATE)
        if expression:
            _index(connection, columns)
        return _find(connection, columns, expression, wanted, ledger.device_number(ledger.device))


def _index(connection: sqlite3.Connection, columns: dict[str, str]) -> None:
    connection.create_function("spaced", 1, lambda text: spaced(text) if isinstance(text, str) else None)
    names = [name for name in COLUMNS if name in columns]
    listed, texts = ", ".join(names), ", ".join(f"spaced({quote(name)})" for name in names)
    connection.execute(
        f"CREATE VIRTUAL TABLE words USING fts5({', '.join(COLUMNS)}, content='',"
        " tokenize='unicode61 remove_diacritics 2')"
    )
    connection.execute(f"INSERT INTO words (rowid, {listed}) SELECT id, {texts} FROM live.{PRIVATE}")


def _find(
    connection: sqlite3.Connection, columns: dict[str, str], expression: str, wanted: Wanted, own: int
) -> list[Found]:
    conditions, values = conditions_of(columns, expression, wanted)
    shown = ", ".join(column_of(columns, name) for name in SHOWN)
    words = "words JOIN" if expression else ""
    found = connection.execute(
        f"SELECT t.id, {shown}, {'words.rank' if expression else '0.0'}"
        f" FROM {words} live.{PRIVATE} AS t {'ON t.id = words.rowid' if expression else ''}"
        f" JOIN (SELECT {own} AS device) AS r WHERE {' AND '.join(conditions)}"
        f" ORDER BY {'words.rank, ' if expression else ''}t.id DESC LIMIT ?",
        [*values, wanted.limit],
    )
    return [replace(found_of(private_key(row), own, *rest), is_private=True) for row, *rest in found]
