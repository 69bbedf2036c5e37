"""What was taken in, told as an event once it is committed; a batch of it is one event with the counts."""

from __future__ import annotations

from waifusync.core.learning.taken import Came, Taken
from waifusync.memory.learned import Learning


def announced(learning: Learning, name: str, taken: Taken) -> Taken:
    """The same again; what changed nothing is no event."""
    if taken.came is not Came.NOTHING:
        learning.announce(name, {taken.came.value: 1})
    return taken
