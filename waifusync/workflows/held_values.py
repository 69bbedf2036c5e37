"""Values of any entry that this device holds: in git, or still on its way there."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from waifusync.memory.live import LiveMemory
from waifusync.memory.terms import Sources
from waifusync.repository.objects import ObjectReader
from waifusync.repository.refs import read_refs
from waifusync.workflows.companion import HELD, Companion

if TYPE_CHECKING:
    from waifusync.core.entry import Entry
    from waifusync.log.index import LogIndex
    from waifusync.log.source import Source
    from waifusync.log.vectors import VectorReader


class HeldValues:
    """Asks git for nothing before a value is wanted: `find` gives the log and vector files then."""

    def __init__(self, find: Callable[[], Source], memory: LiveMemory) -> None:
        self._find = find
        self._connection = memory.connection
        self._device = memory.ledger.device

    @property
    def sources(self) -> Sources:
        return Sources(self.entry, self.vector)

    def entry(self, device: str, number: int) -> Entry | None:
        """The entry, from the outbox or a log; None when neither has it."""
        from waifusync.core.entry import parse_line

        if device == self._device:
            query = "SELECT line FROM waifusync_outbox WHERE number = ?"
            row = self._connection.execute(query, (number,)).fetchone()
            if row is not None:
                return parse_line(row[0].encode(), device)
        return self._index.entry(device, number)

    def vector(self, device: str, group: str, ordinal: int, digest: str) -> bytes | None:
        """Likewise; the digest is checked."""
        from waifusync.core.vectors import vector_digest

        if device == self._device:
            query = "SELECT content FROM waifusync_vectors WHERE model = ? AND ordinal = ?"
            for (content,) in self._connection.execute(query, (group, ordinal)):
                if vector_digest(content) == digest:
                    return bytes(content)
        return self._vectors.vector(device, group, ordinal, digest)

    @cached_property
    def _source(self) -> Source:
        return self._find()

    @cached_property
    def _index(self) -> LogIndex:
        from waifusync.log.index import LogIndex

        return LogIndex(self._source)

    @cached_property
    def _vectors(self) -> VectorReader:
        from waifusync.log.vectors import VectorReader

        return VectorReader(self._source)


def held_sources(companion: Companion, reader: ObjectReader, memory: LiveMemory) -> Sources:
    """Of all that this device holds now."""
    from waifusync.workflows.syncing.git_source import GitSource, memory_paths

    held = read_refs(companion.git, HELD)[HELD]
    return HeldValues(lambda: GitSource(reader, memory_paths(companion.git, held)), memory).sources
