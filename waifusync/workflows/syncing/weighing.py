"""Clashes of fields whose strategy is weighted_merge, answered before a commit is made."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from waifusync.config import Conflicts, Strategy
from waifusync.core.learning.collections import MERGED, TABLES
from waifusync.workflows.syncing.git_source import memory_paths
from waifusync.workflows.syncing.under_way import UnderWay

if TYPE_CHECKING:
    from waifusync.log.source import Source

# What waifusync itself has to understand is never a mixture.
_NEVER = (TABLES, MERGED)


def weigh_conflicts(sync: UnderWay) -> None:
    """Counts what was merged."""

    is_weighed = partial(_is_weighed, sync.companion.config.conflicts)
    if not sync.memory.has_unseen_merges and not any(is_weighed(*each) for each in sync.memory.clashes()):
        return
    from waifusync.memory.weighing import weigh_clashes  # fractions take 5 ms, and clashes are rare
    from waifusync.workflows.held_values import HeldValues

    sources = HeldValues(lambda: _all_that_is_here(sync), sync.memory).sources
    count = weigh_clashes(sync.memory, sources, is_weighed)
    if count:
        from waifusync.core.events import MERGE_CONFLICTS

        sync.outcome.merged += count
        sync.companion.emit(MERGE_CONFLICTS, {"merged": count})


def _is_weighed(chosen: Conflicts, table: str, field: str) -> bool:
    """A deletion that overruled an edit (the field is "") is nothing to be mixed."""
    is_possible = field != "" and table not in _NEVER
    return is_possible and chosen.strategy_for(table, field) is Strategy.WEIGHTED_MERGE


def _all_that_is_here(sync: UnderWay) -> Source:
    return sync.source(sync.united if sync.united is not None else memory_paths(sync.git, sync.held))
