"""Looking for words in the memories: what a person typed, asked of the index and of the live rows it names.

The index only says which records have the words; the rows, and whether they still live, are the database's.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterator
from pathlib import Path

from waifusync.core.tables import quote
from waifusync.memory.cache_file import use_cache
from waifusync.memory.connection import any_text
from waifusync.memory.ledger import Ledger
from waifusync.memory.records import State
from waifusync.memory.rows import LiveTable
from waifusync.memory.search_index import COLUMNS, SearchIndex, spaced
from waifusync.values import dataclass

# Of more memories than these that have all the words, only the newest are ranked: ranking looks at each, and
# words that are nearly everywhere tell little about any.
_MOST_RANKED = 5_000
_VERSION = "current.doc"
# So many of the best are looked at together, whether they live.
_AT_ONCE = 50
SHOWN = ("timestamp", "device_id", "conversation_id", "model_used", *COLUMNS)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for. `also_called` are other names that the device has had, `devices` the local numbers of
    devices whose programs may have left device_id out;
    `since` and `until` are instants in UTC that SQLite understands."""

    query: str
    limit: int
    device: str | None = None
    also_called: tuple[str, ...] = ()
    devices: tuple[int, ...] = ()
    conversation: str | None = None
    since: str | None = None
    until: str | None = None

    @property
    def is_narrowed(self) -> bool:
        return any(each is not None for each in (self.device, self.conversation, self.since, self.until))


@dataclass(frozen=True, slots=True)
class Found:
    """A memory that was looked for; `device` is what its program wrote, `born` the device that told it.
    `rank` is bm25: the smaller, the better; 0 where the texts were looked through one by one.
    `duplicates`: the keys of those that it stands for."""

    key: str
    born: int
    timestamp: str | None
    device: str | None
    conversation: str | None
    model: str | None
    texts: tuple[str | None, ...]
    rank: float
    duplicates: tuple[str, ...] = ()
    is_private: bool = False


def search(path: Path, live_path: Path, ledger: Ledger, table: LiveTable, wanted: Wanted) -> list[Found]:
    """The best first; the index at `path` is brought up to date before, and made anew when it is damaged."""
    parts = match_parts(wanted.query)

    def look(connection: sqlite3.Connection) -> list[Found]:
        SearchIndex(connection, ledger, table).bring_up_to_date()
        connection.execute("ATTACH ? AS live", (f"{live_path.absolute().as_uri()}?mode=ro",))
        expression = " ".join(parts)
        before = _too_old_to_rank(connection, parts, wanted)
        found = _find(connection, table, expression, wanted, before=before)
        if before and len(found) < wanted.limit:  # of many of the newest, no memory lives any more
            found = _find(connection, table, expression, wanted)
        return found

    return use_cache(path, look)


def match_expression(query: str) -> str:
    """What a person typed, as FTS5 wants it; "" when there is no letter or digit to look for."""
    return " ".join(match_parts(query))


def match_parts(query: str) -> list[str]:
    """Every word must occur, "words in quotes" in that order; with a star after it, what begins with it."""
    parts = []
    query = query.replace("\0", " ").encode("utf-8", "replace").decode()
    for phrase, word in re.findall(r'"([^"]*)"?|(\S+)', query):
        text = spaced(phrase or word).replace('"', " ").strip()
        if any(letter.isalnum() for letter in text):
            star = "*" if word.endswith("*") else ""
            parts.append(f'"{text}"{star}')
    return parts


def _find(
    connection: sqlite3.Connection, table: LiveTable, expression: str, wanted: Wanted, *, before: int = 0
) -> list[Found]:
    """Without words, the newest first; with them the best, of versions after `before`."""
    if not expression:
        conditions, values = conditions_of(table.columns, expression, wanted)
        asked = f"{_shown(table, '0.0')} WHERE {' AND '.join(conditions)} ORDER BY r.id DESC LIMIT ?"
        with any_text(connection):
            return [found_of(*row) for row in connection.execute(asked, [*values, wanted.limit])]
    asked = "SELECT rowid, rank FROM words WHERE words MATCH ? AND rowid > ? ORDER BY rank, rowid DESC"
    ranked, found = connection.execute(asked, (expression, before)), list[Found]()
    # Most of what is ranked is never shown: reading the rows themselves costs ten times as much.
    while len(found) < wanted.limit and (some := ranked.fetchmany(_AT_ONCE)):
        found += _living(connection, table, some, wanted)
    return found[: wanted.limit]


