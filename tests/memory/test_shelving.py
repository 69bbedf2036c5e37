"""T6: a row that is in the log only is alive, whatever happens to it; its absence is never a deletion."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulation.device import NO_FLOOR, Device
from tests.simulation.events import Event
from tests.simulation.history import History, failure
from tests.simulation.program import start_program
from tests.simulation.promises import check_at_rest
from tests.simulation.view import View
from tests.simulation.world import CHOICES, World
from waifusync.core.learning.collections import MEMORY_FACTS
from waifusync.core.learning.memory_facts import MemoryFacts, facts_key
from waifusync.core.learning.tiers import Tier
from waifusync.core.shelving import choose
from waifusync.errors import RefusedError, UntrustedError
from waifusync.memory.connection import transaction
from waifusync.memory.embeddings import Source, look_through, make_table, remove_orphans, write_vectors
from waifusync.memory.examining import look_over
from waifusync.memory.learned import Learning
from waifusync.memory.ledger import PLAIN_FORMAT, Ledger
from waifusync.memory.live import LiveMemory
from waifusync.memory.shelvable import Floor, Shelvable
from waifusync.memory.shelved import shelved_counts
from waifusync.memory.terms import Sources
from waifusync.memory.unknown_rows import mark_unknown_rows
from waifusync.workflows.retaining.shelving import Shelving, bring_back_into

SOURCE = Source("tiny", "")


class Pair:
    """Two devices, of which the first shelves."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self.here, self.there = Device(self.world, "a" * 8), Device(self.world, "b" * 8)
        for device in (self.here, self.there):
            start_program(device)

    def sync(self) -> int:
        """Until both hold all; how many entries were told."""
        told = 0
        for _ in range(2):
            told += self.here.collect() + self.there.collect()
            for device, other in ((self.here, self.there), (self.there, self.here)):
                device.store.take_from(other.store)
                device.apply()
        return told

    def say(self, *texts: str) -> None:
        for text in texts:
            self.here.program.execute("INSERT INTO memories (user_input) VALUES (?)", (text,))

    def shelve(self, *, rows: int = 1000, floor: Floor = NO_FLOOR) -> int:
        """So many of the oldest that may go."""
        self.here.collect()
        with self.here.memory() as memory:
            sent = len(self.here.store.logs[self.here.id])
            which = Shelvable(memory.ledger, memory.catalog(), sent=sent)
            found = which.candidates(now=self.here.now, floor=floor, limit=rows)
            return Shelving(memory, self.here.sources, sent=sent).put([each.record for each in found])

    def shelved(self) -> dict[str, int]:
        with self.here.memory() as memory:
            return shelved_counts(memory.ledger)

    def said(self) -> list[object]:
        return [text for (text,) in self.here.query("SELECT user_input FROM memories ORDER BY id")]

    def key(self, text: str) -> str:
        """As the other device has it, where all rows are in their tables."""
        ((key,),) = self.there.query(
            "SELECT r.key FROM waifusync_records AS r JOIN memories AS m ON m.id = r.row WHERE r.state = 0"
            " AND r.tbl = (SELECT id FROM waifusync_tables WHERE name = 'memories') AND m.user_input = ?",
            text,
        )
        return str(key)

    def is_at_rest(self) -> None:
        """All promises hold, and nobody has anything left to tell."""
        check_at_rest(self.world, [self.here, self.there])


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    pair = Pair(tmp_path)
    yield pair
    pair.here.stop()
    pair.there.stop()


@pytest.fixture
def shelved(pair: Pair) -> Pair:
    """`one` and `two` are in the log only, `three` stays."""
    pair.say("one", "two", "three")
    pair.sync()
    assert pair.shelve(rows=2) == 2 and pair.said() == ["three"]
    return pair


