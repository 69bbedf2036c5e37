"""What was sent away at this device's door, as people and JSON have it."""

from __future__ import annotations

from waifusync.memory.door import blocked
from waifusync.values import NamedTuple
from waifusync.workflows.companion import Companion
from waifusync.workflows.known_devices import iso


class BlockedItem(NamedTuple):
    """`hash` says only whether two were the same; what came too often has none, and no `characters`."""

    source: str
    reason: str
    hash: str
    characters: int
    times: int
    first: str | None
    last: str | None

    def to_json(self) -> dict[str, object]:
        """The documented shape of each item of `blocked --json`."""
        return self._asdict()


def read_blocked(companion: Companion) -> list[BlockedItem]:
    """The newest last; writes nothing."""
    with companion.memory() as memory:
        found = blocked(memory.connection)
    return [BlockedItem(*each[:-2], iso(each.first), iso(each.last)) for each in found]
