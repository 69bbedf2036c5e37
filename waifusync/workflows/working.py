"""What a person's verbs have in common: one transaction of the live database, written down to be undone.

They take no lock: a sync waiting for a remote that does not answer must not stop anybody from remembering.
Only a database that is behind its own log is brought up to date first, under the lock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from waifusync.core.events import Announcements
from waifusync.memory.catalog import Catalog
from waifusync.memory.collecting import Collector
from waifusync.memory.connection import transaction
from waifusync.memory.learned import Learning
from waifusync.memory.live import LiveMemory
from waifusync.memory.making import device_of
from waifusync.memory.operations import Operation, note_operation
from waifusync.memory.records import Records
from waifusync.memory.terms import Sources
from waifusync.repository.objects import ObjectReader
from waifusync.repository.refs import read_refs
from waifusync.values import dataclass, field
from waifusync.workflows.companion import APPLIED, HELD, Companion, wall_clock
from waifusync.workflows.held_values import HeldValues
from waifusync.workflows.syncing.happenings import tell_collected

if TYPE_CHECKING:
    from waifusync.log.source import Source
    from waifusync.memory.reviving import Reviver
    from waifusync.memory.settler import Settler


@dataclass(frozen=True, slots=True)
class Work:
    """An open companion, its database level with its log."""

    companion: Companion
    memory: LiveMemory
    sources: Sources
    # What the transaction under way did, told after its COMMIT.
    announcements: Announcements = field(default_factory=Announcements)

    @property
    def records(self) -> Records:
        return Records(self.memory.ledger)

    def collect(self) -> None:
        """What programs did is told first. Raises TooManyDeletions."""
        collected, _ = self.memory.collect(self.sources)
        tell_collected(self.companion, collected)

    @contextmanager
    def deed(self, verb: str) -> Iterator[Catalog]:
        """One transaction: what programs did until now is told, then what the block does, which is noted."""
        ledger = self.memory.ledger
        with self._transaction():
            catalog = self.memory.catalog()
            Collector(ledger, catalog, wall_milliseconds=wall_clock()).collect()
            first = ledger.head(ledger.device).number + 1
            yield catalog
            last = ledger.head(ledger.device).number
            note_operation(ledger, Operation(verb, ledger.device, first, last, wall_clock()))

    @contextmanager
    def learning(self) -> Iterator[Learning]:
        """Within a transaction, all marks collected."""
        learning = Learning(
            self.memory.ledger, wall_milliseconds=wall_clock(), announcements=self.announcements
        )
        yield learning
        learning.close()

    @contextmanager
    def lesson(self) -> Iterator[Learning]:
        """One transaction: what programs did until now is told, then what the block learns."""
        with self._transaction():
            catalog = self.memory.catalog()
            Collector(self.memory.ledger, catalog, wall_milliseconds=wall_clock()).collect()
            with self.learning() as learning:
                yield learning

    @contextmanager
    def memory_transaction(self) -> Iterator[Catalog]:
        """One transaction that tells nothing of its own accord."""
        with self._transaction():
            yield self.memory.catalog()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            with transaction(self.memory.connection):
                yield
        except BaseException:
            self.announcements.take()
            raise
        for name, facts in self.announcements.take():
            self.companion.emit(name, facts)

    @contextmanager
    def settler(self, catalog: Catalog) -> Iterator[Settler]:
        """Within a transaction."""
        from waifusync.memory.settler import settling

        with settling(self.memory.ledger, catalog, self.sources, wall_clock=wall_clock) as settler:
            yield settler

    @contextmanager
    def reviver(self, catalog: Catalog) -> Iterator[Reviver]:
        """Within a transaction."""
        from waifusync.memory.reviving import reviving

        with reviving(self.memory.ledger, catalog, self.sources, wall_clock=wall_clock) as reviver:
            yield reviver


@contextmanager
def at_work(companion: Companion, purpose: str) -> Iterator[Work]:
    """Raises LockTaken only where the database has to be brought up to date and another is at it."""
    _settle_in(companion, purpose)
    with companion.memory() as memory, ObjectReader(companion.git) as reader:
        held = read_refs(companion.git, HELD)[HELD]
        if not memory.is_ours or memory.ledger.meta(APPLIED) != held:
            from waifusync.workflows.syncing.exchange import begin

            with companion.locked(purpose):
                begin(companion, memory, reader, purpose)
            held = read_refs(companion.git, HELD)[HELD]
        values = HeldValues(lambda: _logs(companion, reader, held), memory)
        yield Work(companion, memory, values.sources)


def _logs(companion: Companion, reader: ObjectReader, held: str | None) -> Source:
    from waifusync.workflows.syncing.git_source import GitSource, memory_paths

    return GitSource(reader, memory_paths(companion.git, held))


def _settle_in(companion: Companion, purpose: str) -> None:
    """A file of a program's, or of another device, becomes this one's before anything is told in its name."""
    path = companion.live_path
    if not path.exists() or device_of(path) != companion.state.id:
        from waifusync.workflows.syncing.live_database import ensure_live_database

        with companion.locked(purpose):
            ensure_live_database(companion)
