"""Which columns each unique constraint or index of a table watches; partial ones and expressions too."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from waifusync.core.definitions import meaning
from waifusync.merging.sqlite.plan import Joint


def watched_places(connection: sqlite3.Connection, joint: Joint) -> tuple[frozenset[int], ...]:
    """Places among the fields, without the key: a set for each constraint, in an order that has no sides."""
    own = {place for place, field in enumerate(joint.fields) if field in joint.key}
    places = {field.name.lower(): place for place, field in enumerate(joint.fields)}
    found = {
        frozenset(places[name] for name in names if name in places) - own
        for names in _watched_names(connection, joint.name)
    }
    return tuple(sorted(found - {frozenset()}, key=sorted))


def _watched_names(connection: sqlite3.Connection, table: str) -> Iterator[set[str]]:
    indexes = connection.execute(
        "SELECT l.name, m.sql FROM pragma_index_list(?, 'main') AS l JOIN main.sqlite_master AS m"
        " ON m.name = l.name WHERE l.\"unique\" AND l.origin <> 'pk'",
        (table,),
    ).fetchall()
    for name, sql in indexes:
        if sql:  # a word that is no column does no harm
            yield set(meaning(sql))
        else:
            rows = connection.execute("SELECT lower(name) FROM pragma_index_info(?, 'main')", (name,))
            yield {column for (column,) in rows}
