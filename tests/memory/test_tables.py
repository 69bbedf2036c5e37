"""Every kind of table travels, and changes to tables do."""

from __future__ import annotations

import pytest

from tests.memory.conftest import Pair
from waifusync.core.entry import Entry

_KINDS = {
    "strict": "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER) STRICT",
    "without rowid": "CREATE TABLE t (id TEXT PRIMARY KEY, a TEXT, b INTEGER) WITHOUT ROWID",
    "text key": "CREATE TABLE t (id TEXT PRIMARY KEY, a TEXT, b INTEGER)",
    "composite key": "CREATE TABLE t (id TEXT, a TEXT, b INTEGER, PRIMARY KEY (id, b))",
    "no key": "CREATE TABLE t (id, a TEXT, b INTEGER)",
    "autoincrement": "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b INTEGER)",
    "a column called rowid": "CREATE TABLE t (id TEXT, a TEXT, b INTEGER, rowid TEXT)",
    "a default": "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 'x', b INTEGER DEFAULT 3)",
    "a moment as default": "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, at DEFAULT CURRENT_TIMESTAMP)",
    "odd types": "CREATE TABLE t (id INTEGER PRIMARY KEY, a VARCHAR(20), b DECIMAL(10, 2))",
}


@pytest.mark.parametrize("kind", _KINDS)
def test_a_table_of_any_kind_travels_with_its_rows(pair: Pair, kind: str) -> None:
    pair.laptop.program.executescript(
        f"{_KINDS[kind]}; INSERT INTO t (id, a, b) VALUES (1, 'one', 1), (2, NULL, 2)"
    )
    pair.sync()
    pair.jetson.program.execute("UPDATE t SET a = 'edited' WHERE b = 1")
    pair.jetson.program.execute("DELETE FROM t WHERE b = 2")
    pair.jetson.program.execute("INSERT INTO t (id, a, b) VALUES (3, 'three', 3)")
    pair.sync()
    assert pair.laptop.query("SELECT a, b FROM t ORDER BY b") == [("edited", 1), ("three", 3)]


def test_a_column_added_here_is_there_too_with_its_default(pair: Pair) -> None:
    pair.laptop.program.execute("INSERT INTO memories (user_input) VALUES ('one'), ('two')")
    pair.sync()
    pair.jetson.program.execute("ALTER TABLE memories ADD COLUMN mood TEXT DEFAULT 'calm'")
    pair.jetson.program.execute("UPDATE memories SET mood = 'glad' WHERE user_input = 'two'")
    pair.sync()
    assert pair.laptop.query("SELECT user_input, mood FROM memories") == [("one", "calm"), ("two", "glad")]


def test_a_column_dropped_here_keeps_its_values_there(pair: Pair) -> None:
    """T16: what this device does not know any more is carried along."""
    pair.laptop.program.execute("INSERT INTO memories (user_input, facts_extracted) VALUES ('one', 'kept')")
    pair.sync()
    pair.laptop.program.execute("ALTER TABLE memories DROP COLUMN facts_extracted")
    pair.laptop.program.execute("UPDATE memories SET user_input = 'one and a half'")
    for device, other in ((pair.laptop, pair.jetson), (pair.jetson, pair.laptop)):
        device.collect()
        other.store.take_from(device.store)
        other.apply()
    assert pair.jetson.query("SELECT user_input, facts_extracted FROM memories") == [
        ("one and a half", "kept")
    ]


def test_a_column_renamed_here_is_a_new_one_there_and_the_old_one_stays(pair: Pair) -> None:
    pair.laptop.program.execute("INSERT INTO memories (user_input, facts_extracted) VALUES ('one', 'kept')")
    pair.sync()
    pair.laptop.program.execute("ALTER TABLE memories RENAME COLUMN facts_extracted TO known")
    pair.laptop.program.execute("UPDATE memories SET known = 'edited'")
    pair.laptop.collect()
    pair.jetson.store.take_from(pair.laptop.store)
    pair.jetson.apply()
    assert pair.jetson.query("SELECT facts_extracted, known FROM memories") == [("kept", "edited")]


def test_a_table_dropped_and_made_again_deletes_nothing_elsewhere(pair: Pair) -> None:
    """T6: absence is not deletion."""
    pair.laptop.program.executescript(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, 'one')"
    )
    pair.sync()
    pair.laptop.program.executescript("DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)")
    pair.laptop.program.execute("INSERT INTO t VALUES (1, 'quite another')")
    pair.sync()
    for device in (pair.laptop, pair.jetson):
        assert device.query("SELECT a FROM t ORDER BY a") == [("one",), ("quite another",)]


