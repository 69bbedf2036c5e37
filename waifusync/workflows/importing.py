"""`import`: rows of another database, or the logs of an export, into this companion."""

from __future__ import annotations

from pathlib import Path

from waifusync.core.events import INGEST_MEMORIES
from waifusync.errors import RefusedError, UntrustedError
from waifusync.log.exchange import read_export
from waifusync.log.index import LogIndex
from waifusync.log.reading import heads
from waifusync.log.source import DictSource, Source
from waifusync.memory.connection import NotADatabase, explained, open_foreign
from waifusync.memory.importing import Imported
from waifusync.memory.operations import Operation, note_operation
from waifusync.memory.snapshot_reading import is_snapshot
from waifusync.memory.soundness import is_sound
from waifusync.repository.committing import FileEdits, build_commit
from waifusync.repository.incoming import check_incoming
from waifusync.repository.layout import SNAPSHOT
from waifusync.repository.objects import ObjectReader
from waifusync.repository.refs import read_refs
from waifusync.values import dataclass
from waifusync.workflows.companion import HELD, Companion, wall_clock
from waifusync.workflows.syncing.exchange import Wishes, exchange
from waifusync.workflows.syncing.git_source import GitSource, memory_paths, packed_paths
from waifusync.workflows.syncing.outcome import Outcome
from waifusync.workflows.working import at_work

_EXPORT_STARTS = b'{"waifusync":"export"'


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What came: `rows` of a database, or the `outcome` of taking in an export."""

    rows: Imported | None = None
    outcome: Outcome | None = None


def import_file(companion: Companion, path: Path) -> TakenOver:
    """By what the file begins with, whatever it is called. Raises RefusedError, UntrustedError."""
    if not path.is_file():
        raise RefusedError(f"{path} is not a file")
    with path.open("rb") as file:
        start = file.read(len(_EXPORT_STARTS))
    if start == _EXPORT_STARTS:
        return TakenOver(outcome=import_export(companion, path))
    if is_snapshot(path):
        return TakenOver(outcome=import_snapshot(companion, path))
    return TakenOver(rows=import_database(companion, path))


def import_database(companion: Companion, path: Path) -> Imported:
    """Raises NotADatabase or RefusedError; nothing is taken in by half."""
    _check_whole(path)
    with at_work(companion, "import") as work:
        work.collect()
        ledger = work.memory.ledger
        first = ledger.head(ledger.device).number + 1
        imported = work.memory.import_file(path)
        last = ledger.head(ledger.device).number
        note_operation(ledger, Operation("import", ledger.device, first, last, wall_clock()))
    added, known = sum(imported.added.values()), sum(imported.known.values())
    companion.emit(INGEST_MEMORIES, {"added": added, "known": known})
    return imported


def _check_whole(path: Path) -> None:
    """A file that was cut short may open all the same, and show a part of its rows as if they were all."""
    foreign = open_foreign(path)
    try:
        with explained(path):
            is_whole = is_sound(foreign)
    finally:
        foreign.close()
    if not is_whole or path.stat().st_size == 0:
        raise NotADatabase(
            f"{path.name} is damaged, cut short or empty",
            hint="nothing was changed; take another copy, or save what is left of it: sqlite3 FILE .recover",
        )


def import_export(companion: Companion, path: Path) -> Outcome:
    """The logs of an export, as if they came with a pull. Raises UntrustedError before anything is done."""
    with path.open("rb") as file:
        source = read_export(file)
    with ObjectReader(companion.git) as reader:
        held = read_refs(companion.git, HELD)[HELD]
        _refuse_other_logs(source, GitSource(reader, memory_paths(companion.git, held)))
    return exchange(companion, Wishes("import"), also=_as_commit(companion, source))


def import_snapshot(companion: Companion, path: Path) -> Outcome:
    """What a snapshot carries, out of an old commit or from elsewhere, and what was edited in it by hand."""
    from waifusync.workflows.layouts.strays import is_open, store
    from waifusync.workflows.layouts.unpacking import as_commit, check_snapshot

    if is_open(path):
        raise RefusedError(f"{path} is open in a program", hint="close it, then run the command again")
    sha = store(companion.git, path)
    with ObjectReader(companion.git) as reader:
        check_snapshot(companion.git, reader, sha)
        held = read_refs(companion.git, HELD)[HELD]
        theirs = GitSource(reader, packed_paths(companion.git, sha))
        _refuse_other_logs(theirs, GitSource(reader, memory_paths(companion.git, held)))
    commit = as_commit(companion.git, FileEdits(link_existing={SNAPSHOT: ("100644", sha)}), [])
    return exchange(companion, Wishes("import"), also=commit)


def _refuse_other_logs(theirs: Source, ours: Source) -> None:
    """Two logs of one device agree as far as the shorter one goes, or one of them is not that device's."""
    ends = heads(ours)
    for device, head in heads(theirs).items():
        number = min(head.number, ends[device].number) if device in ends else 0
        if number and LogIndex(theirs).chain(device, number) != LogIndex(ours).chain(device, number):
            raise UntrustedError(
                f"the log of device {device} in this export is not the one that is held here",
                hint="nothing was changed; waifusync verify shows whether the one here is whole",
                device=device,
            )


def _as_commit(companion: Companion, source: DictSource) -> str:
    """A commit that no branch names: what git does not come to need of it, it throws away one day."""
    commit = build_commit(
        companion.git,
        parents=[],
        edits=FileEdits(write=source.files),
        message="export\n",
        author=None,
        time=wall_clock() // 1000,
    )
    check_incoming(companion.git, None, commit)
    return commit
