"""`remember`: a memory written as any program would write it, and told at once, so that it has a key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from waifusync.core.events import INGEST_MEMORIES
from waifusync.core.tables import quote
from waifusync.errors import RefusedError, UsageError
from waifusync.memory.catalog import Catalog
from waifusync.memory.rows import LiveTable
from waifusync.values import dataclass
from waifusync.workflows.companion import Companion, now_text, wall_clock
from waifusync.workflows.working import Work, at_work

if TYPE_CHECKING:
    from waifusync.core.learning.memory_facts import MemoryFacts
    from waifusync.core.values import Stored

MEMORIES = "memories"


@dataclass(frozen=True, slots=True)
class Remembered:
    """The key of a memory on every device, and its row number on this one."""

    key: str
    row: int


def remember(
    companion: Companion, values: Mapping[str, Stored], *, facts: MemoryFacts | None = None
) -> Remembered:
    """Adds a row to `memories`; `values` by column, those that are None or that the table lacks left out.

    `timestamp` and `device_id` are filled in unless given, `facts` are what is known beside the row.
    Raises RefusedError; then nothing was written.
    """
    from waifusync.core.learning.collections import MEMORY_FACTS
    from waifusync.core.learning.memory_facts import facts_key

    with at_work(companion, "remember") as work:
        work.collect()
        with work.deed("remember") as catalog:
            remembered = _write(work, catalog, _filled(companion, values))
            if facts is not None:
                with work.learning() as learning:
                    learning.put(MEMORY_FACTS, facts_key(remembered.key), facts.to_fields())
            work.announcements.add(INGEST_MEMORIES, {"added": 1})
    return remembered


def remember_private(companion: Companion, values: Mapping[str, Stored]) -> Remembered:
    """Likewise, into a table that never leaves this device; its key says so."""
    from waifusync.memory.private import private_key, write_private

    with at_work(companion, "remember") as work, work.memory_transaction():
        row = write_private(work.memory.ledger, _filled(companion, values))
    return Remembered(private_key(row), row)


def _filled(companion: Companion, values: Mapping[str, Stored]) -> dict[str, Stored]:
    given = {name: value for name, value in values.items() if value is not None}
    if any(isinstance(value, str) and not _is_unicode(value) for value in given.values()):
        raise UsageError("a text is not UTF-8", hint="check the terminal's or the program's encoding")
    return {"timestamp": now_text(), "device_id": companion.state.name, **given}


def _is_unicode(text: str) -> bool:
    """Arguments in another encoding arrive as halves of surrogate pairs."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _write(work: Work, catalog: Catalog, values: Mapping[str, Stored]) -> Remembered:
    from waifusync.memory.collecting import Collector

    table = memories_table(catalog)
    names = [name for name in values if name in table.columns]
    columns, marks = ", ".join(map(quote, names)), ", ".join("?" * len(names))
    cursor = work.memory.connection.execute(
        f"INSERT INTO {MEMORIES} ({columns}) VALUES ({marks})",  # noqa: S608 - quoted names of the schema
        [values[name] for name in names],
    )
    assert cursor.lastrowid is not None
    Collector(work.memory.ledger, catalog, wall_milliseconds=wall_clock()).collect()
    record = work.records.by_row(table, cursor.lastrowid)
    assert record is not None
    return Remembered(record.key, cursor.lastrowid)


def memories_table(catalog: Catalog) -> LiveTable:
    """Raises RefusedError where a person dropped or excluded it, or keeps it by keys of another kind."""
    table = catalog.tables.get(MEMORIES)
    if table is None or table.is_named:
        raise RefusedError(
            f"the live database has no table {MEMORIES} as waifusync makes it",
            hint="look at exclude in waifusync.toml, and at the tables in the file that waifusync path names",
        )
    return table


def count_memories(companion: Companion) -> int:
    """For a progress bar; 0 where there is no such table."""
    with companion.memory() as memory:
        memories_table(memory.catalog())
        return int(memory.connection.execute("SELECT count(*) FROM memories").fetchone()[0])
