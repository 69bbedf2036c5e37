"""Reading links: all of them, or those by which a few memories hang together with others.

The latter asks two indexes: the keys of links begin with their first memory, and an index of our own knows
the second. A device that never looked for duplicates has no such index, and reads all.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator

from waifusync.core.learning.collections import LINKS, key_of
from waifusync.core.matching.links import Link
from waifusync.memory.learned import read_collection

_INDEX = "waifusync_links_second"
# Only links have such a field; one of another collection would be read in vain.
MAKE_INDEX = f"CREATE INDEX IF NOT EXISTS {_INDEX} ON waifusync_documents (value) WHERE field = 'second'"
_BY_FIRST = "SELECT id FROM waifusync_records WHERE key > ? AND key < ?"
_BY_SECOND = "SELECT record FROM waifusync_documents WHERE field = 'second' AND value = ?"
_FIELDS = """SELECT d.field, d.value FROM waifusync_documents AS d
    JOIN waifusync_records AS r ON r.id = d.record
    WHERE d.record = ? AND r.state = 0 AND r.tbl = (SELECT id FROM waifusync_tables WHERE name = ?)"""
# Reading all is cheaper than asking for each of more than so many.
_FEW = 200


def has_links(connection: sqlite3.Connection) -> bool:
    """Whether anything was ever linked; where nothing was, reading costs nothing more."""
    row = connection.execute("SELECT count FROM waifusync_tables WHERE name = ?", (LINKS,)).fetchone()
    return bool(row and row[0])


def read_links(connection: sqlite3.Connection) -> list[Link]:
    """All of them, whoever told of them."""
    if not has_links(connection):
        return []
    found = (Link.from_fields(fields) for _, fields in read_collection(connection, LINKS))
    return [link for link in found if link is not None]


def links_around(connection: sqlite3.Connection, keys: Iterable[str]) -> list[Link]:
    """The links of everything that is linked, over however many steps, with one of these."""
    wanted = set(keys)
    if not has_links(connection):
        return []
    if len(wanted) <= _FEW and _has_index(connection):
        found, waiting, seen = set[Link](), list(wanted), set(wanted)
        while waiting:
            for link in _links_of(connection, waiting.pop()):
                found.add(link)
                new = {link.first, link.second} - seen
                seen |= new
                waiting += new
        return list(found)
    return read_links(connection)


def _links_of(connection: sqlite3.Connection, key: str) -> Iterator[Link]:
    begin = key_of("link", key)
    records = {
        *connection.execute(_BY_FIRST, (f"{begin}:", f"{begin};")),
        *connection.execute(_BY_SECOND, (json.dumps(key, ensure_ascii=False, sort_keys=True),)),
    }
    for (record,) in records:
        told = connection.execute(_FIELDS, (record, LINKS)).fetchall()
        link = Link.from_fields({name: json.loads(value) for name, value in told})
        if link is not None:
            yield link


def _has_index(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (_INDEX,)).fetchone() is not None
