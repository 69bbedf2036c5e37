"""`rebuild`: the live database afresh out of the logs, beside the old one, then carried over by SQL.

What programs wrote and is not collected yet is collected first. A live database that is gone is made anew;
one that cannot be read is moved aside, with all that lies beside it, and never deleted.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from waifusync.core.entry import line_chain, parse_line
from waifusync.core.versions import Head
from waifusync.errors import RefusedError, UntrustedError
from waifusync.log.index import LogIndex
from waifusync.log.reading import LogFault, LogLine, read_all
from waifusync.log.vectors import VectorReader
from waifusync.memory.ahead import Line
from waifusync.memory.connection import NotADatabase, explained, open_database
from waifusync.memory.ledger import Ledger
from waifusync.memory.live import LiveMemory
from waifusync.memory.rebuilding import (
    Places,
    forget_placeholders,
    fresh_ledger,
    rebuild_ledger,
    shelve_again,
)
from waifusync.memory.soundness import is_sound
from waifusync.memory.swapping import Swapped, Swapper
from waifusync.memory.terms import Sources
from waifusync.memory.unknown_rows import mark_unknown_rows
from waifusync.repository.objects import ObjectReader
from waifusync.repository.refs import read_refs
from waifusync.values import dataclass, field
from waifusync.workflows.companion import HELD, Companion, wall_clock
from waifusync.workflows.syncing.git_source import GitSource, memory_paths
from waifusync.workflows.syncing.relinking import make_link
from waifusync.workflows.syncing.taking_in import sources_of
from waifusync.workflows.syncing.under_way import APPLIED

_FRESH = "rebuild.db"
_MOST_TRIES = 4
_BESIDE = ("", "-wal", "-shm", "-journal")
Progress = Callable[[], None]


@dataclass(slots=True)
class Rebuilt:
    """`moved_aside` is where an unreadable database is now, `kept` where rows are that were not as the log
    has them; `was_gone`: there was no live database."""

    swapped: Swapped = field(default_factory=Swapped)
    digest: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    was_gone: bool = False
    moved_aside: Path | None = None
    kept: Path | None = None
    warnings: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, object]:
        """The documented shape of `rebuild --json`."""
        return {
            "digest": self.digest,
            "rows": self.rows,
            "added": self.swapped.added,
            "changed": self.swapped.changed,
            "removed": self.swapped.removed,
            "ledger": self.swapped.ledger,
            "gone": self.was_gone,
            "moved_aside": str(self.moved_aside) if self.moved_aside else None,
            "kept": str(self.kept) if self.kept else None,
            "warnings": self.warnings,
        }


class LogDamaged(UntrustedError):
    """The log does not hold all that the live database does."""


def rebuild(companion: Companion, *, progress: Progress | None = None) -> Rebuilt:
    """Raises LogDamaged, rather than take anything away that the log cannot vouch for."""
    rebuilt = Rebuilt()
    with companion.locked("rebuild"):
        _ready_live(companion, rebuilt)
        with companion.memory() as memory, ObjectReader(companion.git) as reader:
            _Rebuilding(companion, memory, reader, rebuilt, progress).run()
            rebuilt.digest, rebuilt.rows = memory.digest(), memory.counts()
        make_link(companion, companion.layout)
    return rebuilt


def _ready_live(companion: Companion, rebuilt: Rebuilt) -> None:
    path = companion.live_path
    if path.exists() and not _is_readable(path):
        rebuilt.moved_aside = _move_aside(path)
    if path.exists():
        _check_owner(companion)
        return
    rebuilt.was_gone = True
    _move_aside(path)  # a -wal without its database would be taken for the new one's
    LiveMemory.create(path, companion.state.id, companion.choices)


def _is_readable(path: Path) -> bool:
    try:
        connection = open_database(path)
    except NotADatabase:
        return False
    try:
        with explained(path):
            return is_sound(connection)
    except NotADatabase:
        return False
    finally:
        connection.close()


def _move_aside(path: Path) -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(wall_clock() / 1000))
    aside = path.with_name(f"{path.stem}.{stamp}-{os.getpid()}.moved-aside{path.suffix}")
    for suffix in _BESIDE:
        there = path.with_name(path.name + suffix)
        if there.exists():
            there.rename(aside.with_name(aside.name + suffix))
    return aside


def _check_owner(companion: Companion) -> None:
    connection = open_database(companion.live_path)
    try:
        with explained(companion.live_path):
            if not Ledger.is_present(connection):
                raise RefusedError(
                    f"another database is in the live one's place: {companion.live_path}",
                    hint="stop its programs, move it aside, run: waifusync rebuild, then: waifusync import",
                )
            if Ledger(connection).device != companion.state.id:
                raise RefusedError("the live database is another device's", hint="run: waifusync sync")
    finally:
        connection.close()


class _Rebuilding:
    def __init__(
        self,
        companion: Companion,
        memory: LiveMemory,
        reader: ObjectReader,
        rebuilt: Rebuilt,
        progress: Progress | None,
    ) -> None:
        self._companion = companion
        self._memory = memory
        self._rebuilt = rebuilt
        self._progress = progress
        self._directory = companion.git.state_directory
        self._held = read_refs(companion.git, HELD)[HELD]
        self._source = GitSource(reader, memory_paths(companion.git, self._held))
        self._sources = self._sources_with_outbox()

    def run(self) -> None:
        mark_unknown_rows(self._memory, now=wall_clock())
        self._collect()
        for _ in range(_MOST_TRIES):
            if self._attempt():
                if self._held is not None:
                    self._memory.ledger.set_meta(APPLIED, self._held)
                return
        raise RefusedError(
            "programs changed the tables while the database was rebuilt", hint="run the command again"
        )

    def _collect(self) -> None:
        self._memory.collect(sources_of(self._source), accept_deletions=True)

    def _sources_with_outbox(self) -> Sources:
        """What is not in git yet is in the live database's outbox."""
        index, vectors = LogIndex(self._source), VectorReader(self._source)
        connection, own = self._memory.connection, self._companion.state.id

        def vector(device: str, group: str, ordinal: int, digest: str) -> bytes | None:
            found = vectors.vector(device, group, ordinal, digest)
            if found is None and device == own:
                row = connection.execute(
                    "SELECT content FROM waifusync_vectors WHERE model = ? AND ordinal = ?", (group, ordinal)
                ).fetchone()
                found = row[0] if row else None
            return found

        def entry(device: str, number: int) -> object:
            row = None
            if device == own:
                row = connection.execute(
                    "SELECT line FROM waifusync_outbox WHERE number = ?", (number,)
                ).fetchone()
            return parse_line(row[0].encode(), own) if row else index.entry(device, number)

        return Sources(entry, vector)  # type: ignore[arg-type]  # an Entry or None

    def _attempt(self) -> bool:
        choices, live = self._companion.choices, self._memory.connection
        path = self._directory / _FRESH
        with fresh_ledger(path, self._companion.state.id, choices, live) as fresh:
            places = Places(live)
            faults: list[LogFault] = []
            lines = read_all(self._source, faults=faults)
            problems = rebuild_ledger(
                fresh, lines, self._sources, choices, places=places, progress=self._progress
            )
            self._rebuilt.warnings = [*problems, *self._told(faults)]
            for left in reversed(range(_MOST_TRIES)):
                rebuild_ledger(fresh, self._outbox(fresh), self._sources, choices, places=places)
                shelve_again(fresh, choices, places)
                self._refuse_loss(fresh)
                swapped = self._swap(fresh, path, is_last_try=left == 0)
                if swapped is not None:
                    self._rebuilt.swapped = swapped
                    return True
                self._collect()
        return False

    def _told(self, faults: list[LogFault]) -> list[str]:
        """A damaged log is enough where nothing else is left, and only there."""
        told = [f"{each.path} line {each.line}: {each.reason}" for each in faults]
        if told and not self._rebuilt.was_gone:
            raise LogDamaged(told[0], hint="see: waifusync verify; nothing was changed")
        return told

    def _outbox(self, fresh: sqlite3.Connection) -> Iterator[Line]:
        own = self._companion.state.id
        for _, line in self._memory.outgoing(after=Ledger(fresh).head(own).number).lines:
            raw = line.encode()
            yield LogLine(parse_line(raw, own), line_chain(raw), raw)

    def _refuse_loss(self, fresh: sqlite3.Connection) -> None:
        """The live database may know entries that this device holds in no log."""
        found = Ledger(fresh).heads()
        for device, head in self._memory.heads().items():
            if found.get(device, Head()).number < head.number:
                raise LogDamaged(
                    f"the log of {device} ends before entry {head.number}, which the database holds",
                    hint="run: waifusync sync, then waifusync rebuild; nothing was changed",
                )

    def _swap(self, fresh: sqlite3.Connection, path: Path, *, is_last_try: bool) -> Swapped | None:
        forget_placeholders(fresh)
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(wall_clock() / 1000))
        kept = self._directory / f"replaced-{stamp}-{os.getpid()}.db"
        swapper = Swapper(self._memory.connection, self._companion.choices)
        swapper.attach(path, kept)
        try:
            swapped = swapper.swap(fresh, is_last_try=is_last_try) if swapper.fits() else None
        except sqlite3.IntegrityError:
            swapped = None  # a row that a program wrote just now holds what is unique in one of the log's
        finally:
            swapper.detach()
        if swapped is not None and (swapped.changed or swapped.removed):
            self._rebuilt.kept = kept
        else:
            kept.unlink(missing_ok=True)
        return swapped