def _living(
    connection: sqlite3.Connection, table: LiveTable, ranked: list[tuple[int, float]], wanted: Wanted
) -> Iterator[Found]:
    """Those of which a memory lives that is wanted, in their order."""
    conditions, values = narrowing(table.columns, wanted)
    marks = ", ".join("?" * len(ranked))
    asked = " AND ".join((f"{_shown(table, _VERSION)} WHERE {_VERSION} IN ({marks})", *conditions))
    with any_text(connection):
        rows = connection.execute(asked, [*(doc for doc, _ in ranked), *values]).fetchall()
    by_version = {row[-1]: row[:-1] for row in rows}
    return (found_of(*by_version[doc], rank) for doc, rank in ranked if doc in by_version)


def _shown(table: LiveTable, last: str) -> str:
    """Living records and what is shown of them, and one thing more."""
    records = "live.waifusync_records AS r"
    # CROSS: SQLite would rather begin with all records of the table.
    versions = f"current CROSS JOIN {records} ON r.id = current.record"
    columns = ", ".join(column_of(table.columns, name) for name in SHOWN)
    return (
        f"SELECT r.key, r.device, {columns}, {last} FROM {versions if last == _VERSION else records}"
        f" CROSS JOIN live.{quote(table.name)} AS t ON t.{quote(table.rowid)} = r.row"
        f" AND +r.tbl = {table.id} AND r.state = {int(State.PLACED)}"
    )


def _too_old_to_rank(connection: sqlite3.Connection, parts: list[str], wanted: Wanted) -> int:
    """The newest version of a memory that is left out; 0 for none. Whoever asks for a time or a device gets
    all of it, and so does who asks for words in order: to know how many there are is to look at them all."""
    if not parts or wanted.is_narrowed or any(" " in part for part in parts):
        return 0
    asked = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT 1 OFFSET ?"
    before = 0
    for expression in dict.fromkeys((*parts, " ".join(parts))):
        row = connection.execute(asked, (expression, _MOST_RANKED)).fetchone()
        if row is None:
            return 0
        (before,) = row
    return before


def found_of(key: str, born: int, *columns: object) -> Found:
    """`columns` are SHOWN, and the rank."""
    *shown, rank = columns
    timestamp, device, conversation, model, *texts = map(_text, shown)
    assert isinstance(rank, float)
    return Found(key, born, timestamp, device, conversation, model, tuple(texts), rank)


def conditions_of(
    columns: Collection[str], expression: str, wanted: Wanted
) -> tuple[list[str], list[object]]:
    """For a row `t`, born on the device of the local number `r.device`, and what `words` hold of it."""
    if expression:
        conditions, values = ["words MATCH ?"], [expression]
    else:
        texts = [column_of(columns, name) for name in COLUMNS]
        conditions = ["(" + " OR ".join(f"instr({text}, ?)" for text in texts) + ")"]
        values = [wanted.query.strip()] * len(texts)
    narrower, more = narrowing(columns, wanted)
    return [*conditions, *narrower], [*values, *more]


def narrowing(columns: Collection[str], wanted: Wanted) -> tuple[list[str], list[object]]:
    """What else is asked of a row `t`."""
    conditions: list[str] = []
    more: list[object] = []
    if wanted.device is not None:
        unnamed = ", ".join("?" * len(wanted.devices))
        device = column_of(columns, "device_id")
        names = dict.fromkeys((wanted.device, *wanted.also_called))
        marks = ", ".join("?" * len(names))
        conditions.append(f"({device} IN ({marks}) OR ({device} IS NULL AND r.device IN ({unnamed})))")
        more += [*names, *wanted.devices]
    if wanted.conversation is not None:
        conditions.append(f"{column_of(columns, 'conversation_id')} = ?")
        more.append(wanted.conversation)
    for instant, comparison in ((wanted.since, ">="), (wanted.until, "<")):
        if instant is not None:
            conditions.append(f"julianday({column_of(columns, 'timestamp')}) {comparison} julianday(?)")
            more.append(instant)
    return conditions, more


def column_of(columns: Collection[str], name: str) -> str:
    """NULL for a column that somebody took away."""
    return f"t.{quote(name)}" if name in columns else "NULL"


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if value is None or isinstance(value, str) else str(value)
