"""Putting a choice into effect, and taking it back: history, then old memories, then the search index."""

from __future__ import annotations

import functools

from waifusync.config import Layout
from waifusync.errors import UsageError
from waifusync.repository.stale_locks import noted
from waifusync.values import NamedTuple
from waifusync.workflows.companion import Companion, wall_clock
from waifusync.workflows.retaining.choosing import (
    INDEX,
    Sizes,
    choose_any_database,
    forget_retention,
    read_retention,
    sizes_of,
    write_retention,
)

_DAY_MILLISECONDS = 24 * 60 * 60 * 1000


class Applied(NamedTuple):
    """What came of it, or would: `commits` went, older than `days`; `shelved` memories are in the log only
    from now on, or `why_not`; `over` are limits that are not kept."""

    before: Sizes
    after: Sizes
    commits: int
    days: int | None
    dropped_index: bool
    shelved: int
    why_not: str | None
    over: list[str]


class Returned(NamedTuple):
    """`history`: commits came back, or a choice went; `rows` are in the live database again."""

    history: bool
    rows: int


def apply(companion: Companion, *, is_rehearsal: bool = False) -> Applied:
    """Does what the choice says. Raises UsageError where nothing was chosen, RefusedError where this device
    and the remote are not level, GitUnreachable; then nothing changed."""
    from waifusync.workflows.retaining import shelving
    from waifusync.workflows.retaining.cutting import cut_to_fit, level_tip

    chosen = read_retention(companion.git.state_directory)
    if not chosen.is_chosen:
        raise UsageError("nothing was chosen", hint="run: waifusync retention set --days 90")
    with companion.locked("retention"), noted(companion.git):
        before = sizes_of(companion)
        is_over = "database" in before.over(chosen)
        tip = functools.cache(lambda: level_tip(companion, is_rehearsal=is_rehearsal))
        cut = cut_to_fit(companion, chosen, tip=tip, is_rehearsal=is_rehearsal)
        why_not = _why_not(companion) if is_over else None
        shelved = 0
        if is_over and why_not is None and tip():
            limit = chosen.database_bytes or 0
            shelved = shelving.shelve_to_fit(companion, limit, is_rehearsal=is_rehearsal)
        if not is_rehearsal:
            if is_over:
                _drop_index(companion)
            write_retention(companion.git.state_directory, chosen._replace(applied=wall_clock()))
        after = sizes_of(companion)
    drops_index = is_over and before.search > 0
    return Applied(before, after, cut.commits, cut.days, drops_index, shelved, why_not, after.over(chosen))


def _why_not(companion: Companion) -> str | None:
    """What keeps every row in the live database."""
    if companion.layout is Layout.DATABASE:
        return "in the layout database each commit holds all rows, so none can be kept in the log only"
    return None


def _drop_index(companion: Companion) -> None:
    for name in INDEX:  # a cache, which the next search makes again
        (companion.git.state_directory / name).unlink(missing_ok=True)


def apply_if_due(companion: Companion) -> Applied | None:
    """For whoever has just synced by itself: once a day, where something was chosen; None: it is not time."""
    chosen = read_retention(companion.git.state_directory)
    was_today = chosen.applied is not None and abs(wall_clock() - chosen.applied) < _DAY_MILLISECONDS
    return apply(companion) if chosen.is_chosen and not was_today else None


def bring_back(companion: Companion) -> Returned:
    """All history and all rows again, and nothing chosen any more. Raises GitUnreachable: then the choice
    stands; UntrustedError for rows that the log lacks, after all others are back."""
    from waifusync.workflows.retaining import shelving
    from waifusync.workflows.retaining.cutting import bring_history_back

    with companion.locked("retention"), noted(companion.git):
        was_shortened = bring_history_back(companion)
        was_chosen = forget_retention(companion.git.state_directory)
        return Returned(was_shortened or was_chosen, shelving.bring_back(companion))


def bring_rows_back(companion: Companion) -> int:
    """No limit of the database any more, and all of its rows; asks no remote. Raises UntrustedError."""
    from waifusync.workflows.retaining import shelving

    with companion.locked("retention"):
        choose_any_database(companion)
        return shelving.bring_back(companion)
