"""A live database that is not the one this device left: gone, emptied, somebody else's, or another device's.

gone, from its own place     made anew and filled from the log
gone, from a program's       refused: the disk it lies on may merely not be mounted
one that waifusync never saw settled into; its rows are matched with the log's by content, the rest are new
another device's             refused: what is written there would be told in that device's name
"""

from __future__ import annotations

import os

from waifusync.errors import RefusedError
from waifusync.memory.live import LiveMemory
from waifusync.workflows.companion import Companion


def ensure_database(companion: Companion) -> list[str]:
    """Before the database is opened, under the lock; says what was repaired."""
    path = companion.live_path
    if path.exists():
        return []
    if os.path.isabs(companion.state.live):
        raise RefusedError(
            f"{path} is not there", hint="put it back, or mount the disk it lies on; nothing was changed"
        )
    LiveMemory.create(path, companion.state.id, companion.choices)
    return ["memory.db was gone: made anew, and filled from the log"]


def ensure_ours(companion: Companion, memory: LiveMemory) -> list[str]:
    """For the opened database; raises RefusedError for one that belongs to another device."""
    if not memory.is_ours:
        LiveMemory.create(companion.live_path, companion.state.id, companion.choices)
        return ["memory.db was another file: its rows were brought together with the log's"]
    if memory.ledger.device != companion.state.id:
        raise RefusedError(
            f"{companion.live_path} belongs to another device: {memory.ledger.device}",
            hint="move that file aside and run: waifusync sync, which fills a new one from the log; "
            "then take in what else it holds: waifusync import FILE",
        )
    return []
