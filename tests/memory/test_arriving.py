"""Taking in many new records or edits at once comes to the same as taking them in one after the other."""

from __future__ import annotations

import math
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.simulation.world import Line
from waifusync.core.entry import Entry
from waifusync.core.values import Travel
from waifusync.memory.applying import Applier, Sources
from waifusync.memory.catalog import Choices
from waifusync.memory.making import make_database
from waifusync.values import replace

TABLES = """
CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT UNIQUE, mood TEXT NOT NULL DEFAULT 'calm',
    n CHECK (n <> 5), friend INTEGER REFERENCES people (id), face BLOB);
CREATE TABLE tags (tag TEXT PRIMARY KEY, note);
"""
CHOICES = Choices(vectors={"people.face": "mood"})
LONG = "a text that is longer than those which are looked up"
DEVICES = ("aaaaaaaa", "bbbbbbbb")
# All that was told before.
ALL = {"aaaaaaaa": -1}
KEYS = [f"{device}-{number}" for device in DEVICES for number in range(1, 9)]

# Device, collection, key, fields, what was seen, whether it is adopted.
Tale = tuple[str, str, str, "dict[str, Travel] | None", dict[str, int], bool]
anything: st.SearchStrategy[Travel] = st.one_of(
    st.sampled_from([None, "", "calm", "Ada", LONG, 0, 5, 1.5, {"r": "inf"}, {"b": "AAE="}, {"t": "/w=="}]),
    st.sampled_from(KEYS).map(lambda key: {"k": key}),
    st.sampled_from([{"v": ["g-2", 0, "x"]}, {"v": ["gone-2", 1, "x"]}]),
    st.integers(-(1 << 63), (1 << 63) - 1),
)
names = st.sampled_from(["name", "mood", "n", "friend", "face", "tag", "note", "later"])
fields = st.none() | st.dictionaries(names, anything, max_size=6)
told = st.tuples(
    st.sampled_from(DEVICES),
    st.sampled_from(["people"] * 5 + ["tags", "waifusync:unknown"]),
    st.sampled_from(KEYS),
    st.dictionaries(names, anything, min_size=1, max_size=6) | fields,
    st.sampled_from([{}, {}, {}, {"aaaaaaaa": 1}, {"aaaaaaaa": 7}, ALL, ALL, ALL]),
    st.sampled_from([False, False, False, True]),
)


class AtOnce(Applier):
    """All in one transaction, however slow the machine is."""

    transaction_seconds = math.inf


class OneByOne(AtOnce):
    takes_many = False


@pytest.fixture(scope="module")
def template() -> Iterator[sqlite3.Connection]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "memory.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(TABLES)
        make_database(path, "cccccccc", CHOICES)
        with closing(sqlite3.connect(path)) as connection:
            yield connection


def lines_of(tales: Sequence[Tale]) -> list[Line]:
    numbers = dict.fromkeys(DEVICES, 0)
    lines = []
    for time, (device, collection, key, values, seen, adopted) in enumerate(tales, start=1):
        known = {each: number for each, number in numbers.items() if number} if seen == ALL else seen
        numbers[device] += 1
        entry = Entry(device, numbers[device], time, collection, key, values, known, adopted)
        lines.append(Line(entry, f"{time:016x}"))
    return lines


def applied(
    template: sqlite3.Connection,
    lines: list[Line],
    applier: type[Applier],
    *,
    trace: Callable[[str], None] | None = None,
) -> dict[str, list[object]]:
    """All that the database holds then, by table."""
    by_place = {(line.entry.device, line.entry.number): line.entry for line in lines}

    def entry(device: str, number: int) -> Entry | None:
        return by_place.get((device, number))

    def vector(device: str, group: str, ordinal: int, digest: str) -> bytes | None:
        return b"\0\0\x80?\0\0\0@" if group == "g-2" else None

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        template.backup(connection)
        connection.set_trace_callback(trace)
        applier(connection, CHOICES, Sources(entry, vector), wall_clock=lambda: 0).apply(lines)
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        connection.text_factory = bytes  # some is not UTF-8
        return {
            name: sorted(connection.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr)
            for (name,) in tables
        }


def tale(key: str, values: dict[str, Travel] | None, *, seen: dict[str, int] | None = None) -> Tale:
    return "aaaaaaaa", "people", f"aaaaaaaa-{key}", values, seen or {}, False


