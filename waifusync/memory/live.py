"""The live database as the rest of waifusync sees it: open, collect, apply, compare, and what it holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from waifusync.core.learning.collections import MERGED, TABLES
from waifusync.memory import tracking
from waifusync.memory.connection import explained, open_database, open_foreign, snapshot, transaction
from waifusync.memory.ledger import Ledger
from waifusync.memory.making import make_database
from waifusync.memory.noticing import look_again, needs_look, note_looked
from waifusync.memory.schema import travelling_names
from waifusync.memory.shelved import are_wanted
from waifusync.memory.terms import Collected, Compared
from waifusync.values import dataclass

if TYPE_CHECKING:
    from waifusync.core.relog import NewName, Relogged
    from waifusync.core.versions import Head
    from waifusync.memory.ahead import Line
    from waifusync.memory.applying import Applied
    from waifusync.memory.catalog import Catalog
    from waifusync.memory.importing import Imported
    from waifusync.memory.terms import Choices, Sources

# Beyond any entry number.
_NO_END = 1 << 62
# Reads the wall clock, in milliseconds since 1970.
WallClock = Callable[[], int]
# Until here all merges were compared, by the digest of what is known of them.
_MERGES_SEEN = "merges_seen"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Lines that are not known to be in git yet, and the vectors they name: (group, ordinal, bytes).

    `told`: the number of our last entry at that moment, and how many changes we had told in all.
    """

    lines: Sequence[tuple[int, str]]
    vectors: Sequence[tuple[str, int, bytes]]
    has_more: bool = False
    told: tuple[int, int] = (0, 0)


