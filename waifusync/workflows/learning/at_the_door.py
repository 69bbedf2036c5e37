"""What of an experience may come in, and what of it stays on this device alone.

No rate is limited here: that is done before a thing is acknowledged (queue.py), and what was, is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from waifusync.core.learning.experience import ExperienceEvent
from waifusync.core.learning.intake import Limits
from waifusync.core.values import Stored
from waifusync.memory.door import Door
from waifusync.memory.ledger import Ledger
from waifusync.memory.noticing import own_change
from waifusync.memory.private import write_private
from waifusync.workflows.companion import wall_clock

_ANY_NUMBER = 1 << 50
# Which events became private memories: no record that travels may say so.
_PRIVATE = "CREATE TABLE IF NOT EXISTS waifusync_private_events (key TEXT PRIMARY KEY) WITHOUT ROWID"


class Entrance:
    """Within the caller's transaction."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._door = Door(ledger, Limits(burst=_ANY_NUMBER))
        with own_change(ledger):
            ledger.connection.execute(_PRIVATE)

    def admits(self, event: ExperienceEvent) -> bool:
        """False for a text that is too long or holds control characters; listed then: `waifusync blocked`."""
        return self._door.admit(_texts(event.data), source=event.source_instance, now=wall_clock()) is None

    def kept_private(self, event: str) -> bool:
        """Whether the event with this key became a private memory here."""
        query = "SELECT 1 FROM waifusync_private_events WHERE key = ?"
        return self._ledger.connection.execute(query, (event,)).fetchone() is not None

    def keep_private(self, event: str, columns: Mapping[str, Stored]) -> None:
        """A memory that never leaves this device."""
        write_private(self._ledger, columns)
        self._ledger.connection.execute("INSERT OR IGNORE INTO waifusync_private_events VALUES (?)", (event,))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _all_texts(value.values())
    elif isinstance(value, Sequence):
        yield from _all_texts(value)


def _all_texts(values: Iterable[object]) -> Iterator[str]:
    for each in values:
        yield from _texts(each)
