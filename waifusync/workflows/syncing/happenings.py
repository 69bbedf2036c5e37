"""What a sync tells to whoever wants to see it happen; each after the commit of what it speaks of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from waifusync.errors import WaifusyncError
from waifusync.workflows.companion import Companion
from waifusync.workflows.syncing.outcome import Outcome

if TYPE_CHECKING:
    from waifusync.memory.terms import Collected

_OURS = "waifusync:"


def tell_collected(companion: Companion, collected: Collected) -> None:
    """What programs did to their rows, which is entries now."""
    counts = {
        "added": sum(collected.added.values()),
        "changed": sum(collected.changed.values()),
        "deleted": sum(collected.deleted.values()),
    }
    if any(counts.values()):
        from waifusync.core.events import INGEST_MEMORIES

        companion.emit(INGEST_MEMORIES, counts)


def tell_taken_in(companion: Companion, counts: Mapping[str, int]) -> None:
    """Entries of other devices that are in the database now, by collection: rows, skills, knowledge, …"""
    from waifusync.core.events import MERGE_MEMORIES, is_name

    told: dict[str, int] = {}
    for collection, count in counts.items():
        name = f"merge.{collection[len(_OURS) :]}" if collection.startswith(_OURS) else MERGE_MEMORIES
        told[name] = told.get(name, 0) + count
    for name, count in told.items():
        if is_name(name):  # a newer waifusync may have collections that are called otherwise
            companion.emit(name, {"received": count})


def tell_exchange(companion: Companion, purpose: str, outcome: Outcome) -> None:
    """One that changed anything here or there; a look that found all level is no event."""
    counts = {
        "sent": outcome.sent,
        "committed": outcome.committed,
        "received": sum(outcome.received.values()),
        "new_conflicts": outcome.new_conflicts,
        "merged": outcome.merged,
        "repaired": len(outcome.repaired),
    }
    if any(counts.values()) or outcome.moved_remote:
        from waifusync.core.events import SYNC_EXCHANGE

        companion.emit(SYNC_EXCHANGE, {"purpose": _word(purpose), "pushed": int(outcome.pushed), **counts})


@contextmanager
def failures_told(companion: Companion, purpose: str) -> Iterator[None]:
    """All that was done until then is safe here; the exit code says of what kind the failure is."""
    try:
        yield
    except WaifusyncError as failure:
        from waifusync.core.events import SYNC_FAILED

        companion.emit(SYNC_FAILED, {"purpose": _word(purpose), "code": int(failure.code)})
        raise


def _word(purpose: str) -> str:
    return purpose.replace(" ", "_")
