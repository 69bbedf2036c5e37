"""What making the search index asks of the live database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from waifusync.memory.live import LiveMemory
from waifusync.memory.making import make_database
from waifusync.memory.search_index import SearchIndex
from waifusync.memory.terms import Choices


def test_no_batch_of_the_index_sorts_all_memories(tmp_path: Path) -> None:
    """It did, for each batch: 100,000 memories took 16 s instead of 4, and a million over twenty minutes."""
    path, choices = tmp_path / "memory.db", Choices((), {}, {}, ())
    make_database(path, "abcdefgh", choices)
    asked: list[str] = []
    with LiveMemory.open(path, choices, lambda: 1) as memory:
        table = memory.catalog().tables["memories"]
        memory.connection.set_trace_callback(asked.append)
        with closing(sqlite3.connect(tmp_path / "search.db", isolation_level=None)) as connection:
            SearchIndex(connection, memory.ledger, table).bring_up_to_date()
        memory.connection.set_trace_callback(None)
        batches = [each for each in asked if "FROM waifusync_records AS r JOIN" in each]
        assert batches
        for each in batches:
            plan = memory.connection.execute(f"EXPLAIN QUERY PLAN {each}").fetchall()
            assert not any("TEMP B-TREE" in str(step) for step in plan), plan
