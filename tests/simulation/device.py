"""One device: its database, the program that writes to it, and syncing as the workflows do it."""

from __future__ import annotations

import copy
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.simulation.world import CHOICES, START_MILLISECONDS, BrokenPromise, Line, Store, World
from waifusync.core.entry import Entry
from waifusync.memory.live import LiveMemory
from waifusync.memory.shelvable import Floor, Shelvable
from waifusync.memory.terms import Sources
from waifusync.workflows.retaining.shelving import Shelving, bring_back_into

# Marks are stamped by SQLite's own clock; the world's clock never comes near that time.
NO_FLOOR = Floor(days=-1_000_000, rows=0)
_SQLITE_CLOCK = "at > 1700000000000 AND at < 3000000000000"


@dataclass(slots=True)
class Journal:
    """What the program was told is stored, and the logs do not hold yet: by table, row and column."""

    written: dict[tuple[str, object, str], str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)

    def write(self, table: str, row: object, column: str, value: str) -> None:
        self.written[table, row, column] = value

    def delete(self, table: str, row: object, key: str | None) -> None:
        for place in [place for place in self.written if place[:2] == (table, row)]:
            del self.written[place]
        if key is not None:
            self.deleted.add(key)


def known_of(store: Store) -> dict[str, dict[str, int]]:
    """By record, the last entry of each device about it."""
    known: dict[str, dict[str, int]] = defaultdict(dict)
    for log in store.logs.values():
        for line in log:
            known[line.entry.key][line.entry.device] = line.entry.number
    return known


