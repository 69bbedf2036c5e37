"""Whether a snapshot in git is what it says it is, read afresh and not out of the cache."""

from __future__ import annotations

from collections.abc import Iterator

from waifusync.memory.snapshot_reading import DamagedSnapshot, SnapshotReader, open_snapshot
from waifusync.repository.git import Git
from waifusync.repository.layout import SNAPSHOT
from waifusync.repository.objects import ObjectReader, blob_name
from waifusync.values import dataclass, field
from waifusync.workflows.layouts.unpacking import extracted
from waifusync.workflows.layouts.which import snapshot_at
from waifusync.workflows.syncing.git_source import packed_paths


@dataclass(slots=True)
class SnapshotCheck:
    """What is wrong, and what a person may want to know."""

    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def check_snapshots(git: Git, reader: ObjectReader, *commits: str | None) -> SnapshotCheck:
    """The snapshots of these commits, each once. Raises NewerSnapshot."""
    check = SnapshotCheck()
    for snapshot in dict.fromkeys(snapshot_at(reader, commit) for commit in commits):
        if snapshot is not None:
            _check(git, reader, snapshot, check)
    return check


def _check(git: Git, reader: ObjectReader, snapshot: str, check: SnapshotCheck) -> None:
    known = packed_paths(git, snapshot)
    try:
        with extracted(git, reader, snapshot) as path, open_snapshot(path) as opened:
            if not opened.is_whole():
                raise DamagedSnapshot("its pages are damaged")
            if dict(_names(opened, snapshot)) != known:
                raise DamagedSnapshot("it carries other files than were unpacked from it")
            edited = opened.edited_tables()
            if edited or not opened.is_ours:
                told = f"{SNAPSHOT} was edited by hand ({', '.join(edited)}): waifusync sync takes that in"
                check.notes.append(told)
    except DamagedSnapshot as error:
        check.faults.append(error.message)


def _names(opened: SnapshotReader, like: str) -> Iterator[tuple[str, str]]:
    return ((path, blob_name(data, like=like)) for path, data in opened.files())
