"""Taking in what a tree of logs holds: read from where this device is, checked, applied in causal order."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from waifusync.memory.live import LiveMemory
from waifusync.memory.terms import Sources
from waifusync.values import dataclass, field

if TYPE_CHECKING:
    from waifusync.log.index import LogIndex
    from waifusync.log.reading import LogFault, LogLine
    from waifusync.log.source import Source
    from waifusync.log.vectors import VectorReader


@dataclass(slots=True)
class TakenIn:
    """What came, by device id, and from others by collection; and what was wrong with which log."""

    received: dict[str, int] = field(default_factory=dict)
    learned: dict[str, int] = field(default_factory=dict)
    faults: list[LogFault] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def sources_of(source: Source) -> Sources:
    """Where values are looked up that the live database does not hold; read when the first is."""

    @functools.cache
    def index() -> LogIndex:
        from waifusync.log.index import LogIndex

        return LogIndex(source)

    @functools.cache
    def vectors() -> VectorReader:
        from waifusync.log.vectors import VectorReader

        return VectorReader(source)

    return Sources(
        lambda device, number: index().entry(device, number),
        lambda device, group, ordinal, digest: vectors().vector(device, group, ordinal, digest),
    )


def take_in(memory: LiveMemory, source: Source, *, claims: bool = False) -> TakenIn:
    """Applies every entry beyond what the live database has; a faulty log ends there, the others go on."""
    from waifusync.log.reading import FaultKind, read_all

    taken = TakenIn()
    own = memory.ledger.device
    lines = _counted(read_all(source, memory.heads(), faults=taken.faults), taken, own)
    taken.problems = memory.apply(lines, sources_of(source), claims=claims).problems
    # What waits in the outbox is not in the log yet: our own log may well be shorter than what we did.
    taken.faults = [
        each for each in taken.faults if not (_is_of(each, own) and each.kind == FaultKind.SHORTER)
    ]
    return taken


def _is_of(fault: LogFault, device: str) -> bool:
    from waifusync.log.source import device_id

    return device_id(fault.device) == device


def _counted(lines: Iterable[LogLine], taken: TakenIn, own: str) -> Iterator[LogLine]:
    from waifusync.core.learning.collections import TABLES

    for line in lines:
        device, collection = line.entry.device, line.entry.collection
        if collection != TABLES:
            taken.received[device] = taken.received.get(device, 0) + 1
        if collection != TABLES and device != own:
            taken.learned[collection] = taken.learned.get(collection, 0) + 1
        yield line


def device_id_of(path: str) -> str | None:
    """The device whose log or vector file this is."""
    from waifusync.log.source import device_id, log_segment, vector_segment

    log, vectors = log_segment(path), vector_segment(path)
    folder = log[0] if log else vectors[0][0] if vectors else None
    return device_id(folder) if folder else None


def last_number(paths: Iterable[str], device_folder: str) -> int:
    """How far the log of this device goes, by the names of its files."""
    from waifusync.log.source import log_segments

    return max((segment.last for segment in log_segments(paths).get(device_folder, [])), default=0)


def last_ordinal(paths: Iterable[str], device_folder: str, group: str) -> int:
    """How far a group of this device's vectors goes, by the names of its files; -1 when it has none."""
    from waifusync.log.source import vector_segments

    segments = vector_segments(paths).get((device_folder, group), [])
    return max((segment.last for segment in segments), default=-1)


def without_faulty(
    united: Mapping[str, str], held: Mapping[str, str], faults: Iterable[LogFault], heads: Mapping[str, int]
) -> dict[str, str]:
    """The union less what is new and could not be read: that is never counted as held."""
    from waifusync.log.source import device_id, log_segment

    faulty = {fault.device for fault in faults}

    def is_good(path: str) -> bool:
        found = log_segment(path)
        if path in held or found is None or found[0] not in faulty:
            return True
        return found[1].last <= heads.get(device_id(found[0]), 0)

    return {path: blob for path, blob in united.items() if is_good(path)}
