"""A snapshot's log and vector files as git objects, made once for each: a commit that no branch names.

refs/waifusync/unpacked/<snapshot> keeps it; it is a cache, never pushed, and may go at any time. Where the
snapshot is not as waifusync wrote it, the commit holds a file that says so.
"""

from __future__ import annotations

import contextlib
import enum
import json
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

from waifusync.memory.snapshot_file import UNITED
from waifusync.memory.snapshot_reading import DamagedSnapshot, SnapshotReader, open_snapshot
from waifusync.repository import layout
from waifusync.repository.committing import FileEdits, build_commit
from waifusync.repository.git import Git, GitDamaged
from waifusync.repository.objects import ObjectReader, blob_name, ls_tree
from waifusync.repository.refs import RefMoved, RefUpdate, read_shared_ref, update_refs
from waifusync.values import dataclass
from waifusync.workflows.companion import wall_clock
from waifusync.workflows.layouts.which import UNPACKED

FLAW = "flaw.json"
_FILE = "100644"
_BATCH_BYTES = 16 * 1024 * 1024
_MOST_KEPT = 32


class FlawKind(str, enum.Enum):
    """Its rows are not as waifusync wrote them; git merged it; or nothing of it can be believed."""

    EDITED = "edited"
    UNITED = "united"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a snapshot; `told` are the tables, or the reason."""

    kind: FlawKind
    told: str


def unpacked(git: Git, snapshot: str) -> str:
    """The commit whose tree is what the snapshot carries. Raises NewerSnapshot."""
    return read_shared_ref(git, UNPACKED + snapshot) or _unpack(git, snapshot)


def flaw_of(git: Git, reader: ObjectReader, snapshot: str) -> Flaw | None:
    """None for a snapshot that is as it was written."""
    found = reader.read(f"{unpacked(git, snapshot)}:{FLAW}")
    if found is None:
        return None
    told = json.loads(found)
    return Flaw(FlawKind(told["kind"]), told["told"])


def check_snapshot(git: Git, reader: ObjectReader, snapshot: str) -> None:
    """Raises DamagedSnapshot for one of which nothing can be believed."""
    flaw = flaw_of(git, reader, snapshot)
    if flaw is not None and flaw.kind is FlawKind.DAMAGED:
        raise DamagedSnapshot(f"this snapshot {flaw.told}", hint="nothing was changed; take another copy")


def remember(git: Git, snapshot: str, commit: str) -> None:
    """Somebody else who did the same meanwhile is as good."""
    with contextlib.suppress(RefMoved):
        update_refs(git, [RefUpdate(UNPACKED + snapshot, commit, None)], message="waifusync: unpacked")


def forget_old(git: Git) -> None:
    """Keeps the newest of the cache, so that what was packed into larger files can go one day."""
    listed = git.run("for-each-ref", "--format=%(refname) %(objectname)", "--sort=-committerdate", UNPACKED)
    old = [line.split(" ") for line in listed.text.splitlines()[_MOST_KEPT:]]
    update_refs(git, [RefUpdate(name, None, sha) for name, sha in old], message="waifusync: tidy")


@contextlib.contextmanager
def extracted(git: Git, reader: ObjectReader, blob: str) -> Iterator[Path]:
    """The snapshot as a file of its own, where nothing lies beside it. Raises GitDamaged."""
    path = git.state_directory / f"snapshot-{secrets.token_hex(4)}.db"
    try:
        with path.open("wb") as file:
            if not reader.copy(blob, file):
                raise GitDamaged(f"object {blob} is missing", hint="run `git fsck`")
        yield path
    finally:
        path.unlink(missing_ok=True)


def _unpack(git: Git, snapshot: str) -> str:
    with ObjectReader(git) as reader, extracted(git, reader, snapshot) as path:
        storing = _Storing(git, snapshot)
        try:
            with open_snapshot(path) as opened:
                flaw = _read(opened, storing)
        except DamagedSnapshot as error:
            storing, flaw = _Storing(git, snapshot), Flaw(FlawKind.DAMAGED, error.message)
        commit = storing.finish(flaw)
    remember(git, snapshot, commit)
    return commit


def _read(opened: SnapshotReader, storing: _Storing) -> Flaw | None:
    for path, content in opened.files():
        if not (layout.holds_memory(path) and layout.fits_layout(path)):
            raise DamagedSnapshot(f"{path!r} in it is not a file that waifusync writes")
        storing.add(path, content)
    edited = opened.edited_tables()
    if edited and not opened.is_whole():
        raise DamagedSnapshot("it is cut short, or its pages are damaged")
    if edited or not opened.is_ours:
        return Flaw(FlawKind.EDITED, ", ".join(edited))
    return Flaw(FlawKind.UNITED, "") if UNITED in opened.noted() else None


class _Storing:
    """Writes what git does not have yet, a bounded amount at a time; each commit stands on the one before."""

    def __init__(self, git: Git, snapshot: str) -> None:
        self._git, self._snapshot = git, snapshot
        self._known = _known(git)
        self._commit: str | None = None
        self._link: dict[str, tuple[str, str]] = {}
        self._write: dict[str, bytes] = {}
        self._size = 0

    def add(self, path: str, content: bytes) -> None:
        sha = blob_name(content, like=self._snapshot)
        if self._known.get(path) == sha:
            self._link[path] = (_FILE, sha)
            return
        self._write[path] = content
        self._size += len(content)
        if self._size > _BATCH_BYTES:
            self._flush()

    def finish(self, flaw: Flaw | None) -> str:
        if flaw is not None:
            self._write[FLAW] = json.dumps({"kind": flaw.kind.value, "told": flaw.told}).encode()
        self._flush()
        assert self._commit is not None
        return self._commit

    def _flush(self) -> None:
        parents = [self._commit] if self._commit else []
        self._commit = as_commit(self._git, FileEdits(write=self._write, link_existing=self._link), parents)
        self._link, self._write, self._size = {}, {}, 0


def as_commit(git: Git, edits: FileEdits, parents: list[str]) -> str:
    """Files as a commit that no branch will name."""
    return build_commit(
        git, parents=parents, edits=edits, message="unpacked\n", author=None, time=wall_clock() // 1000
    )


def _known(git: Git) -> Mapping[str, str]:
    """What is unpacked already, by path: a file there is never changed."""
    listed = git.run("for-each-ref", "--count=2", "--format=%(objectname)", "--sort=-committerdate", UNPACKED)
    known: dict[str, str] = {}
    for commit in listed.text.split():
        files = ls_tree(git, commit, layout.LOG, layout.VECTORS)
        known |= {path: entry.sha for path, entry in files.items()}
    return known
