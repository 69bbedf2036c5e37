"""From which value several edits of a field went on: the newest edit that all of them had seen.

Each entry names the newest entries about its record that its writer had seen: so a record's past can be
walked from any of them, through the logs, and every device that has them finds the same.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence

from waifusync.core.entry import Entry
from waifusync.core.fold import saw

Lookup = Callable[[str, int], "Entry | None"]
# A record that was edited more often than this between two heads has no base that is worth finding.
MOST_STEPS = 1000


def common_base(field: str, edits: Sequence[Entry], lookup: Lookup) -> Entry | None:
    """The entry that told what all of these went on from; None when they have nothing in common."""
    for entry in _backwards(edits, lookup):
        if entry.fields is None:
            return None
        if field in entry.fields and all(saw(edit, entry) for edit in edits):
            return entry
    return None


def without_succeeded(edits: Iterable[Entry]) -> list[Entry]:
    """Those that no other of them had seen, by rank."""
    known = list(edits)
    kept = [each for each in known if not any(saw(other, each) for other in known if other is not each)]
    return sorted(kept, key=lambda each: each.rank)


def past_of(edit: Entry, lookup: Lookup) -> list[Entry]:
    """All that its writer had seen of the record, the latest first."""
    return list(_backwards([edit], lookup))


def _backwards(edits: Sequence[Entry], lookup: Lookup) -> Iterator[Entry]:
    """What they had seen, the latest first: an entry ranks above all that its writer had seen."""
    waiting: list[tuple[int, str, int]] = []
    known: dict[tuple[str, int], Entry] = {}
    later = list(edits)
    for _ in range(MOST_STEPS):
        for each in later:
            for device, number in each.seen.items():
                found = None if (device, number) in known else lookup(device, number)
                if found is not None and found.collection == each.collection and found.key == each.key:
                    known[device, number] = found
                    time, name, place = found.rank
                    heapq.heappush(waiting, (-time, name, place))
        if not waiting:
            return
        _, device, number = heapq.heappop(waiting)
        later = [known[device, number]]
        yield later[0]
