"""`verify`: the logs are whole, the vectors are there, and the live database is what they come to.

Works on one moment of the live database and on the logs up to that moment, so programs and syncs go on.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from waifusync.core.entry import LONGEST_LINE_BYTES, Entry, MalformedLine, is_chained, line_chain, parse_line
from waifusync.errors import RefusedError, WaifusyncError
from waifusync.log.reading import LogFault
from waifusync.log.source import log_segments
from waifusync.log.union import unite
from waifusync.log.vectors import VectorReader
from waifusync.log.verifying import Report, verify_logs
from waifusync.memory.catalog import load_catalog
from waifusync.memory.connection import explained, open_foreign, tolerant_text
from waifusync.memory.encoding import VectorLookup
from waifusync.memory.ledger import Ledger
from waifusync.memory.noticing import needs_look, note_looked
from waifusync.memory.verifying import Checked, Fault, FoldCheck, RowCheck, check_digests
from waifusync.repository.layout import SNAPSHOT
from waifusync.repository.objects import ObjectReader
from waifusync.repository.refs import read_refs
from waifusync.values import dataclass, field
from waifusync.workflows.companion import HELD, TAKING, Companion
from waifusync.workflows.layouts.which import snapshot_at
from waifusync.workflows.syncing.git_source import GitSource, memory_paths

_SNAPSHOT = "verify.db"
_PAGES_AT_ONCE = 1000
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, in a "log" or in the "database"; `line` 0 is all of the path."""

    where: str
    path: str
    line: int
    table: str
    key: str
    reason: str

    def to_json(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Verified:
    """What was looked at, and what is wrong."""

    report: Report
    checked: Checked = field(default_factory=Checked)
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not self.findings

    def to_json(self) -> dict[str, object]:
        """The documented shape of `verify --json`."""
        vectors = self.report.vectors
        return {
            "ok": self.is_good,
            "entries": self.report.entries,
            "vectors": {"count": vectors.count, "missing": vectors.missing, "altered": vectors.altered},
            "records": self.checked.records,
            "rows": self.checked.rows,
            "uncollected": self.checked.uncollected,
            "faults": [each.to_json() for each in self.findings],
            "notes": self.notes,
        }


def verify(companion: Companion, *, progress: Progress | None = None) -> Verified:
    """Everything. Raises only for what makes looking impossible."""
    with ObjectReader(companion.git) as reader:
        try:
            with _snapshot(companion) as connection:
                return _Verification(companion, reader, connection, progress).run()
        except WaifusyncError as error:
            verified = _Verification(companion, reader, None, progress).run()
            path = str(companion.live_path)
            verified.findings.append(Finding("database", path, 0, "", "", error.message))
            return verified


class _Verification:
    def __init__(
        self,
        companion: Companion,
        reader: ObjectReader,
        connection: sqlite3.Connection | None,
        progress: Progress | None,
    ) -> None:
        self._companion = companion
        self._connection = connection
        self._progress = progress
        refs = read_refs(companion.git, HELD, TAKING, companion.branch_ref)
        held = memory_paths(companion.git, refs[HELD])
        if refs[TAKING]:  # a run was killed: the live database may hold all of it, or nothing yet
            held = unite(held, memory_paths(companion.git, refs[TAKING])).paths
        self._source = GitSource(reader, held)
        self._branch = GitSource(reader, memory_paths(companion.git, refs[companion.branch_ref]))
        self._commits = refs[HELD], refs[companion.branch_ref]
        self._reader = reader
        self._paths: dict[str, str] = {}
        self.verified = Verified(Report())

    def run(self) -> Verified:
        if self._connection is None:
            self._verify_logs(None)
        else:
            with explained(self._companion.live_path):
                self._verify_all(self._connection)
        in_database, self.verified.findings = self.verified.findings, []
        self._tell_logs(self.verified.report)
        if self._branch.paths() != self._source.paths():
            self._tell_logs(verify_logs(self._branch))
        self._tell_snapshots()
        self.verified.findings += in_database
        return self.verified

    def _verify_all(self, connection: sqlite3.Connection) -> None:
        ledger = Ledger(connection)
        if needs_look(ledger):
            self._verify_logs(None)
            self.verified.notes.append(
                "tables changed since the last sync, so rows were not compared: waifusync sync, then verify"
            )
            return
        catalog = load_catalog(connection, self._companion.choices)
        fold = FoldCheck(ledger, catalog, self._vectors(connection, ledger.device), self.verified.checked)
        self._verify_logs(fold.visit)
        for entry in self._outbox(connection, ledger.device):
            fold.visit(entry)
        fold.finish(is_complete=not self.verified.report.faults)
        check_digests(ledger, catalog, self.verified.checked)
        RowCheck(ledger, catalog, self.verified.checked).check()
        self._tell_database()

    def _verify_logs(self, visit: Callable[[Entry], None] | None) -> None:
        self.verified.report = verify_logs(self._source, progress=self._progress, visit=visit)

    def _vectors(self, connection: sqlite3.Connection, own: str) -> VectorLookup:
        reader = VectorReader(self._source)

        def find(device: str, group: str, ordinal: int, digest: str) -> bytes | None:
            found = reader.vector(device, group, ordinal, digest)
            if found is None and device == own:
                row = connection.execute(
                    "SELECT content FROM waifusync_vectors WHERE model = ? AND ordinal = ?", (group, ordinal)
                ).fetchone()
                found = row[0] if row else None
            return found

        return find

    def _outbox(self, connection: sqlite3.Connection, own: str) -> Iterator[Entry]:
        """What is not in the log yet, each line checked against the one before."""
        folder = self._companion.state.folder
        last = max((each.last for each in log_segments(self._source.paths()).get(folder, [])), default=0)
        number, chain = 0, ""
        for number, line in connection.execute("SELECT number, line FROM waifusync_outbox ORDER BY number"):
            raw = line.encode()
            if chain and (len(raw) > LONGEST_LINE_BYTES or not is_chained(raw, chain)):
                self._tell_outbox(number, "does not follow from the line before")
            chain = line_chain(raw)
            if number > last:
                try:
                    yield parse_line(raw, own)
                except MalformedLine as error:
                    self._tell_outbox(number, str(error))
        head = Ledger(connection).head(own)
        if max(number, last) < head.number or (number == head.number and chain != head.chain):
            self._tell_outbox(head.number, "is neither in the log nor in the outbox as it was written")

    def _tell_outbox(self, number: int, reason: str) -> None:
        self.verified.findings.append(Finding("database", "waifusync_outbox", number, "", "", reason))

    def _tell_logs(self, report: Report) -> None:
        self.verified.findings += [
            Finding("log", each.path, each.line, "", "", each.reason)
            for each in report.faults
            if not self._is_known(each)
        ]
        for count, what in (
            (report.vectors.missing, "are missing"),
            (report.vectors.altered, "were altered"),
        ):
            if count:
                reason = f"{count} vectors that entries name {what}"
                self.verified.findings.append(Finding("log", "shared_memory/vectors", 0, "", "", reason))

    def _tell_snapshots(self) -> None:
        if not any(snapshot_at(self._reader, commit) for commit in self._commits):
            return
        from waifusync.workflows.layouts.checking import check_snapshots

        check = check_snapshots(self._companion.git, self._reader, *self._commits)
        self.verified.findings += [Finding("log", SNAPSHOT, 0, "", "", reason) for reason in check.faults]
        self.verified.notes += check.notes

    def _is_known(self, fault: LogFault) -> bool:
        return any(
            (each.path, each.line, each.reason) == (fault.path, fault.line, fault.reason)
            for each in self.verified.findings
        )

    def _tell_database(self) -> None:
        checked = self.verified.checked
        self.verified.findings += [
            Finding("database", *self._place(each), each.table, each.key, each.reason)
            for each in checked.faults
        ]
        if checked.more:
            self.verified.notes.append(f"{checked.more} more are wrong in the database")

    def _place(self, fault: Fault) -> tuple[str, int]:
        """The file and line of the entry that proves it, else the live database."""
        for folder, segments in log_segments(self._source.paths()).items() if fault.number else ():
            if folder.endswith(f"-{fault.device}"):
                for each in segments:
                    if each.first <= fault.number <= each.last:
                        return each.path, fault.number - each.first + 1
        return str(self._companion.live_path), 0


@contextlib.contextmanager
def _snapshot(companion: Companion) -> Iterator[sqlite3.Connection]:
    """One moment of the live database, held without keeping a program from writing."""
    if not companion.live_path.exists():
        raise RefusedError(f"the live database is gone: {companion.live_path}")
    connection = open_foreign(companion.live_path)
    connection.text_factory = tolerant_text
    try:
        with explained(companion.live_path):
            if not Ledger.is_present(connection):
                raise RefusedError("another database is in the live one's place")
            Ledger(connection).check_format()
            (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
            if mode == "wal":
                connection.execute("BEGIN")
                connection.execute("SELECT 1 FROM waifusync_meta").fetchone()
                yield connection
                return
        copy = companion.git.state_directory / _SNAPSHOT
        with _copied(connection, copy) as copied:
            yield copied
    finally:
        connection.close()


@contextlib.contextmanager
def _copied(connection: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
    """With a rollback journal, whoever reads for long keeps others from writing: a copy is read instead."""
    path.unlink(missing_ok=True)
    copied = sqlite3.connect(path, isolation_level=None)
    try:
        connection.backup(copied, pages=_PAGES_AT_ONCE)
        if not needs_look(Ledger(connection)):
            note_looked(Ledger(copied))  # copying moves the schema version of the copy
        copied.execute("PRAGMA query_only=ON")
        copied.text_factory = tolerant_text
        yield copied
    finally:
        copied.close()
        path.unlink(missing_ok=True)
