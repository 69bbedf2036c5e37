"""Memories leave the live database until it fits, the oldest first, and come back: in short transactions.

    all that programs did is told   →   the log is read and holds the whole row   →   the row goes

Each transaction is whole in itself, so a run that was killed leaves some rows here and some in the log only.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from waifusync.core.shelving import choose
from waifusync.errors import RefusedError, UntrustedError
from waifusync.memory import tracking
from waifusync.memory.catalog import Catalog
from waifusync.memory.collecting import Collector
from waifusync.memory.connection import transaction, used_bytes
from waifusync.memory.live import LiveMemory
from waifusync.memory.outbox import outbox_bytes
from waifusync.memory.placing import Placer
from waifusync.memory.records import Record, Records, State
from waifusync.memory.shelvable import Floor, Shelvable
from waifusync.memory.shelved import may_be_shelved, next_shelved
from waifusync.memory.shelving import Shelver, begin_shelving, end_shelving
from waifusync.memory.terms import Sources
from waifusync.repository.layout import LOG
from waifusync.repository.objects import ObjectReader
from waifusync.repository.refs import read_refs
from waifusync.workflows.companion import HELD, Companion
from waifusync.workflows.held_values import held_sources
from waifusync.workflows.syncing.git_source import memory_paths
from waifusync.workflows.syncing.taking_in import last_number
from waifusync.workflows.syncing.under_way import APPLIED

_TRANSACTION_SECONDS = 0.05
# Few enough to be read and sorted at once, many enough that a table is not scanned again for each.
_PAGE = 5000
_BATCH = 64


def shelve_to_fit(companion: Companion, limit_bytes: int, *, is_rehearsal: bool = False) -> int:
    """How many memories went, or about how many would; the caller holds the lock, and has seen that the
    remote is level with this device.

    Raises RefusedError where the database is not what the log says, UntrustedError where the log lacks a row.
    """
    held = read_refs(companion.git, HELD)[HELD]
    with companion.memory() as memory, ObjectReader(companion.git) as reader:
        if not memory.is_ours or memory.ledger.meta(APPLIED) != held:
            raise RefusedError(
                "the database is not level with its log, so no row was moved", hint="run: waifusync sync"
            )
        folder = companion.state.folder
        sent = last_number(memory_paths(companion.git, held, f"{LOG}/{folder}"), folder)
        sources = held_sources(companion, reader, memory)
        shelving = Shelving(memory, sources, sent=sent)
        if is_rehearsal:
            return len(shelving.plan(limit_bytes + outbox_bytes(memory.connection, upto=sent)))
        memory.collect(sources)
        memory.confirm(sent)  # these lines take as much room as the rows, and are in git
        return shelving.fit(limit_bytes)


def bring_back(companion: Companion) -> int:
    """How many rows came back; the caller holds the lock. Raises UntrustedError for what the log lacks, after
    all others are back."""
    with companion.memory() as memory, ObjectReader(companion.git) as reader:
        return bring_back_into(memory, held_sources(companion, reader, memory))


class Shelving:
    """An open database that is level with its log."""

    def __init__(
        self, memory: LiveMemory, sources: Sources, *, sent: int, floor: Floor | None = None
    ) -> None:
        self._memory = memory
        self._sources = sources
        self._sent = sent
        self._floor = floor or Floor()

    def fit(self, limit_bytes: int) -> int:
        """Until no more than this is used, or nothing more may go."""
        gone = self._put_strays()
        while planned := self.plan(limit_bytes):
            went = self.put(planned)
            if not went:
                break
            gone += went
        return gone

    def plan(self, limit_bytes: int) -> list[int]:
        """The next to go, by a guess of what each frees: what it really was is seen afterwards."""
        which = self._shelvable(self._memory.catalog())
        over = used_bytes(self._memory.connection) - limit_bytes
        if over <= 0 or not which.has_table:
            return []
        page = which.candidates(now=self._memory.wall_clock(), floor=self._floor, limit=_PAGE)
        return [each.record for each in choose(page, over)]

    def put(self, memories: Sequence[int]) -> int:
        """How many of them went; those that must stay do."""
        waiting, gone = list(memories), 0
        while waiting:
            with _transaction(self._memory, self._sources) as (catalog, shelver):
                begin_shelving(self._memory.ledger)
                stop, looked_at = time.monotonic() + _TRANSACTION_SECONDS, 0
                for unit in self._shelvable(catalog).units(waiting[:_BATCH]):
                    looked_at += 1
                    gone += bool(unit) and shelver.put(unit)
                    if time.monotonic() > stop:
                        break
                waiting = waiting[looked_at:]
        return gone

    def _put_strays(self) -> int:
        if not may_be_shelved(self._memory.ledger):
            return 0
        with _transaction(self._memory, self._sources) as (catalog, shelver):
            return sum(shelver.put(unit) for unit in self._shelvable(catalog).stray_vectors(_BATCH))

    def _shelvable(self, catalog: Catalog) -> Shelvable:
        return Shelvable(self._memory.ledger, catalog, sent=self._sent)


def bring_back_into(memory: LiveMemory, sources: Sources) -> int:
    """All that is in the log only, in the order in which it came. Raises as `bring_back`."""
    if not may_be_shelved(memory.ledger):
        return 0
    last, count, lost = 0, 0, []
    while found := next_shelved(memory.connection, after=last, limit=_BATCH):
        with _transaction(memory, sources) as (_, shelver):
            stop = time.monotonic() + _TRANSACTION_SECONDS
            for number in found:
                last = number
                try:
                    count += _take(shelver, shelver.records.by_id(number))
                except UntrustedError as error:
                    lost.append(error)
                if time.monotonic() > stop:
                    break
    with transaction(memory.connection):
        end_shelving(memory.ledger)
    if lost:
        raise lost[0]
    return count


def _take(shelver: Shelver, record: Record) -> bool:
    """False where it came back meanwhile, with its memory or by a program."""
    if record.state != State.SHELVED:
        return False
    shelver.take(record)
    return True


@contextmanager
def _transaction(memory: LiveMemory, sources: Sources) -> Iterator[tuple[Catalog, Shelver]]:
    """What programs did until now is told first, so that no change of theirs goes with a row."""
    with transaction(memory.connection):
        catalog = memory.catalog()
        Collector(memory.ledger, catalog, wall_milliseconds=memory.wall_clock()).collect()
        records = Records(memory.ledger)
        placer = Placer(records, catalog)
        with tracking.silence(memory.connection):
            yield (
                catalog,
                Shelver(records, catalog, placer=placer, entries=sources.entry, vectors=sources.vector),
            )
            placer.settle()
            records.flush()