def test_a_table_that_was_dropped_for_good_stays_elsewhere(pair: Pair) -> None:
    """T6: nor is a table that is gone."""
    pair.laptop.program.executescript(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, 'one')"
    )
    pair.sync()
    pair.laptop.program.execute("DROP TABLE t")
    pair.laptop.collect()
    pair.jetson.store.take_from(pair.laptop.store)
    pair.jetson.apply()
    assert pair.jetson.query("SELECT a FROM t") == [("one",)]


def test_a_vacuum_that_renumbers_rows_changes_nothing(pair: Pair) -> None:
    """T3: without an INTEGER PRIMARY KEY, VACUUM gives every row another number."""
    pair.laptop.program.execute("CREATE TABLE t (a TEXT, b TEXT)")
    rows = [("alike" if number % 3 else str(number), "x") for number in range(30)]
    pair.laptop.program.executemany("INSERT INTO t VALUES (?, ?)", rows)
    pair.sync()
    pair.laptop.program.execute("DELETE FROM t WHERE a IN ('0', '6', '12')")
    pair.laptop.collect()
    before = len(pair.laptop.store.logs["llllllll"])
    pair.laptop.program.execute("VACUUM")
    pair.sync()
    assert len(pair.laptop.store.logs["llllllll"]) == before
    pair.laptop.program.execute("UPDATE t SET b = 'edited' WHERE a = '27'")
    pair.sync()
    assert len(pair.laptop.store.logs["llllllll"]) == before + 1
    assert pair.jetson.query("SELECT b FROM t WHERE a = '27'") == [("edited",)]
    assert len(pair.jetson.query("SELECT * FROM t")) == 27


def test_generated_columns_are_not_sent_and_follow_on_each_device(pair: Pair) -> None:
    pair.both(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, size AS (length(a)), twice AS (a || a) STORED)"
    )
    pair.laptop.program.execute("INSERT INTO t (a) VALUES ('four')")
    pair.sync()
    assert pair.jetson.query("SELECT a, size, twice FROM t") == [("four", 4, "fourfour")]


def test_views_indexes_and_full_text_tables_stay_at_home(pair: Pair) -> None:
    pair.laptop.program.executescript(
        "CREATE VIEW v AS SELECT * FROM memories; CREATE INDEX i ON memories (user_input);"
        "CREATE VIRTUAL TABLE search USING fts5(body); INSERT INTO search VALUES ('words')"
    )
    pair.sync()
    assert pair.jetson.query("SELECT name FROM sqlite_master WHERE name IN ('v', 'i', 'search')") == []


def test_a_table_whose_name_is_an_attack_is_only_a_name(pair: Pair) -> None:
    """T24: names are quoted, types and defaults checked, and nothing is executed."""
    name = 'x"; DROP TABLE memories; --'
    quoted = name.replace('"', '""')
    pair.laptop.program.execute(f'CREATE TABLE "{quoted}" (id INTEGER PRIMARY KEY, "a""); --" TEXT)')
    pair.laptop.program.execute(f'INSERT INTO "{quoted}" VALUES (1, ?)', ("harmless",))
    pair.laptop.program.execute("INSERT INTO memories (user_input) VALUES ('still here')")
    pair.sync()
    assert pair.jetson.query(f'SELECT * FROM "{quoted}"') == [(1, "harmless")]
    assert pair.jetson.query("SELECT user_input FROM memories") == [("still here",)]


@pytest.mark.parametrize(
    "column",
    [
        '{"name": "a", "type": "TEXT); DROP TABLE memories", "default": null, "primary": 0}',
        '{"name": "a", "type": 7}',
        "[]",
        "{",
    ],
)
def test_a_table_described_by_an_attacker_is_refused_and_the_rest_goes_on(pair: Pair, column: str) -> None:
    """T24: a description that no waifusync made names the table and stops nothing else."""
    facts = '{"foreign_keys": [], "uniques": [], "order": ["a"], "is_strict": false,'
    facts += ' "is_without_rowid": false, "is_autoincrement": false}'
    fields = {"table": facts, "column:a": column}
    entry = Entry("eeeeeeee", 1, 1 << 40, "waifusync:tables", "table:evil", fields)
    after = Entry("eeeeeeee", 2, (1 << 40) + 1, "memories", "eeeeeeee-2", {"user_input": "fine"})
    problems = pair.jetson.deliver(entry, after)
    assert [each.split(":")[0] for each in problems] == ["table evil"]
    assert pair.jetson.query("SELECT user_input FROM memories") == [("fine",)]
    assert pair.jetson.query("SELECT 1 FROM sqlite_master WHERE name = 'evil'") == []
