"""Clashes of fields whose strategy is weighted_merge, answered before a commit is made."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from waifusync.config import Strategy
from waifusync.core.learning.collections import MERGED
from waifusync.core.tables import TABLES
from waifusync.log.source import Source
from waifusync.memory.applying import Sources
from waifusync.memory.collecting import Collector
from waifusync.memory.connection import transaction
from waifusync.workflows.companion import wall_clock
from waifusync.workflows.held_values import HeldValues
from waifusync.workflows.syncing.git_source import memory_paths
from waifusync.workflows.syncing.under_way import UnderWay

# What waifusync itself has to understand is never a mixture.
_NEVER = (TABLES, MERGED)


def weigh_conflicts(sync: UnderWay) -> None:
    """One short transaction for each record that is in dispute; counts what was merged."""
    disputed = list(_disputed(sync))
    if not disputed:
        return
    sources = HeldValues(lambda: _all_that_is_here(sync), sync.memory).sources
    count = sum(_weigh(sync, sources, key, fields) for key, fields in disputed)
    if count:
        sync.outcome.merged += count
        sync.companion.emit("merge.conflicts", {"merged": count})


def _all_that_is_here(sync: UnderWay) -> Source:
    return sync.source(sync.united if sync.united is not None else memory_paths(sync.git, sync.held))


def _weigh(sync: UnderWay, sources: Sources, key: str, fields: list[str]) -> int:
    from waifusync.memory.weighing import Misfit  # fractions take 5 ms, and clashes are rare

    try:
        return _answer(sync, sources, key, fields, only_latest=False)
    except Misfit:
        if len(fields) == 1:
            return _answer(sync, sources, key, fields, only_latest=True)
        return sum(_weigh(sync, sources, key, [field]) for field in fields)


def _answer(sync: UnderWay, sources: Sources, key: str, fields: list[str], *, only_latest: bool) -> int:
    from waifusync.memory.settler import settling
    from waifusync.memory.weighing import Weigher

    ledger = sync.memory.ledger
    try:
        with transaction(sync.memory.connection):
            catalog = sync.memory.catalog()
            Collector(ledger, catalog, wall_milliseconds=wall_clock()).collect()
            with settling(ledger, catalog, sources, wall_clock=wall_clock) as settler:
                return Weigher(settler, sources, only_latest=only_latest).weigh(key, fields)
    except BaseException:
        ledger.forget_cache()
        raise


def _disputed(sync: UnderWay) -> Iterator[tuple[str, list[str]]]:
    """Records by key, with the fields that are in dispute and to be merged."""
    chosen = sync.companion.config.conflicts
    wanted = {
        (table, field)
        for table, field in sync.memory.clashes()
        if field and table not in _NEVER and chosen.strategy_for(table, field) is Strategy.WEIGHTED_MERGE
    }
    if not wanted:
        return
    rows = sync.memory.connection.execute(
        "SELECT DISTINCT r.key, t.name, c.field FROM waifusync_clashes AS c"
        " JOIN waifusync_records AS r ON r.id = c.record JOIN waifusync_tables AS t ON t.id = r.tbl"
        " ORDER BY r.id, c.field"
    ).fetchall()
    found = [(key, field) for key, table, field in rows if (table, field) in wanted]
    for key, group in groupby(found, key=lambda row: row[0]):
        yield key, [field for _, field in group]
