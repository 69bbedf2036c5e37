"""One live table: how its rows are told apart, read, hashed and written.

A `numbered` table's rows are known by a local rowid, which never travels. A `named` table has a declared key
of its own (text, composite, or a reference), which is the row's identity on every device.
"""

from __future__ import annotations

import functools
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from waifusync.core import digest
from waifusync.core.tables import TableShape, is_literal, quote
from waifusync.core.values import RawText, Stored, to_stored, to_travel
from waifusync.errors import RefusedError
from waifusync.memory.connection import any_text
from waifusync.values import dataclass, field


@dataclass(frozen=True, slots=True)
class LiveTable:
    """Everything about a table that reading and writing rows needs, worked out once per run.

    `is_named`: known by a declared key, not by a local row number; `key_columns` are that key, or the rowid.
    `is_atomic`: the row, not the field, is what wins or loses.
    `references` maps a column to the table whose rows it numbers; `ordinals` says where each column's hash
    lies in a record's `fields`, for columns that are gone here too.
    """

    id: int
    shape: TableShape
    ordinals: dict[str, int]
    references: Mapping[str, str]
    vectors: Mapping[str, str]
    defaults: Mapping[str, Stored]
    rowid: str
    is_atomic: bool = False
    columns: tuple[str, ...] = field(init=False)
    is_named: bool = field(init=False)
    key_columns: tuple[str, ...] = field(init=False)
    _read: str = field(init=False)
    _where: str = field(init=False)

    def __post_init__(self) -> None:
        alias, primary = self.shape.rowid_alias, self.shape.primary_key
        is_named = bool(primary) and (alias is None or alias in self.references)
        columns = tuple(each.name for each in self.shape.columns if is_named or each.name != alias)
        keys = primary if is_named else (self.rowid,)
        where = " AND ".join(f"{quote(column)} IS ?" for column in keys)
        names = ", ".join(map(quote, columns)) or "NULL"
        worked_out = {
            "columns": columns,
            "is_named": is_named,
            "key_columns": keys,
            "_where": where,
            "_read": f"SELECT {names} FROM {quote(self.name)} WHERE {where}",
        }
        for name, value in worked_out.items():
            object.__setattr__(self, name, value)

    @property
    def name(self) -> str:
        return self.shape.name

    def value(self, row: Sequence[Stored], name: str) -> Stored:
        """One column of a row that `read` gave."""
        return row[self.columns.index(name)]

    def key_of(self, hashes: Mapping[str, bytes]) -> str:
        """The key of a row of a named table."""
        return named_key(self.name, [hashes[name] for name in self.key_columns])

    def places_where(
        self, connection: sqlite3.Connection, column: str, numbers: Iterable[int]
    ) -> list[tuple[Stored, ...]]:
        """Where the rows are that hold one of these numbers in a column: one scan for all of them."""
        keys = ", ".join(map(quote, self.key_columns))
        among = f"{quote(column)} IN (SELECT value FROM json_each(?))"
        query = f"SELECT {keys} FROM {quote(self.name)} WHERE {among}"
        return connection.execute(query, (json.dumps(list(numbers)),)).fetchall()

    def read(self, connection: sqlite3.Connection, place: Sequence[Stored]) -> tuple[Stored, ...] | None:
        """The row at a place (rowid, or declared key), its columns in the order of `columns`."""
        try:
            row = connection.execute(*self._at(self._read, place)).fetchone()
        except sqlite3.OperationalError:
            # Text that is not UTF-8, which reading everything more carefully would make all rows pay for.
            with any_text(connection):
                row = connection.execute(*self._at(self._read, place)).fetchone()
        return None if row is None else row[: len(self.columns)]

    def _at(self, statement: str, place: Sequence[Stored]) -> tuple[str, Sequence[Stored]]:
        """A statement that ends in the place, whose text may not be UTF-8."""
        if not self.is_named or not any(isinstance(value, RawText) for value in place):
            return statement, place
        keys = zip(self.key_columns, place, strict=True)
        where = " AND ".join(f"{quote(column)} IS {placeholder(value)}" for column, value in keys)
        return statement.replace(self._where, where), place

    def token(self, place: Sequence[Stored]) -> int | str:
        """A place as one value, which is how a record remembers it."""
        if not self.is_named:
            assert isinstance(place[0], int)
            return place[0]
        return json.dumps([to_travel(value) for value in place], ensure_ascii=False)

    def place(self, token: int | str) -> tuple[Stored, ...]:
        """The inverse of token."""
        return (token,) if isinstance(token, int) else tuple(map(to_stored, json.loads(token)))

    def insertion(self, names: Sequence[str]) -> str:
        """The statement that inserts a row of these columns, at a row number before them where it has one."""
        columns = tuple(names) if self.is_named else (self.rowid, *names)
        return _insertion(self.name, columns, ("?",) * len(columns))

    def insert(self, connection: sqlite3.Connection, token: int | str, values: Mapping[str, Stored]) -> None:
        """Raises sqlite3.IntegrityError where a constraint of this device forbids the row."""
        names = [name for name in values if name in self.columns]
        bound = [values[name] for name in names]
        if not self.is_named:
            names, bound = [self.rowid, *names], [token, *bound]
        marks = tuple(map(placeholder, bound))
        connection.execute(_insertion(self.name, tuple(names), marks), bound)

    def update(
        self, connection: sqlite3.Connection, place: Sequence[Stored], values: Mapping[str, Stored]
    ) -> None:
        """Raises sqlite3.IntegrityError likewise; columns that are gone here are passed over."""
        names = [name for name in values if name in self.columns]
        if names:
            assignments = ", ".join(f"{quote(name)} = {placeholder(values[name])}" for name in names)
            statement, _ = self._at(f"UPDATE {quote(self.name)} SET {assignments} WHERE {self._where}", place)
            connection.execute(statement, [*(values[name] for name in names), *place])

    def change_of(self, names: Sequence[str]) -> str:
        """The statement that changes these columns of a row that has a number; wants them bound, then it."""
        return _change(self.name, tuple(names), self._where)

    def delete(self, connection: sqlite3.Connection, place: Sequence[Stored]) -> None:
        connection.execute(*self._at(f"DELETE FROM {quote(self.name)} WHERE {self._where}", place))

    def hash_of(self, name: str, value: Stored) -> bytes:
        """The hash of a plain value; one that equals the column's default counts as unset."""
        if name in self.defaults:
            default = self.defaults[name]
            if value == default and type(value) is type(default):
                return digest.UNSET
        elif value is None:
            return digest.UNSET
        return digest.field_hash(value)

    def pack(self, hashes: Mapping[str, bytes]) -> bytes:
        """Field hashes as a record keeps them: by ordinal. Raises KeyError for a name without one."""
        if not self.ordinals.keys() >= hashes.keys():
            raise KeyError(self.name)
        return b"".join([hashes.get(name, digest.UNSET) for name in self.ordinals])

    def unpack(self, packed: bytes) -> dict[str, bytes]:
        """The inverse: every known column with its hash."""
        size = digest.FIELD_BYTES
        return {
            name: packed[place * size : (place + 1) * size] or digest.UNSET
            for name, place in self.ordinals.items()
        }

    def record_hash(self, key: str, hashes: Mapping[str, bytes]) -> int:
        return digest.record_hash(self.name, key, hashes.items())


