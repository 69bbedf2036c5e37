"""Rows that both sides added to a NUMBERED table: which are one row, and which of theirs need another number.

One row: they agree in a declared UNIQUE, or in all they hold (the second of two equal rows is the second
there too). A number alone says nothing. What is decided stands in the table of numbers: theirs -> here.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator

from waifusync.core.sql_text import quote
from waifusync.core.three_way import Action, Decision, Side
from waifusync.merging.files import CannotMerge
from waifusync.merging.sqlite.changes import ADDED
from waifusync.merging.sqlite.plan import Field, Joint

_LARGEST = (1 << 63) - 1


def number_newcomers(connection: sqlite3.Connection, joint: Joint) -> list[Decision]:
    """Makes the table of numbers; parents' numbers must be known. Returns what was renumbered."""
    # Tables that refer to each other in a ring: one of them comes before its parent, and reads its numbers.
    for place in {joint.place, *(field.parent for field in joint.fields if field.parent is not None)}:
        numbers = f"temp.waifusync_numbers_{place}"
        connection.execute(f"CREATE TABLE IF NOT EXISTS {numbers} (old INTEGER PRIMARY KEY, new INTEGER)")
    connection.execute(f"CREATE TABLE {_twins(joint)} (theirs INTEGER PRIMARY KEY, ours INTEGER UNIQUE)")
    if _has_any(connection, joint, "theirs") and _has_any(connection, joint, "ours"):
        for columns in joint.uniques:
            _match_by_unique(connection, joint, [joint.field(name) for name in columns])
        _match_by_content(connection, joint)
        connection.execute(
            f"INSERT INTO {joint.numbers} SELECT theirs, ours FROM {_twins(joint)} WHERE theirs <> ours"
        )
    return list(_renumber(connection, joint))


def _twins(joint: Joint) -> str:
    return twins_table(joint)


def twins_table(joint: Joint) -> str:
    """Rows that both sides added and that are one: their numbers on both sides."""
    return f"temp.waifusync_twins_{joint.place}"


def _has_any(connection: sqlite3.Connection, joint: Joint, side: str) -> bool:
    found = connection.execute(f"SELECT 1 FROM {joint.changes(side)} WHERE what = {ADDED} LIMIT 1")
    return found.fetchone() is not None


def _match_by_unique(connection: sqlite3.Connection, joint: Joint, columns: list[Field]) -> None:
    same = " AND ".join(f"{field.on('ours', 'o')} = {joint.theirs(field, 't')}" for field in columns)
    (key,) = joint.key
    connection.execute(
        f"INSERT OR IGNORE INTO {_twins(joint)} SELECT ct.k0, o.{quote(key.name)}"
        f" FROM {joint.changes('theirs')} AS ct JOIN {joint.source('theirs')} AS t"
        f" ON {key.on('theirs', 't')} = ct.k0"
        f" JOIN {joint.source('ours')} AS o ON {same}"
        f" WHERE ct.what = {ADDED} AND EXISTS"
        f" (SELECT 1 FROM {joint.changes('ours')} AS co"
        f" WHERE co.k0 = o.{quote(key.name)} AND co.what = {ADDED})"
    )


def _match_by_content(connection: sqlite3.Connection, joint: Joint) -> None:
    mine: dict[int, list[int]] = defaultdict(list)
    for number, content in _contents(connection, joint, "ours"):
        mine[content].append(number)
    for numbers in mine.values():
        numbers.reverse()
    pairs = [
        (number, mine[content].pop())
        for number, content in _contents(connection, joint, "theirs")
        if mine.get(content)
    ]
    connection.executemany(f"INSERT INTO {_twins(joint)} VALUES (?, ?)", pairs)


