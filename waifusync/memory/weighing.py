"""`weighted_merge` carried out: a clash is answered by an edit that holds what all its sides come to.

Two devices that answer the same clash at the same moment write the same value, which is no clash. A merge is
never a side of its own: what it merged is taken in its place, so the order in which clashes were found does
not matter. And merges of the same sides are never merged again, so an answer never calls for another.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from itertools import groupby

from waifusync.core.common_past import common_base, without_succeeded
from waifusync.core.entry import Entry
from waifusync.core.learning.collections import EntryId, merged_of
from waifusync.core.values import vector_address
from waifusync.core.weighing import Said, merged, said
from waifusync.memory.collections import Collection, TableCollection
from waifusync.memory.connection import transaction
from waifusync.memory.live import LiveMemory
from waifusync.memory.records import Record, State
from waifusync.memory.settler import Answer, Settler, settling
from waifusync.memory.terms import Sources
from waifusync.values import NamedTuple


def weigh_clashes(memory: LiveMemory, sources: Sources, is_weighed: Callable[[str, str], bool]) -> int:
    """Answers the clashes of such tables' fields, each record in a short transaction; how many fields."""
    has_news = memory.has_unseen_merges
    rows = memory.connection.execute(_CLASHES).fetchall() + (_merges(memory) if has_news else [])
    found = {(key, field) for key, table, field in rows if field and is_weighed(table, field)}
    by_key = groupby(sorted(found), key=lambda row: row[0])
    count = sum(_weigh(memory, sources, key, [field for _, field in group]) for key, group in by_key)
    if count or has_news:
        with transaction(memory.connection):
            memory.note_merges_seen()
    return count


def _merges(memory: LiveMemory) -> list[tuple[str, str, str]]:
    """Record, table and field of all merges that may still be sides."""
    rows = memory.connection.execute(_MERGES).fetchall()
    return [(key, table, field) for key, table, told in rows for field in merged_of(json.loads(told))]


def _weigh(memory: LiveMemory, sources: Sources, key: str, fields: list[str]) -> int:
    try:
        return _answer(memory, sources, key, fields, only_latest=False)
    except Misfit:
        if len(fields) == 1:
            return _answer(memory, sources, key, fields, only_latest=True)
        return sum(_weigh(memory, sources, key, [field]) for field in fields)


def _answer(memory: LiveMemory, sources: Sources, key: str, fields: list[str], *, only_latest: bool) -> int:
    clock = memory.wall_clock
    with memory.telling() as catalog, settling(memory.ledger, catalog, sources, wall_clock=clock) as settler:
        return Weigher(settler, sources, only_latest=only_latest).weigh(key, fields)


_CLASHES = """SELECT r.key, t.name, c.field FROM waifusync_clashes AS c
    JOIN waifusync_records AS r ON r.id = c.record JOIN waifusync_tables AS t ON t.id = r.tbl"""
_MERGES = """SELECT r.key, t.name, d.value FROM waifusync_touches AS e
    JOIN waifusync_devices AS v ON v.id = e.device
    JOIN waifusync_records AS m ON m.key = 'merged:' || v.device || ':' || e.number
    JOIN waifusync_documents AS d ON d.record = m.id AND d.field = 'of'
    JOIN waifusync_records AS r ON r.id = e.record JOIN waifusync_tables AS t ON t.id = r.tbl"""


class Misfit(Exception):
    """The merged row breaks a constraint of its table: nothing of it must stay."""


class _Plan(NamedTuple):
    answer: Answer
    originals: list[EntryId]


class Weigher:
    """Of one transaction. With `only_latest` nothing is mixed, and the latest side stands."""

    def __init__(self, settler: Settler, sources: Sources, *, only_latest: bool = False) -> None:
        self._settler = settler
        self._sources = sources
        self._only_latest = only_latest

    def weigh(self, key: str, fields: Iterable[str]) -> int:
        """Answers the clashes of one record; how many fields there were to answer. Raises Misfit."""
        record = self._settler.records.by_key(key)
        if record is None or record.state == State.DELETED:
            return 0
        collection = self._settler.collection_of(record)
        wanted = [field for field in fields if _may_be_mixed(collection, field)]
        plans = {field: plan for field in wanted if (plan := self._plan(record, collection, field))}
        if plans:
            self._settler.note_merge({field: plan.originals for field, plan in plans.items()})
            answers = {field: plan.answer for field, plan in plans.items()}
            state = self._settler.edit(record, answers, self._settler.touches_of(record))
            if state != record.state and not self._only_latest:
                raise Misfit
        return len(plans)

    def _plan(self, record: Record, collection: Collection, field: str) -> _Plan | None:
        """None where there is nothing to merge, or where a log that holds a side is not here."""
        sides = self._settler.heads(record, field)
        known = [(side.device, side.number) for side in sides]
        behind = [self._settler.originals(each, field) for each in known]
        is_merged_already = None not in behind and len({frozenset(each or ()) for each in behind}) == 1
        if len(sides) < 2 or is_merged_already:
            return None
        chosen = {each for side, of in zip(known, behind, strict=True) for each in (of or [side])}
        entries = [self._sources.entry(*each) for each in sorted(chosen)]
        found = [each for each in entries if each is not None and field in (each.fields or ())]
        if len(found) < len(entries):
            return None
        originals = without_succeeded(found)
        answer = self._answer(collection, field, originals)
        return _Plan(answer, [(each.device, each.number) for each in originals])

    def _answer(self, collection: Collection, field: str, originals: list[Entry]) -> Answer:
        latest = originals[-1]
        if self._only_latest:
            return Answer((latest.fields or {})[field], latest.device)
        base = common_base(field, originals, self._sources.entry)
        was = base.fields.get(field) if base is not None and base.fields else None
        words = [self._said(each, field) for each in originals]
        found = merged(words, was, weaves=isinstance(collection, TableCollection))
        return Answer(found.value, latest.device, found.content)

    def _said(self, entry: Entry, field: str) -> Said:
        address = vector_address((entry.fields or {})[field])
        return said(entry, field, self._sources.vector(entry.device, *address) if address else None)


def _may_be_mixed(collection: Collection, field: str) -> bool:
    """Not a key, and nothing of a row that is only ever taken whole."""
    if not isinstance(collection, TableCollection):
        return True
    table = collection.table
    return not table.is_atomic and field not in table.key_columns and field in table.columns
