"""New rows of both sides that hold the same, however many tables they span: the first is the first there.

A reference to a new row counts as what that row holds. Rows that refer to each other in a ring are told apart
step by step, as long as a step tells more of them apart.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from waifusync.merging.sqlite.changes import ADDED
from waifusync.merging.sqlite.plan import Field, Joint
from waifusync.merging.sqlite.ranking import exact
from waifusync.values import NamedTuple

_SIDES = ("ours", "theirs")


class Node(NamedTuple):
    """A new row, by the number it has on its side."""

    side: str
    place: int
    number: int


class _Row(NamedTuple):
    own: int  # a hash of what it holds itself
    targets: tuple[Node, ...]  # what it refers to in the group, be that new or not


Rows = Mapping[Node, _Row]


def equal_rows(connection: sqlite3.Connection, group: Sequence[Joint]) -> Iterator[tuple[Node, Node]]:
    """Pairs of theirs and ours, in tables that refer to each other and whose twins by UNIQUE are known."""
    if len(group) == 1 and not _links(group[0], group):
        return _equal_alone(connection, group[0])
    known = {node: hash(("one", *pair)) for node, pair in _twins(connection, group)}
    rows = {node: row for joint in group for node, row in _rows(connection, joint, group)}
    return _pairs(rows, _likeness(rows, known))


def _twins(connection: sqlite3.Connection, group: Sequence[Joint]) -> Iterator[tuple[Node, tuple[int, int]]]:
    for joint in group:
        for theirs, ours in connection.execute(f"SELECT theirs, ours FROM {joint.twins}"):
            yield Node("theirs", joint.place, theirs), (joint.place, ours)
            yield Node("ours", joint.place, ours), (joint.place, ours)


def _links(joint: Joint, group: Sequence[Joint]) -> list[Field]:
    """The columns that refer to rows of the group."""
    places = {each.place for each in group}
    return [field for field in joint.values if field.parent in places]


def _contents(
    connection: sqlite3.Connection, joint: Joint, links: Sequence[Field], side: str
) -> Iterator[tuple[int, int, Sequence[int]]]:
    """Number, hash, and what the links hold, of each row that no UNIQUE matched, in order of the numbers."""
    (key,) = joint.key
    plain = [field for field in joint.values if field not in links]
    values = [joint.theirs(field, "s") if side == "theirs" else field.on(side, "s") for field in plain]
    values += [field.on(side, "s") for field in links]  # a row that is new itself is no number yet
    rows = connection.execute(
        f"SELECT c.k0, {', '.join(values) or 'NULL'} FROM {joint.changes(side)} AS c"
        f" JOIN {joint.source(side)} AS s ON {key.on(side, 's')} = c.k0"
        f" WHERE c.what = {ADDED} AND c.k0 NOT IN (SELECT {side} FROM {joint.twins}) ORDER BY c.k0"
    )
    for number, *content in rows:
        yield number, hash(exact(content[: len(plain)])), content[len(plain) :]


def _equal_alone(connection: sqlite3.Connection, joint: Joint) -> Iterator[tuple[Node, Node]]:
    """In a table that is in no ring, and may have a million new rows."""
    mine: dict[int, list[int]] = defaultdict(list)
    for number, content, _ in _contents(connection, joint, (), "ours"):
        mine[content].append(number)
    for numbers in mine.values():
        numbers.reverse()
    for number, content, _ in _contents(connection, joint, (), "theirs"):
        if mine.get(content):
            yield Node("theirs", joint.place, number), Node("ours", joint.place, mine[content].pop())


def _rows(
    connection: sqlite3.Connection, joint: Joint, group: Sequence[Joint]
) -> Iterator[tuple[Node, _Row]]:
    links = _links(joint, group)
    for side in _SIDES:
        for number, own, values in _contents(connection, joint, links, side):
            targets = (Node(side, field.parent or 0, value) for field, value in zip(links, values))
            yield Node(side, joint.place, number), _Row(own, tuple(targets))


def _likeness(rows: Rows, known: dict[Node, int]) -> Mapping[Node, int]:
    """Equal for rows that hold the same. First what leads to no ring, then the rest."""
    referrers = defaultdict(list)
    waiting: dict[Node, int] = {}
    for node, row in rows.items():
        unknown = [target for target in row.targets if target in rows]
        waiting[node] = len(unknown)
        for target in unknown:
            referrers[target].append(node)
    ready = [node for node, count in waiting.items() if not count]
    while ready:
        node = ready.pop()
        known[node] = _step(rows[node], rows[node].own, known)
        for referrer in referrers[node]:
            waiting[referrer] -= 1
            if not waiting[referrer]:
                ready.append(referrer)
    return {**known, **_in_rings({node: row for node, row in rows.items() if node not in known}, known)}


def _in_rings(rows: Rows, known: Mapping[Node, int]) -> Mapping[Node, int]:
    told = {node: row.own for node, row in rows.items()}
    kinds = 0
    while kinds < len(set(told.values())):
        kinds = len(set(told.values()))
        everyone = {**known, **told}
        told = {node: _step(row, told[node], everyone) for node, row in rows.items()}
    return told


def _step(row: _Row, told: int, known: Mapping[Node, int]) -> int:
    """A row that is not new has one number on both sides."""
    targets: Iterable[object] = (
        ("row", known[target]) if target in known else exact([target.number]) for target in row.targets
    )
    return hash((told, *targets))


def _pairs(rows: Rows, likeness: Mapping[Node, int]) -> Iterator[tuple[Node, Node]]:
    mine: dict[tuple[int, int], list[Node]] = defaultdict(list)
    for node in rows:
        if node.side == "ours":
            mine[node.place, likeness[node]].append(node)
    for nodes in mine.values():
        nodes.reverse()
    paired: set[Node] = set()
    for node in rows:
        alike = mine.get((node.place, likeness[node]), []) if node.side == "theirs" else []
        while alike and node not in paired:
            yield from _pair_all(rows, likeness, (node, alike.pop()), paired)


def _pair_all(
    rows: Rows, likeness: Mapping[Node, int], first: tuple[Node, Node], paired: set[Node]
) -> Iterator[tuple[Node, Node]]:
    """Two rows, and what they refer to: of several equal ones, the one that the other refers to."""
    waiting = [first]
    while waiting:
        theirs, ours = waiting.pop()
        if theirs in rows and ours in rows and not {theirs, ours} & paired:
            paired |= {theirs, ours}
            yield theirs, ours
            waiting += zip(rows[theirs].targets, rows[ours].targets)