def _contents(connection: sqlite3.Connection, joint: Joint, side: str) -> Iterator[tuple[int, int]]:
    """Number and hash of each row that the side added and that no UNIQUE matched, in order of the numbers."""
    (key,) = joint.key
    own = [place for place, field in enumerate(joint.values) if field.parent == joint.place]
    values = [
        joint.theirs(field, "s") if side == "theirs" else field.on("ours", "s") for field in joint.values
    ]
    for place in own:  # a row of this table that is new itself is no number yet
        values[place] = joint.values[place].on(side, "s")
    rows = connection.execute(
        f"SELECT c.k0, {', '.join(values) or 'NULL'} FROM {joint.changes(side)} AS c"
        f" JOIN {joint.source(side)} AS s ON {key.on(side, 's')} = c.k0"
        f" WHERE c.what = {ADDED} AND c.k0 NOT IN (SELECT {side} FROM {_twins(joint)}) ORDER BY c.k0"
    )
    if not own:
        for number, *content in rows:
            yield number, hash(tuple(map(_exact, content)))
        return
    yield from _with_own_references({number: content for number, *content in rows}, own)


def _exact(value: object) -> tuple[str, object]:
    return (type(value).__name__, value)  # 1 and 1.0 are equal in Python, and not here


def _with_own_references(rows: dict[int, list[object]], own: list[int]) -> Iterator[tuple[int, int]]:
    """A reference to another new row counts as what that row holds; a ring of them, as where it began."""
    known: dict[int, int] = {}
    for start in rows:
        path = [start]
        while path:
            number = path[-1]
            new = [rows[number][place] for place in own if rows[number][place] in rows]
            ahead = [each for each in new if isinstance(each, int) and each not in known and each not in path]
            if ahead:
                path.append(ahead[0])
                continue
            content = [
                ("row", known.get(value, 0)) if place in own and value in rows else _exact(value)
                for place, value in enumerate(rows[number])
            ]
            known[number] = hash(tuple(content))
            path.pop()
    yield from ((number, known[number]) for number in rows)


def _renumber(connection: sqlite3.Connection, joint: Joint) -> Iterator[Decision]:
    (key,) = joint.key
    taken = connection.execute(
        f"SELECT ct.k0 FROM {joint.changes('theirs')} AS ct WHERE ct.what = {ADDED}"
        f" AND ct.k0 NOT IN (SELECT theirs FROM {_twins(joint)})"
        f" AND EXISTS (SELECT 1 FROM {joint.source('ours')} AS o"
        f" WHERE o.{quote(key.name)} = ct.k0) ORDER BY ct.k0"
    ).fetchall()
    numbers = [(old, new) for (old,), new in zip(taken, _free_numbers(connection, joint))]
    connection.executemany(f"INSERT INTO {joint.numbers} VALUES (?, ?)", numbers)
    for old, new in numbers:
        yield Decision(joint.name, str(old), Action.RENUMBER, Side.THEIRS, column=str(new))


def _free_numbers(connection: sqlite3.Connection, joint: Joint) -> Iterator[int]:
    """Above every number that was ever used on any side; when those are used up, the gaps."""
    key = joint.key[0]
    tops = [
        connection.execute(f"SELECT max({key.on(side, 's')}) FROM {joint.source(side)} AS s").fetchone()[0]
        or 0
        for side in ("base", "ours", "theirs")
    ]
    top = max(*tops, *_sequences(connection, joint.name))
    yield from range(top + 1, _LARGEST)
    used = {
        number
        for side in ("base", "ours", "theirs")
        for (number,) in connection.execute(f"SELECT {key.on(side, 's')} FROM {joint.source(side)} AS s")
    }
    yield from (number for number in range(1, _LARGEST) if number not in used)
    raise CannotMerge(f"no row number is left in {joint.name}")


def _sequences(connection: sqlite3.Connection, table: str) -> Iterator[int]:
    """Where AUTOINCREMENT stands on each side."""
    yield 0
    for side in ("main", "base", "theirs"):
        if connection.execute(
            f"SELECT 1 FROM {side}.sqlite_master WHERE name = 'sqlite_sequence'"
        ).fetchone():
            rows = connection.execute(f"SELECT seq FROM {side}.sqlite_sequence WHERE name = ?", (table,))
            yield from (number for (number,) in rows if isinstance(number, int))