KINDS = (
    "insert",
    "edit",
    "delete",
    "put_back",
    "bulk",
    "tag",
    "sync",
    "sync",
    "shelve",
    "shelve",
    "unshelve",
)
EVENTS = st.lists(
    st.builds(Event, st.sampled_from(KINDS), st.just(0), st.integers(0, 1), st.integers(0, 10**6)),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(EVENTS, st.integers(0, 1))
def test_whatever_one_of_two_devices_shelves_both_hold_one_mind(events: list[Event], shelver: int) -> None:
    """T6, T8: digests agree, nothing is told of it, and what comes back is what went."""
    mine = [
        Event(each.kind, shelver if "shelve" in each.kind else each.chance % 2, each.other, each.chance)
        for each in events
    ]
    error = failure(History(0, 2, tuple(mine)))
    assert error is None, error


def test_nothing_is_told_of_it_and_all_of_it_comes_back(shelved: Pair) -> None:
    """T6"""
    before = View(shelved.there).visible
    assert shelved.sync() == 0
    assert shelved.shelved() == {"memories": 2}
    shelved.here.unshelve()
    assert shelved.shelved() == {} and View(shelved.here).visible == before
    shelved.is_at_rest()


def test_a_full_comparison_and_a_quick_look_find_nothing_missing(shelved: Pair) -> None:
    """T6"""
    with shelved.here.memory() as memory:
        _, compared = memory.collect(shelved.here.sources, full=True)
    assert (compared.restored, compared.marked, shelved.said()) == ({}, {}, ["three"])
    assert look_over(shelved.here.path, ())[:3] == ((), (), ())


def test_an_edit_from_elsewhere_keeps_a_row_in_the_log_and_is_in_it_when_it_comes_back(shelved: Pair) -> None:
    shelved.there.program.execute("UPDATE memories SET ai_response = 'new' WHERE user_input = 'one'")
    assert shelved.sync() == 1 and shelved.said() == ["three"]
    shelved.here.unshelve()
    assert shelved.here.query("SELECT ai_response FROM memories WHERE user_input = 'one'") == [("new",)]
    shelved.is_at_rest()


def test_a_deletion_from_elsewhere_deletes_it(shelved: Pair) -> None:
    shelved.there.program.execute("DELETE FROM memories WHERE user_input = 'one'")
    shelved.sync()
    assert shelved.shelved() == {"memories": 1}
    shelved.here.unshelve()
    assert shelved.said() == ["two", "three"]
    shelved.is_at_rest()


def test_a_program_that_gives_its_number_to_another_row_makes_a_new_memory(shelved: Pair) -> None:
    """T3"""
    shelved.here.program.execute("INSERT INTO memories (id, user_input) VALUES (1, 'another')")
    assert shelved.sync() == 1
    shelved.here.unshelve()
    assert sorted(map(str, shelved.said())) == ["another", "one", "three", "two"]
    shelved.is_at_rest()


def test_all_that_is_left_deleted_at_once_is_still_asked_about(pair: Pair) -> None:
    """T6: twelve of twenty are in the log only; the other eight were not all."""
    pair.say(*(f"number {number}" for number in range(30)))
    pair.sync()
    assert pair.shelve(rows=12) == 12
    pair.here.program.execute("DELETE FROM memories")
    with (
        pair.here.memory() as memory,
        pytest.raises(RefusedError, match="all 18 rows of memories were deleted"),
    ):
        memory.collect(pair.here.sources)


@pytest.mark.parametrize(
    "child",
    [
        "INSERT INTO facts (source_memory_id, fact) VALUES ({}, 'of one')",
        "INSERT INTO notes (memory_id, body) VALUES ({}, 'must have a memory')",
    ],
)
def test_a_row_that_comes_to_refer_to_it_brings_it_back(shelved: Pair, child: str) -> None:
    ((row,),) = shelved.there.query("SELECT id FROM memories WHERE user_input = 'one'")
    shelved.there.program.execute(child.format(row))
    shelved.sync()
    assert sorted(map(str, shelved.said())) == ["one", "three"]
    assert View(shelved.here).visible == {
        **View(shelved.there).visible,
        "memories": View(shelved.here).visible["memories"],
    }
    shelved.is_at_rest()


def test_a_row_that_a_program_here_makes_for_it_brings_it_back(shelved: Pair) -> None:
    """A program may have kept the number."""
    shelved.here.program.execute("INSERT INTO facts (source_memory_id, fact) VALUES (1, 'of one')")
    shelved.here.collect()
    with shelved.here.memory() as memory:
        memory.take_wanted(shelved.here.sources)
    joined = "SELECT m.user_input FROM facts AS f JOIN memories AS m ON m.id = f.source_memory_id"
    assert shelved.here.query(joined) == [("one",)]
    shelved.is_at_rest()


def test_what_is_referred_to_disputed_unsent_or_new_stays(pair: Pair) -> None:
    pair.say("parent", "disputed", "parent of a row set aside", "goes", "edited")
    for device in (pair.here, pair.there):
        device.program.execute(
            "CREATE TABLE labels (id INTEGER PRIMARY KEY, name TEXT UNIQUE,"
            " memory_id INTEGER REFERENCES memories(id))"
        )
    pair.sync()
    for device, memory in ((pair.there, 1), (pair.here, 3)):
        device.program.execute("INSERT INTO labels (name, memory_id) VALUES ('one of a kind', ?)", (memory,))
        device.collect()
    for device, text in ((pair.here, "mine"), (pair.there, "theirs")):
        device.program.execute("UPDATE memories SET ai_response = ? WHERE user_input = 'disputed'", (text,))
    pair.here.program.execute("INSERT INTO facts (source_memory_id) VALUES (1)")
    pair.sync()
    pair.here.program.execute("UPDATE memories SET ai_response = 'not sent' WHERE user_input = 'edited'")
    pair.say("not sent")
    pair.here.collect()
    own = len(pair.here.store.logs[pair.here.id])
    with pair.here.memory() as memory:
        which = Shelvable(memory.ledger, memory.catalog(), sent=own - 2)
        found = which.candidates(now=pair.here.now, floor=NO_FLOOR, limit=9)
        assert Shelving(memory, pair.here.sources, sent=own - 2).put([each.record for each in found]) == 1
    stayed = ["parent", "disputed", "parent of a row set aside", "edited", "not sent"]
    assert pair.said() == stayed
    pair.is_at_rest()


def test_the_newest_stay_by_number_and_by_day(pair: Pair) -> None:
    for day in range(1, 10):
        pair.here.program.execute(
            "INSERT INTO memories (timestamp, user_input) VALUES (?, ?)",
            (f"2017-07-0{day}T12:00:00", str(day)),
        )
    pair.sync()
    pair.here.now = 1_499_515_200_000  # noon of 2017-07-08
    assert pair.shelve(floor=Floor(days=1.5, rows=9)) == 0
    assert pair.shelve(floor=Floor(days=1.5, rows=2)) == 6 and pair.said() == ["7", "8", "9"]
    pair.here.unshelve()
    assert pair.shelve(floor=Floor(days=0, rows=5)) == 4 and len(pair.said()) == 5
    pair.is_at_rest()


def test_what_a_person_pinned_never_goes_and_what_matters_to_them_goes_last(pair: Pair) -> None:
    texts = ("pinned", "matters", "small talk")
    for day, text in enumerate(texts, start=1):
        pair.here.program.execute(
            "INSERT INTO memories (timestamp, user_input) VALUES (?, ?)", (f"2017-07-0{day}T12:00:00", text)
        )
    pair.sync()
    with pair.here.memory() as memory, transaction(memory.connection):
        learning = Learning(memory.ledger, wall_milliseconds=pair.here.now)
        for text, facts in (("pinned", MemoryFacts(pinned=True)), ("matters", MemoryFacts(importance=0.9))):
            learning.put(MEMORY_FACTS, facts_key(pair.key(text)), facts.to_fields())
        learning.close()
    pair.sync()
    pair.here.now = 1_600_000_000_000
    with pair.here.memory() as memory:
        sent = len(pair.here.store.logs[pair.here.id])
        which = Shelvable(memory.ledger, memory.catalog(), sent=sent)
        found = which.candidates(now=pair.here.now, floor=NO_FLOOR, limit=9)
        assert [each.tier for each in found] == [Tier.LONG_TERM, Tier.SHORT_TERM]
        (first,) = choose(found, 1)
        assert Shelving(memory, pair.here.sources, sent=sent).put([first.record]) == 1
    assert pair.said() == ["pinned", "matters"]
    assert pair.shelve() == 1 and pair.said() == ["pinned"]


def test_a_number_that_a_deleted_and_a_shelved_row_had_means_the_shelved_one(pair: Pair) -> None:
    """T3"""
    pair.say("deleted")
    pair.here.collect()
    pair.here.program.execute("DELETE FROM memories")
    pair.say("shelved")
    pair.here.collect()
    assert pair.shelve() == 1
    pair.here.program.execute("INSERT INTO facts (source_memory_id, fact) VALUES (1, 'of the shelved one')")
    pair.here.collect()
    pair.here.unshelve()
    joined = "SELECT m.user_input FROM facts AS f JOIN memories AS m ON m.id = f.source_memory_id"
    assert pair.here.query(joined) == [("shelved",)]


def test_a_row_that_no_trigger_saw_come_is_found_at_a_shelved_rows_number(shelved: Pair) -> None:
    """T3"""
    with shelved.here.memory() as memory:
        memory.connection.execute("INSERT INTO waifusync_gate VALUES (1)")
        memory.connection.execute("INSERT INTO memories (id, user_input) VALUES (1, 'unseen')")
        memory.connection.execute("DELETE FROM waifusync_gate")
        mark_unknown_rows(memory, now=shelved.here.now)
    assert shelved.here.collect() == 1
    shelved.is_at_rest()


def test_a_row_that_the_log_does_not_hold_never_goes(pair: Pair) -> None:
    """T6"""
    pair.say("one")
    pair.sync()
    with pair.here.memory() as memory:
        sent = len(pair.here.store.logs[pair.here.id])
        which = Shelvable(memory.ledger, memory.catalog(), sent=sent)
        (found,) = which.candidates(now=pair.here.now, floor=NO_FLOOR, limit=9)
        nothing = Sources(lambda device, number: None, pair.here.sources.vector)
        with pytest.raises(UntrustedError):
            Shelving(memory, nothing, sent=sent).put([found.record])
        memory.connection.execute("INSERT INTO waifusync_gate VALUES (1)")
        memory.connection.execute("UPDATE memories SET user_input = 'no trigger saw it'")
        memory.connection.execute("DELETE FROM waifusync_gate")
        assert Shelving(memory, pair.here.sources, sent=sent).put([found.record]) == 0
    assert pair.said() == ["no trigger saw it"]


def test_rows_that_the_log_lacks_keep_no_other_from_coming_back(shelved: Pair) -> None:
    """T6"""
    lost = shelved.key("one")

    def without_one(device: str, number: int) -> object:
        entry = shelved.here.store.find(device, number)
        return None if entry and entry.key == lost else entry

    with shelved.here.memory() as memory, pytest.raises(UntrustedError):
        bring_back_into(memory, Sources(without_one, shelved.here.sources.vector))  # type: ignore[arg-type]  # an entry or None
    assert shelved.said() == ["two", "three"] and shelved.shelved() == {"memories": 1}
    shelved.is_at_rest()


def test_an_older_copy_of_it_is_known_and_its_children_find_it(pair: Pair, tmp_path: Path) -> None:
    """T19: by its key where the copy has one, else by what it holds."""
    pair.say("one", "two")
    pair.sync()
    pair.here.back_up()
    plain = tmp_path / "plain.db"
    with sqlite3.connect(plain) as copy:
        copy.execute("CREATE TABLE memories (id INTEGER PRIMARY KEY, user_input TEXT)")
        copy.execute("CREATE TABLE facts (id INTEGER PRIMARY KEY, source_memory_id INTEGER, fact TEXT)")
        copy.execute("INSERT INTO memories VALUES (7, 'one')")
        copy.execute("INSERT INTO facts VALUES (1, 7, 'of one')")
    copy.close()
    assert pair.shelve() == 2
    with pair.here.memory() as memory:
        assert memory.import_file(pair.here.backups[0][0]).known == {"memories": 2}
        imported = memory.import_file(plain)
        assert (imported.known, imported.added) == ({"memories": 1}, {"facts": 1})
    pair.here.collect()
    with pair.here.memory() as memory:
        memory.take_wanted(pair.here.sources)
    assert pair.said() == ["one"]
    joined = "SELECT m.user_input FROM facts AS f JOIN memories AS m ON m.id = f.source_memory_id"
    assert pair.here.query(joined) == [("one",)]
    pair.is_at_rest()


def test_what_was_null_beside_a_default_that_is_a_clock_is_null_again(pair: Pair) -> None:
    for device in (pair.here, pair.there):
        device.program.execute("DROP TABLE memories")
        device.program.execute(
            "CREATE TABLE memories"
            " (id INTEGER PRIMARY KEY, user_input TEXT, at TEXT DEFAULT CURRENT_TIMESTAMP)"
        )
    pair.here.program.execute("INSERT INTO memories (user_input, at) VALUES ('one', NULL)")
    pair.here.collect()
    assert pair.shelve() == 1
    pair.here.unshelve()
    assert pair.here.query("SELECT user_input, at FROM memories") == [("one", None)]
    assert pair.here.collect() == 0


def _embedded(pair: Pair) -> None:
    with pair.here.memory() as memory:
        make_table(memory.connection)
    pair.say("one", "two")
    pair.here.collect()
    with pair.here.memory() as memory:
        missing = [each for each in look_through(memory.connection, SOURCE) if each is not None]
        write_vectors(memory.connection, SOURCE, [(each, b"\0\0\0\0" * 4) for each in missing])
    pair.sync()


def test_a_memory_goes_with_its_vectors_and_comes_with_them(pair: Pair) -> None:
    """T15"""
    _embedded(pair)
    before = pair.here.query("SELECT * FROM memory_vectors ORDER BY memory")
    assert pair.shelve(rows=1) == 1 and pair.shelved() == {"memories": 1, "memory_vectors": 1}
    with pair.here.memory() as memory:
        assert remove_orphans(memory.connection) == 0
        assert list(look_through(memory.connection, SOURCE)) == [None]
    assert pair.sync() == 0
    pair.here.unshelve()
    assert pair.here.query("SELECT * FROM memory_vectors ORDER BY memory") == before
    pair.is_at_rest()


def test_a_memory_that_is_referred_to_brings_its_vectors(pair: Pair) -> None:
    _embedded(pair)
    pair.shelve(rows=1)
    pair.here.program.execute("INSERT INTO facts (source_memory_id, fact) VALUES (1, 'of one')")
    pair.here.collect()
    with pair.here.memory() as memory:
        memory.take_wanted(pair.here.sources)
    assert pair.shelved() == {} and len(pair.here.query("SELECT * FROM memory_vectors")) == 2


def test_what_a_program_writes_again_is_back_and_told_only_where_it_differs(pair: Pair) -> None:
    _embedded(pair)
    rows = pair.here.query("SELECT * FROM memory_vectors ORDER BY memory")
    pair.shelve()
    insert = f"INSERT INTO memory_vectors VALUES ({', '.join('?' * len(rows[0]))})"
    pair.here.program.execute(insert, rows[0])
    assert pair.here.collect() == 0 and pair.shelved() == {"memories": 2, "memory_vectors": 1}
    pair.here.program.execute(insert, (*rows[1][:2], "another", *rows[1][3:]))
    pair.here.now += 1000
    with pair.here.memory() as memory:
        bring_back_into(memory, pair.here.sources)
    assert pair.here.query("SELECT source FROM memory_vectors ORDER BY memory")[1] == ("another",)
    pair.is_at_rest()


def test_a_vector_that_comes_for_a_memory_in_the_log_follows_it_and_one_made_again_here_is_an_edit(
    pair: Pair,
) -> None:
    _embedded(pair)
    pair.shelve(rows=1)
    ((key,),) = pair.there.query(
        "SELECT memory FROM memory_vectors WHERE memory NOT IN (SELECT key FROM waifusync_records"
        " AS r JOIN memories AS m ON m.id = r.row WHERE m.user_input = 'two' AND r.state = 0)"
    )
    sql = "INSERT INTO memory_vectors (memory, model, source) VALUES (?, ?, 'x')"
    pair.there.program.execute(sql, (key, "other"))
    pair.sync()
    with pair.here.memory() as memory:
        assert remove_orphans(memory.connection) == 0
        sent = len(pair.here.store.logs[pair.here.id])
        assert Shelving(memory, pair.here.sources, sent=sent).fit(10**12) == 1
    pair.here.program.execute(sql, (key, "tiny"))
    assert pair.sync() == 1
    assert pair.shelved() == {"memories": 1, "memory_vectors": 1}
    pair.is_at_rest()


def test_an_older_waifusync_leaves_such_a_database_alone_until_all_is_back(shelved: Pair) -> None:
    """T16"""
    with shelved.here.memory() as memory:
        assert int(memory.ledger.meta("format") or 0) > PLAIN_FORMAT
        assert not memory.needs_attention
        bring_back_into(memory, shelved.here.sources)
        assert memory.ledger.meta("format") == PLAIN_FORMAT and not memory.needs_attention
    fresh = shelved.here.path.with_name("fresh.db")
    LiveMemory.create(fresh, "c" * 8, CHOICES)
    with LiveMemory.open(fresh, CHOICES, lambda: 0) as memory:
        assert Ledger(memory.connection).meta("format") == PLAIN_FORMAT
