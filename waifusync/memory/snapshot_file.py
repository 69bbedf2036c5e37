"""What a snapshot is: a SQLite file with the person's tables of one moment, and three tables of ours.

    waifusync_files     path and content of every log and vector file, as the layout `log` would have them
    waifusync_rows      which record each row is, and a hash of what it held when it was written
    waifusync_snapshot  the format, and for each table a hash of all its rows

The hashes tell what somebody changed by hand; nothing here is needed to read the person's tables.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from waifusync.core.digest import value_bytes
from waifusync.core.tables import TableShape, quote
from waifusync.core.values import Stored, to_travel
from waifusync.memory.rows import rowid_name
from waifusync.memory.schema import read_shape, travelling_tables

FORMAT = 1
# Noted in one that git merged: its logs are whole, and its tables are to be written afresh.
UNITED = "united"
TABLES: Mapping[str, tuple[str, ...]] = {
    "waifusync_files": ("path", "content"),
    "waifusync_rows": ("tbl", "row", "key", "hash"),
    "waifusync_snapshot": ("name", "value"),
}
STATEMENTS = (
    "CREATE TABLE waifusync_files (path TEXT PRIMARY KEY, content BLOB) WITHOUT ROWID",
    "CREATE TABLE waifusync_rows (tbl TEXT, row, key TEXT, hash BLOB, PRIMARY KEY (tbl, row)) WITHOUT ROWID",
    "CREATE TABLE waifusync_snapshot (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
)
_HASH_BYTES = 8
_MODULUS = 1 << 128
# How every zlib stream begins that is not made for a smaller window; no log and no vector file does.
_ZLIB = 0x78

RowHash = tuple["int | str", bytes]


def packed(content: bytes) -> bytes:
    """As waifusync_files keeps it: a zlib stream where that is smaller."""
    smaller = zlib.compress(content, 6)
    return smaller if len(smaller) < len(content) or content[:1] == bytes([_ZLIB]) else content


def unpacked(content: bytes, *, most_bytes: int) -> bytes:
    """The inverse. Raises ValueError for a stream that is damaged, or that holds more than it may."""
    if content[:1] != bytes([_ZLIB]):
        return content
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(content, most_bytes)
    except zlib.error:
        raise ValueError("is damaged") from None
    if stream.unconsumed_tail:
        raise ValueError(f"holds more than {most_bytes} bytes")
    if not stream.eof or stream.unused_data:
        raise ValueError("is damaged")
    return data


class TableRows:
    """The rows of one table of a file, as hashes: no value of a memory leaves this class."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._connection = connection
        self.shape = read_shape(connection, name)
        alias, key = self.shape.rowid_alias, self.shape.primary_key
        self.is_named = bool(key) and alias is None
        self._keys = key if self.is_named else (rowid_name(self.shape),)
        self._columns = tuple(sorted(each.name for each in self.shape.columns))

    def __iter__(self) -> Iterator[RowHash]:
        """Each row's place (its number, or its declared key as JSON) and the hash of what it holds."""
        names = ", ".join(map(quote, (*self._keys, *self._columns)))
        width = len(self._keys)
        for row in self._connection.execute(f"SELECT {names} FROM {quote(self.shape.name)}"):
            yield self._place(row[:width]), _hash(self._columns, row[width:])

    def _place(self, keys: Sequence[Stored]) -> int | str:
        if self.is_named:
            return json.dumps([to_travel(value) for value in keys], ensure_ascii=False)
        assert isinstance(keys[0], int)
        return keys[0]

    def digest(self, rows: Iterable[RowHash]) -> str:
        """Of the whole table, in whatever order its rows come."""
        total = sum(int.from_bytes(_blake(_measured(str(place)) + each), "big") for place, each in rows)
        return f"{(total + _of_shape(self.shape)) % _MODULUS:032x}"


def tables_of(connection: sqlite3.Connection, exclude: Iterable[str] = ()) -> list[TableRows]:
    """The person's tables, parents first."""
    return [TableRows(connection, name) for name in travelling_tables(connection, exclude)]


def _hash(columns: Sequence[str], row: Sequence[Stored]) -> bytes:
    told = b"".join(
        _measured(name) + _measured(value_bytes(value))
        for name, value in zip(columns, row)
        if value is not None
    )
    return hashlib.blake2b(told, digest_size=_HASH_BYTES).digest()


def _of_shape(shape: TableShape) -> int:
    return int.from_bytes(_blake(_measured(",".join(sorted(each.name for each in shape.columns)))), "big")


def _measured(part: str | bytes) -> bytes:
    data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
    return len(data).to_bytes(8, "big") + data


def _blake(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
