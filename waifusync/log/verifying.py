"""Proof that no entry is missing, repeated or altered, and that every vector an entry names is there.

A stream: one file of each device's log and a few of its vectors are in memory, however long the history.
"""

from __future__ import annotations

from collections.abc import Callable

from waifusync.core.entry import Entry
from waifusync.core.values import vector_address
from waifusync.core.vectors import vector_digest
from waifusync.log.reading import LogFault, read_log
from waifusync.log.source import Source, devices
from waifusync.log.vectors import VectorReader
from waifusync.values import dataclass, field

_PROGRESS_STEP = 1000


@dataclass(slots=True)
class VectorCounts:
    """Vectors that entries name, and how many of those are not there or not the same any more."""

    count: int = 0
    missing: int = 0
    altered: int = 0


@dataclass(slots=True)
class Report:
    """Entries found good by device folder, every fault, and how the vectors fare."""

    entries: dict[str, int] = field(default_factory=dict)
    faults: list[LogFault] = field(default_factory=list)
    vectors: VectorCounts = field(default_factory=VectorCounts)

    @property
    def is_good(self) -> bool:
        """Nothing missing, nothing altered."""
        return not (self.faults or self.vectors.missing or self.vectors.altered)


def verify_logs(
    source: Source,
    *,
    progress: Callable[[int], None] | None = None,
    visit: Callable[[Entry], None] | None = None,
) -> Report:
    """Reads everything; `progress` gets the number of entries read so far, now and then, `visit` each good
    entry, device by device."""
    report, reader, done = Report(), VectorReader(source), 0
    for folder in devices(source):
        report.entries[folder] = 0
        for line in read_log(source, folder, faults=report.faults):
            report.entries[folder] += 1
            _check_vectors(line.entry, reader, report.vectors)
            if visit is not None:
                visit(line.entry)
            done += 1
            if progress is not None and done % _PROGRESS_STEP == 0:
                progress(done)
    if progress is not None:
        progress(done)
    return report


def _check_vectors(entry: Entry, reader: VectorReader, counts: VectorCounts) -> None:
    for value in (entry.fields or {}).values():
        if type(value) is dict and (address := vector_address(value)) is not None:
            group, ordinal, digest = address
            found = reader.unchecked(entry.device, group, ordinal)
            counts.count += 1
            counts.missing += found is None
            counts.altered += found is not None and vector_digest(found) != digest