class Device:
    """Its own clock, store and file; the program's connection stays open as a chat program's would."""

    choices = CHOICES

    def __init__(self, world: World, name: str) -> None:
        self.world, self.id = world, name
        self.path = world.directory / f"{name}.db"
        self.now = START_MILLISECONDS
        self.store = Store({name: []})
        self.journal = Journal()
        self.backups: list[tuple[Path, Journal]] = []
        # By record, the last entry of each device that this database has taken in.
        self.known: dict[str, dict[str, int]] = {}
        LiveMemory.create(self.path, name, CHOICES)
        self.program = self._start_program()

    def _start_program(self) -> sqlite3.Connection:
        program = sqlite3.connect(self.path, isolation_level=None)
        program.execute("PRAGMA synchronous=OFF")
        return program

    def stop(self) -> None:
        self.program.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction of the program's; what was written in one that fails was never promised."""
        before = copy.deepcopy(self.journal)
        self.program.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.program.execute("COMMIT")
        except BaseException:
            self.program.execute("ROLLBACK")
            self.journal = before
            raise
        finally:
            self._stamp_marks()

    def _stamp_marks(self) -> None:
        self.now += 1
        for (marks,) in self.query("SELECT name FROM sqlite_master WHERE name GLOB 'waifusync_marks_[0-9]*'"):
            if not marks.endswith("_place"):
                self.program.execute(f"UPDATE {marks} SET at = ? WHERE {_SQLITE_CLOCK}", (self.now,))

    def query(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        return self.program.execute(sql, values).fetchall()

    @property
    def sources(self) -> Sources:
        def vector(device: str, group: str, ordinal: int, digest: str) -> bytes | None:
            return self.world.vectors.get((device, group, ordinal))

        return Sources(self.store.find, vector)

    @contextmanager
    def memory(self) -> Iterator[LiveMemory]:
        with LiveMemory.open(self.path, CHOICES, lambda: self.now) as memory:
            memory.connection.execute("PRAGMA synchronous=OFF")
            yield memory

    def collect(self) -> int:
        """Commits: marks become lines of the own log. How many."""
        self.now += 1
        with self.memory() as memory:
            own = self.store.logs[self.id]
            if memory.ledger.head(self.id).number < len(own):
                memory.apply(iter(own), self.sources, claims=True)
            memory.collect(self.sources, accept_deletions=True)
            return self._export(memory)

    def _export(self, memory: LiveMemory) -> int:
        own = self.store.logs[self.id]
        before, outgoing = len(own), memory.outgoing()
        for group, ordinal, content in outgoing.vectors:
            self.world.keep_vector((self.id, group, ordinal), content)
        for number, text in outgoing.lines:
            if number > len(own):
                self.store.append(self.id, text.encode())
        memory.confirm(len(own))
        self._check_journal(own[before:])
        self._check_seen(own[before:])
        return len(own) - before

    def _check_journal(self, lines: list[Line]) -> None:
        fields = (line.entry.fields for line in self.store.logs[self.id])
        said = {value for each in fields if each for value in each.values() if isinstance(value, str)}
        lost = {place: value for place, value in self.journal.written.items() if value not in said}
        if lost:
            raise BrokenPromise(f"{self.id}: written, and in no line: {lost}")
        kept = self.journal.deleted - {line.entry.key for line in lines}
        if kept:
            raise BrokenPromise(f"{self.id}: deleted, and no line says so: {kept}")
        self.journal = Journal()

    def _check_seen(self, lines: list[Line]) -> None:
        """An entry tells what its writer knew of the record: no less, and nothing that had not come."""
        held = known_of(self.store)
        for line in lines:
            entry, seen = line.entry, line.entry.seen
            known, possible = self.known.get(entry.key, {}), held[entry.key]
            if not entry.adopted and any(seen.get(each, 0) < number for each, number in known.items()):
                raise BrokenPromise(f"{self.id} {entry.number}: knew {known} of {entry.key}, and told {seen}")
            if any(number > possible.get(device, 0) for device, number in seen.items()):
                raise BrokenPromise(
                    f"{self.id} {entry.number}: had {possible} of {entry.key}, and told {seen}"
                )
            self.known.setdefault(entry.key, {})[self.id] = entry.number

    def apply(self, *, claims: bool = False) -> None:
        """Takes in everything in the own store; entries known already are delivered again each time."""
        self.now += 1
        with self.memory() as memory:
            applied = memory.apply(self.store.in_order(), self.sources, claims=claims)
            self._export(memory)
            if applied.problems:
                raise BrokenPromise(f"{self.id}: {applied.problems}")
        self.known = known_of(self.store)

    def deliver(self, *entries: Entry) -> list[str]:
        """Entries of a device that is not in this world; what was wrong with them."""
        with self.memory() as memory:
            return memory.apply((Line(entry, "") for entry in entries), self.sources).problems

    def forget_tracking(self) -> None:
        """As if the database had just been found: no log, no record, only the program's rows."""
        names = self.query(
            "SELECT type, name FROM sqlite_master WHERE name GLOB 'waifusync_*' AND type != 'index'"
        )
        for kind, name in sorted(names, reverse=True):
            self.program.execute(f'DROP {kind} "{name}"')
        LiveMemory.create(self.path, self.id, CHOICES)

    def back_up(self) -> None:
        copy_path = self.path.with_suffix(f".backup{len(self.backups)}")
        target = sqlite3.connect(copy_path)
        self.program.backup(target)
        target.close()
        self.backups.append((copy_path, copy.deepcopy(self.journal)))

    def restore_backup(self, which: int) -> None:
        """An older file is put back: what the newer one did not tell the log is lost with it."""
        if not self.backups:
            return
        copy_path, journal = self.backups[which % len(self.backups)]
        self.program.close()
        for suffix in ("-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        shutil.copy(copy_path, self.path)
        self.journal = Journal(dict(journal.written))
        self.known = {}
        self.program = self._start_program()
        self.program.execute("PRAGMA journal_mode=WAL")

    def shelve(self, chance: Random) -> None:
        """Some memories, of those that may, are kept in the log only from now on."""
        self.collect()
        with self.memory() as memory:
            sent = len(self.store.logs[self.id])
            which = Shelvable(memory.ledger, memory.catalog(), sent=sent)
            found = which.candidates(now=self.now, floor=NO_FLOOR, limit=1000)
            chosen = [each.record for each in found if chance.random() < 0.5]
            Shelving(memory, self.sources, sent=sent).put(chosen)

    def unshelve(self) -> None:
        self.collect()
        with self.memory() as memory:
            bring_back_into(memory, self.sources)

    def rebuild(self) -> None:
        """The database afresh out of the logs."""
        self.collect()
        self.program.close()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        LiveMemory.create(self.path, self.id, CHOICES)
        self.program = self._start_program()
        self.apply()