class LiveMemory:
    """One open live database; use as a context manager."""

    def __init__(
        self, connection: sqlite3.Connection, path: Path, choices: Choices, wall_clock: WallClock
    ) -> None:
        self.connection = connection
        self.path = path
        self.choices = choices
        self.ledger = Ledger(connection)
        self.wall_clock = wall_clock

    @classmethod
    @contextmanager
    def open(cls, path: Path, choices: Choices, wall_clock: WallClock) -> Iterator[LiveMemory]:
        """Raises NotADatabase, DatabaseBusy, or RefusedError for a newer format."""
        connection = open_database(path)
        try:
            with explained(path):
                memory = cls(connection, path, choices, wall_clock)
                if memory.is_ours:
                    memory.ledger.check_format()
                yield memory
        finally:
            connection.close()

    create = staticmethod(make_database)

    @property
    def is_ours(self) -> bool:
        """False for a file that was put in the live database's place."""
        return Ledger.is_present(self.connection)

    @property
    def needs_attention(self) -> bool:
        """Whether tables, columns or triggers changed since the last look."""
        return needs_look(self.ledger)

    def catalog(self) -> Catalog:
        """The tables as they stand; writes when a table or column is new."""
        from waifusync.memory.catalog import load_catalog

        return load_catalog(self.connection, self.choices)

    def has_changes(self) -> bool:
        """Whether collecting would find anything to look at. Writes nothing, and reads no schema."""
        names = travelling_names(self.connection, self.choices.exclude)
        return self.needs_attention or tracking.has_marks(self.connection, names)

    def collect(
        self, sources: Sources, *, full: bool = False, accept_deletions: bool = False
    ) -> tuple[Collected, Compared]:
        """What programs changed since last time becomes entries in the outbox; no write if none."""
        if not full and not self.has_changes():
            return Collected(), Compared()
        from waifusync.memory.collecting import Collector

        now = self.wall_clock()
        with transaction(self.connection):
            catalog, compared = self.catalog(), Compared()
            if full or self.needs_attention:
                compared = look_again(
                    self.ledger,
                    catalog,
                    sources.entry,
                    sources.vector,
                    now=now,
                    full=full,
                    accept_deletions=accept_deletions,
                )
            collector = Collector(self.ledger, catalog, wall_milliseconds=now)
            collected = collector.collect(accept_deletions=accept_deletions)
            note_looked(self.ledger)
        return collected, compared

    @contextmanager
    def telling(self) -> Iterator[Catalog]:
        """One transaction for what is to be told: all that programs did until now is told first."""
        from waifusync.memory.collecting import Collector

        try:
            with transaction(self.connection):
                catalog = self.catalog()
                Collector(self.ledger, catalog, wall_milliseconds=self.wall_clock()).collect()
                yield catalog
        except BaseException:
            self.ledger.forget_cache()
            raise

    def take_wanted(self, sources: Sources) -> None:
        """Rows that are in the log only, and that another came to refer to; no write if there is none."""
        if not are_wanted(self.ledger):
            return
        from waifusync.memory.records import Records
        from waifusync.memory.shelving import take_wanted

        with transaction(self.connection):
            take_wanted(Records(self.ledger), self.catalog(), entries=sources.entry, vectors=sources.vector)

    def import_file(self, path: Path) -> Imported:
        """All rows of another SQLite file that are not here yet; all or none of them."""
        from waifusync.memory.collecting import Collector
        from waifusync.memory.importing import Importer, fit_schema

        foreign = open_foreign(path)
        try:
            with explained(path), transaction(self.connection):
                catalog = fit_schema(self.connection, foreign, self.choices)
                collector = Collector(self.ledger, catalog, wall_milliseconds=self.wall_clock())
                collector.collect()
                with tracking.silence(self.connection):
                    imported = Importer(collector, foreign).run(catalog)
                collector.finish()
                note_looked(self.ledger)
            return imported
        finally:
            foreign.close()

    def import_edited(self, path: Path, heads: Mapping[str, int]) -> Imported:
        """What somebody changed by hand in a snapshot that carries each device's log so far; all or nothing.

        The file is opened as one that cannot change. Raises DamagedSnapshot.
        """
        from waifusync.memory.collecting import Collector
        from waifusync.memory.hand_edits import take_in_edits
        from waifusync.memory.importing import fit_schema
        from waifusync.memory.snapshot_reading import open_snapshot

        with open_snapshot(path) as opened, transaction(self.connection):
            catalog = fit_schema(self.connection, opened.connection, self.choices)
            collector = Collector(self.ledger, catalog, wall_milliseconds=self.wall_clock())
            collector.collect()
            imported = take_in_edits(collector, opened, heads)
            Collector(self.ledger, catalog, wall_milliseconds=self.wall_clock()).collect()
            note_looked(self.ledger)
        return imported

    def named_anew(self, name: NewName) -> NewName:
        """The new name, with the keys that follow from it."""
        from waifusync.memory.renaming import with_following

        return with_following(name, self.ledger, self.catalog())

    def rename(
        self, name: NewName, told: Relogged, vectors: Iterable[tuple[int, str, int, bytes]], fork_chain: str
    ) -> None:
        """This device's entries after the fork become those of a new id, which is its own from now on."""
        from waifusync.memory.renaming import Renamer

        with transaction(self.connection):
            Renamer(self.ledger, self.catalog(), name).rename(told, vectors, fork_chain)
            self.ledger.set_meta(f"fork:{name.old}", name.fork)

    def apply(self, lines: Iterable[Line], sources: Sources, *, claims: bool = False) -> Applied:
        """Entries of any device, in causal order; ones that were applied before are passed over."""
        from waifusync.memory.applying import Applier

        applier = Applier(self.connection, self.choices, sources, wall_clock=self.wall_clock, claims=claims)
        return applier.apply(lines)

    def outgoing(self, *, after: int = 0, before: int = _NO_END, most_bytes: int | None = None) -> Outgoing:
        """What waits in the outbox between two entry numbers, or the first of it up to so many bytes."""
        # One moment for all of it: verbs such as `remember` add to the outbox without waiting for a sync.
        with snapshot(self.connection):
            return self._outgoing(after, before, most_bytes)

    def _outgoing(self, after: int, before: int, most_bytes: int | None) -> Outgoing:
        lines: list[tuple[int, str]] = []
        size, has_more = 0, False
        for number, line in self.connection.execute(
            "SELECT number, line FROM waifusync_outbox WHERE number > ? AND number < ? ORDER BY number",
            (after, before),
        ):
            if most_bytes is not None and size > most_bytes:
                has_more = True
                break
            lines.append((number, line))
            size += len(line)
        vectors = self.connection.execute(
            "SELECT model, ordinal, content FROM waifusync_vectors WHERE number > ? AND number <= ?"
            " ORDER BY model, ordinal",
            (after, lines[-1][0] if lines else after),
        ).fetchall()
        last = self.ledger.head(self.ledger.device).number
        changes = int(self.ledger.meta("changes") or 0) - self._changes_from(before)
        return Outgoing(lines, vectors, has_more, (min(last, before - 1), changes))

    def _changes_from(self, number: int) -> int:
        """How many changes wait from an entry on; what describes tables is none."""
        query = "SELECT count(*) FROM waifusync_outbox WHERE number >= ? AND instr(line, ?) = 0"
        member = f'"c":"{TABLES}"'  # with its quotes: within a text they would be escaped
        return int(self.connection.execute(query, (number, member)).fetchone()[0])

    def confirm(self, upto: int) -> None:
        """Entries up to this number are safe in git."""
        with transaction(self.connection):
            self.connection.execute("DELETE FROM waifusync_outbox WHERE number <= ?", (upto,))
            self.connection.execute("DELETE FROM waifusync_vectors WHERE number <= ?", (upto,))

    def heads(self) -> dict[str, Head]:
        return self.ledger.heads()

    def digest(self) -> str:
        """Of the folded state; what waits to be collected is not in it yet."""
        return self.ledger.state_digest()

    def clashes(self) -> dict[tuple[str, str], int]:
        """How many edits lost to another which their writer had not seen, by table and field."""
        rows = self.connection.execute(
            "SELECT t.name, c.field, count(*) FROM waifusync_clashes AS c"
            " JOIN waifusync_records AS r ON r.id = c.record JOIN waifusync_tables AS t ON t.id = r.tbl"
            " GROUP BY t.name, c.field"
        )
        return {(table, name): count for table, name, count in rows}

    @property
    def has_unseen_merges(self) -> bool:
        """Whether merges came (weighing.py), of which some may be of other sides though they say the same."""
        return self._digest_of_merges != (self.ledger.meta(_MERGES_SEEN) or "")

    def note_merges_seen(self) -> None:
        """Within the caller's transaction: all that are here were compared."""
        self.ledger.set_meta(_MERGES_SEEN, self._digest_of_merges)

    @property
    def _digest_of_merges(self) -> str:
        query = "SELECT digest FROM waifusync_tables WHERE name = ?"
        row = self.connection.execute(query, (MERGED,)).fetchone()
        return str(row[0]) if row else ""

    def counts(self) -> dict[str, int]:
        """Living records of each table of the person's."""
        return {
            name: count
            for name, (_, count) in sorted(self.ledger.table_digests().items())
            if not name.startswith("waifusync:")
        }

    def row_count(self, table: str) -> int:
        """Rows that a program sees; a scan."""
        from waifusync.core.tables import quote

        return int(self.connection.execute(f"SELECT count(*) FROM {quote(table)}").fetchone()[0])
