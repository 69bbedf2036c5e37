"""Taking in what a tree of logs holds: read from where this device is, checked, applied in causal order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from waifusync.core.tables import TABLES
from waifusync.log.index import LogIndex
from waifusync.log.reading import FaultKind, LogFault, LogLine, read_all
from waifusync.log.source import (
    Source,
    device_id,
    log_segment,
    log_segments,
    vector_segment,
    vector_segments,
)
from waifusync.log.vectors import VectorReader
from waifusync.memory.applying import Sources
from waifusync.memory.live import LiveMemory
from waifusync.values import dataclass, field


@dataclass(slots=True)
class TakenIn:
    """What came, by device id, and from others by collection; and what was wrong with which log."""

    received: dict[str, int] = field(default_factory=dict)
    learned: dict[str, int] = field(default_factory=dict)
    faults: list[LogFault] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def sources_of(source: Source) -> Sources:
    """Where values are looked up that the live database does not hold."""
    index, vectors = LogIndex(source), VectorReader(source)
    return Sources(index.entry, vectors.vector)


def take_in(memory: LiveMemory, source: Source, *, claims: bool = False) -> TakenIn:
    """Applies every entry beyond what the live database has; a faulty log ends there, the others go on."""
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
    return device_id(fault.device) == device


def _counted(lines: Iterable[LogLine], taken: TakenIn, own: str) -> Iterator[LogLine]:
    for line in lines:
        device, collection = line.entry.device, line.entry.collection
        if collection != TABLES:
            taken.received[device] = taken.received.get(device, 0) + 1
        if collection != TABLES and device != own:
            taken.learned[collection] = taken.learned.get(collection, 0) + 1
        yield line


def device_id_of(path: str) -> str | None:
    """The device whose log or vector file this is."""
    log, vectors = log_segment(path), vector_segment(path)
    folder = log[0] if log else vectors[0][0] if vectors else None
    return device_id(folder) if folder else None


def last_number(paths: Iterable[str], device_folder: str) -> int:
    """How far the log of this device goes, by the names of its files."""
    return max((segment.last for segment in log_segments(paths).get(device_folder, [])), default=0)


def last_ordinal(paths: Iterable[str], device_folder: str, group: str) -> int:
    """How far a group of this device's vectors goes, by the names of its files; -1 when it has none."""
    segments = vector_segments(paths).get((device_folder, group), [])
    return max((segment.last for segment in segments), default=-1)


def without_faulty(
    united: Mapping[str, str], held: Mapping[str, str], faults: Iterable[LogFault], heads: Mapping[str, int]
) -> dict[str, str]:
    """The union less what is new and could not be read: that is never counted as held."""
    faulty = {fault.device for fault in faults}

    def is_good(path: str) -> bool:
        found = log_segment(path)
        if path in held or found is None or found[0] not in faulty:
            return True
        return found[1].last <= heads.get(device_id(found[0]), 0)

    return {path: blob for path, blob in united.items() if is_good(path)}