@settings(max_examples=80, deadline=None)
@example(tales=[tale("1", {"mood": "calm"})])
@example(tales=[tale("1", {"n": 1}), tale("1", {"n": 2})])
@example(tales=[tale("1", {"friend": {"k": "aaaaaaaa-2"}}), tale("2", {"n": 2})])
@example(tales=[tale("1", {"n": 1}), tale("2", {"later": 1}, seen={"aaaaaaaa": 1}), tale("3", {"n": 2})])
@example(
    tales=[tale("1", {"n": 1}), tale("1", {"n": 2, "mood": "new"}, seen=ALL), tale("1", {"n": 3}, seen=ALL)]
)
@example(
    tales=[
        tale("1", {"n": 1}),
        tale("2", {"n": 2}),
        tale("1", {"n": 5}, seen=ALL),
        tale("2", {"n": 3}, seen=ALL),
    ]
)
@example(tales=[tale("1", {"name": "a"}), tale("2", {"name": "b"}), tale("1", {"name": "b"}, seen=ALL)])
@example(tales=[tale("1", {"n": 1}), tale("1", {"n": 2}), tale("1", {"mood": "x"}, seen=ALL)])
@example(tales=[tale("1", {"n": 1}), tale("1", {"n": 2}), tale("1", {"n": 3}, seen=ALL)])
@example(
    tales=[
        tale("1", {"friend": {"k": "aaaaaaaa-2"}}),
        tale("1", {"friend": None}, seen=ALL),
        tale("2", {"n": 2}),
    ]
)
@example(
    tales=[
        tale("1", {"n": 1}),
        ("bbbbbbbb", "people", "aaaaaaaa-1", {"n": 2}, {"aaaaaaaa": 1}, False),
        ("bbbbbbbb", "people", "aaaaaaaa-1", {"n": 4}, ALL, False),
        tale("1", {"n": 3}, seen={"aaaaaaaa": 1}),
    ]
)
@given(tales=st.lists(told, max_size=24))
def test_many_at_once_leave_the_same_rows_ledger_and_digest_as_one_by_one(template, tales) -> None:  # type: ignore[no-untyped-def]  # see lines_of
    lines = lines_of(tales)
    assert applied(template, lines, AtOnce) == applied(template, lines, OneByOne)


def test_an_edit_that_says_it_is_older_than_what_it_has_seen_does_not_win(
    template: sqlite3.Connection,
) -> None:
    """T7: no clock of ours does so, but a log from elsewhere can say anything."""
    edits = [tale("1", {"n": number}, seen=ALL) for number in (2, 3, 4)]
    told, times = lines_of([tale("1", {"n": 1}), *edits]), (1, 7, 8, 3)
    lines = [Line(replace(each.entry, time=time), each.chain) for each, time in zip(told, times, strict=True)]
    found = applied(template, lines, AtOnce)
    assert found == applied(template, lines, OneByOne)
    assert [row[3] for row in found["people"]] == [3]  # type: ignore[index]


def test_new_memories_and_edits_go_the_short_way(template: sqlite3.Connection) -> None:
    """What the law compares would be one thing twice if nothing ever went that way."""
    tales = [tale(f"{number}", {"name": f"n{number}"}) for number in range(1, 101)]
    tales += [tale(f"{number}", {"name": f"m{number}"}, seen=ALL) for number in range(1, 101)]
    statements: list[str] = []
    shown = applied(template, lines_of(tales), AtOnce, trace=statements.append)
    assert len(shown["people"]) == 100
    assert 0 < sum("SAVEPOINT waifusync_rows" in each for each in statements) < 20
    assert not any("WHERE key = " in each for each in statements)


@pytest.mark.parametrize(("count", "size", "transactions"), [(3000, 100, 2), (12, 1 << 20, 3)])
def test_the_log_is_read_while_nothing_is_locked_and_never_all_at_once(
    template: sqlite3.Connection, count: int, size: int, transactions: int
) -> None:
    """T12: reading waits for git, and whoever wants to write does not."""
    raw, locked, begun = bytes(size), [], []
    lines = lines_of([tale(f"{number}", {"name": f"n{number}"}) for number in range(count)])
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        template.backup(connection)
        connection.set_trace_callback(begun.append)

        def read() -> Iterator[Line]:
            for line in lines:
                locked.append(connection.in_transaction)
                yield Line(line.entry, line.chain, raw)

        sources = Sources(lambda device, number: None, lambda device, group, ordinal, digest: None)
        AtOnce(connection, CHOICES, sources, wall_clock=lambda: 0).apply(read())
        assert connection.execute("SELECT count(*) FROM people").fetchone() == (count,)
    assert len(locked) == count and not any(locked)
    assert begun.count("BEGIN IMMEDIATE") == transactions