@functools.lru_cache(maxsize=256)
def _insertion(table: str, names: tuple[str, ...], marks: tuple[str, ...]) -> str:
    """The statement; row after row has the same columns. Of a named table none may be here any more."""
    if not names:
        return f"INSERT INTO {quote(table)} DEFAULT VALUES"
    return f"INSERT INTO {quote(table)} ({', '.join(map(quote, names))}) VALUES ({', '.join(marks)})"


@functools.lru_cache(maxsize=256)
def _change(table: str, names: tuple[str, ...], where: str) -> str:
    assignments = ", ".join(f"{quote(name)} = ?" for name in names)
    return f"UPDATE {quote(table)} SET {assignments} WHERE {where}"


def placeholder(value: Stored) -> str:
    """Where a value is bound: text that is not UTF-8 can only be handed over as bytes."""
    return "CAST(? AS TEXT)" if isinstance(value, RawText) else "?"


def named_key(table: str, parts: Sequence[bytes]) -> str:
    """The key of a row that its table's declared key identifies, from the hashes of that key's values."""
    return "=" + _content_hash(table, parts)


def adopted_key(table: str, hashes: Mapping[str, bytes], occurrence: int) -> str:
    """The key of a row that was there before waifusync: its content, so that copies agree on it."""
    parts = [
        part
        for name in sorted(hashes)
        if hashes[name] != digest.UNSET
        for part in (name.encode(), hashes[name])
    ]
    return f"~{_content_hash(table, parts)}" + (f".{occurrence}" if occurrence > 1 else "")


def _content_hash(table: str, parts: Sequence[bytes]) -> str:
    packed = json.dumps([table, *(part.hex() for part in parts)]).encode()
    return hashlib.sha256(packed).hexdigest()[:24]


def share_in_common(
    table: LiveTable, row: Sequence[Stored], hashes: Mapping[str, bytes], before: Mapping[str, bytes]
) -> float:
    """How much of a row, by length, is as it was before; what was never set says nothing either way."""
    if all(before.get(name) == each for name, each in hashes.items()):
        return 1.0
    unset = {name for name in hashes if digest.UNSET == hashes[name] == before.get(name, digest.UNSET)}
    sizes = {
        name: len(str(value))
        for name, value in zip(table.columns, row, strict=True)
        if value is not None and name not in unset
    }
    same = sum(size for name, size in sizes.items() if before.get(name) == hashes[name])
    return same / max(sum(sizes.values()), 1)


def rowid_name(shape: TableShape) -> str:
    """A name that means the rowid in this table; a column may have taken some of them."""
    if shape.rowid_alias is not None:
        return shape.rowid_alias
    taken = {column.name.lower() for column in shape.columns} | {name.lower() for name in shape.generated}
    for name in ("rowid", "_rowid_", "oid"):
        if name not in taken:
            return name
    raise RefusedError(
        f"table {shape.name} has columns named rowid, _rowid_ and oid, so its rows cannot be told apart",
        hint="give it a primary key, or list it under exclude in waifusync.toml",
    )


def constant_defaults(connection: sqlite3.Connection, shape: TableShape) -> dict[str, Stored]:
    """The values that rows have which were there before a column was added."""
    found: dict[str, Stored] = {}
    for column in shape.columns:
        if column.default is not None and is_literal(column.default) and column.default.upper() != "NULL":
            (value,) = connection.execute(
                f"SELECT CAST({column.default} AS {_affinity(column.type)})"
                if _affinity(column.type)
                else f"SELECT {column.default}"
            ).fetchone()
            found[column.name] = value
    return found


def _affinity(kind: str) -> str:
    """SQLite's rules for a declared type, as a CAST that does the same to a constant."""
    upper = kind.upper()
    if "INT" in upper:
        return "INTEGER"
    if any(part in upper for part in ("CHAR", "CLOB", "TEXT")):
        return "TEXT"
    if any(part in upper for part in ("REAL", "FLOA", "DOUB")):
        return "REAL"
    return ""
