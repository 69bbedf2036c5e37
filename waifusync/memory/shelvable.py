"""Which rows of `memories` may leave the live database: told and sent, in no dispute, and nobody's parent.

A memory goes with its vectors or not at all. One that a row refers to stays, since that row would lose its
parent for programs; so does one that was said, or edited, after what the remote is known to have.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from waifusync.core.learning.collections import MEMORY_FACTS
from waifusync.core.learning.memory_facts import MemoryFacts, facts_key
from waifusync.core.learning.tiers import Remembered, Tier, tier_of
from waifusync.core.shelving import KEPT_DAYS, KEPT_ROWS, Candidate
from waifusync.core.tables import quote
from waifusync.memory.catalog import Catalog
from waifusync.memory.embeddings import TABLE as VECTORS
from waifusync.memory.learned import read_collection
from waifusync.memory.ledger import Ledger
from waifusync.memory.records import Record, Records
from waifusync.memory.rows import LiveTable
from waifusync.memory.shelved import IS_SHELVED
from waifusync.values import NamedTuple

TABLE = "memories"
# What a row costs besides its content.
_ROW_BYTES = 24
_UNIX_EPOCH_DAYS = 2440587.5
_DAY_MILLISECONDS = 86_400_000
_UNDISPUTED = """NOT EXISTS (SELECT 1 FROM waifusync_clashes AS c WHERE c.record = r.id)
    AND NOT (r.device = :own AND r.number > :sent)
    AND NOT EXISTS (SELECT 1 FROM waifusync_touches AS x
        WHERE x.record = r.id AND x.device = :own AND x.number > :sent)"""
_UNWANTED = """r.key NOT IN (SELECT json_extract(each.value, '$.k') FROM waifusync_aside AS a,
    json_each(a.content) AS each WHERE each.type = 'object' AND json_extract(each.value, '$.k') NOT NULL)"""


class Floor(NamedTuple):
    """The newest so many rows and days, which stay."""

    days: float = KEPT_DAYS
    rows: int = KEPT_ROWS


class Shelvable:
    """Reads only. `sent`: the last entry of this device that the remote is known to have."""

    def __init__(self, ledger: Ledger, catalog: Catalog, *, sent: int) -> None:
        self._connection = ledger.connection
        self._records = Records(ledger)
        self._table = catalog.tables.get(TABLE)
        self._vectors = _of_right_shape(catalog.tables.get(VECTORS))
        self._children = catalog.children_of(TABLE)
        self._values = {"own": ledger.device_number(ledger.device), "sent": sent}

    @property
    def has_table(self) -> bool:
        """Whether there is a table of memories whose rows can leave: one with row numbers."""
        return self._table is not None and not self._table.is_named

    def candidates(self, *, now: int, floor: Floor, limit: int) -> list[Candidate]:
        """The oldest below the floor, pinned ones left out; `now` is in milliseconds since 1970."""
        newest = now / _DAY_MILLISECONDS + _UNIX_EPOCH_DAYS - floor.days
        kept = self._connection.execute(
            f"SELECT {self._moment} AS moment {self._rows} ORDER BY moment DESC LIMIT 1 OFFSET ?",
            (max(floor.rows - 1, 0),),
        ).fetchone()
        if kept is None:
            return []
        before = min(newest, kept[0]) if floor.rows else newest
        rows = self._connection.execute(
            f"SELECT r.id, {self._moment} AS moment, {self._size}, r.key {self._rows} AND {self._may_go}"
            " AND moment < :before ORDER BY moment, r.id",
            {**self._values, "before": before},
        )
        rated = _rated(self._connection)
        found = (
            Candidate(record, moment, size, _tier(rated, key, moment, now=now))
            for record, moment, size, key in rows
        )
        return list(islice((each for each in found if each.tier != Tier.CORE), limit))

    def units(self, records: Sequence[int]) -> Iterator[list[Record]]:
        """For each of them what goes with it, itself first; nothing for one that must stay."""
        fit = self._still_fit(records)
        for number in records:
            record = self._records.by_id(number)
            unit = [record, *self._vectors_of(record.key)] if number in fit else []
            yield unit if all(map(self._is_undisputed, unit)) else []

    def _still_fit(self, records: Sequence[int]) -> set[int]:
        """One look at those that are referred to serves all."""
        rows = self._connection.execute(
            f"SELECT r.id {self._rows} AND r.id IN (SELECT value FROM json_each(:these)) AND {self._may_go}",
            {**self._values, "these": json.dumps(records)},
        )
        return {number for (number,) in rows.fetchall()}

    def stray_vectors(self, limit: int) -> list[list[Record]]:
        """Units of vectors that came for memories which are in the log only."""
        if self._vectors is None:
            return []
        rows = self._connection.execute(
            f"SELECT v.memory, v.model FROM {quote(VECTORS)} AS v JOIN waifusync_records AS m"
            f" ON m.key = v.memory WHERE m.{IS_SHELVED} LIMIT ?",
            (limit,),
        )
        found = [self._vector_at(self._vectors, *row) for row in rows.fetchall()]
        return [[each] for each in found if each is not None and self._is_undisputed(each)]

    def _is_undisputed(self, record: Record) -> bool:
        query = f"SELECT 1 FROM waifusync_records AS r WHERE r.id = :id AND {_UNDISPUTED}"
        values = {**self._values, "id": record.id}
        return self._connection.execute(query, values).fetchone() is not None

    def _vectors_of(self, key: str) -> Iterator[Record]:
        if self._vectors is not None:
            query = f"SELECT memory, model FROM {quote(VECTORS)} WHERE memory = ?"
            for row in self._connection.execute(query, (key,)).fetchall():
                found = self._vector_at(self._vectors, *row)
                if found is not None:
                    yield found

    def _vector_at(self, table: LiveTable, memory: str, model: str) -> Record | None:
        place = {"memory": memory, "model": model}
        return self._records.by_row(table, table.token([place[name] for name in table.key_columns]))

    @property
    def _rows(self) -> str:
        assert self._table is not None
        name, rowid = quote(self._table.name), quote(self._table.rowid)
        return (
            f"FROM waifusync_records AS r JOIN {name} AS t ON t.{rowid} = r.row"
            f" WHERE r.tbl = {self._table.id} AND r.state = 0"
        )

    @property
    def _moment(self) -> str:
        """What its program wrote, or when it was told where that is no date."""
        assert self._table is not None
        told = f"(abs(r.time) >> 16) / {_DAY_MILLISECONDS}.0 + {_UNIX_EPOCH_DAYS}"
        return f"coalesce(julianday(t.timestamp), {told})" if "timestamp" in self._table.columns else told

    @property
    def _size(self) -> str:
        assert self._table is not None
        parts = [f"coalesce(length(CAST(t.{quote(name)} AS BLOB)), 0)" for name in self._table.columns]
        if self._vectors is not None:
            total = "SELECT coalesce(sum(length(v.vector)), 0)"
            parts.append(f"({total} FROM {quote(VECTORS)} AS v WHERE v.memory = r.key)")
        return " + ".join((str(_ROW_BYTES), *parts))

    @property
    def _may_go(self) -> str:
        parents = (
            f"r.row NOT IN (SELECT {quote(column)} FROM {quote(child.name)} WHERE {quote(column)} NOT NULL)"
            for child, column in self._children
        )
        return " AND ".join((_UNDISPUTED, _UNWANTED, *parents))


def _rated(connection: sqlite3.Connection) -> dict[str, MemoryFacts]:
    """What people said of some memories; of most they said nothing."""
    told = read_collection(connection, MEMORY_FACTS)
    facts = ((key, MemoryFacts.from_fields(fields)) for key, fields in told)
    return {key: each for key, each in facts if each.pinned or each.importance is not None}


def _tier(rated: Mapping[str, MemoryFacts], key: str, moment: float, *, now: int) -> Tier:
    facts = rated.get(facts_key(key), MemoryFacts()) if rated else MemoryFacts()
    created = int((moment - _UNIX_EPOCH_DAYS) * _DAY_MILLISECONDS)
    return tier_of(Remembered(key, created, facts.importance, bool(facts.pinned)), now=now)


def _of_right_shape(table: LiveTable | None) -> LiveTable | None:
    """The one that `embed` makes."""
    is_right = table is not None and set(table.key_columns) == {"memory", "model"} and table.is_named
    return table if is_right and "vector" in (table.columns if table else ()) else None
