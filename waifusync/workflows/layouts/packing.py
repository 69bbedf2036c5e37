"""A commit's log and vector files, put where its layout wants them.

the next commit's     its parent holds log files       its parent holds a snapshot
waifusync.toml says
log                   as planned                       the snapshot goes, all its files come
database              all files go into a snapshot     a new snapshot, or the same where nothing is new

A snapshot is never written anew for nothing: two devices that hold the same agree on one of theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from waifusync.config import Layout
from waifusync.errors import RefusedError
from waifusync.memory.snapshot_writing import write_snapshot
from waifusync.repository.committing import FileEdits
from waifusync.repository.layout import LOG, SNAPSHOT, VECTORS, holds_memory
from waifusync.repository.objects import MAX_BLOB_BYTES, ls_tree
from waifusync.workflows.device_files import gitignore_for
from waifusync.workflows.layouts.unpacking import as_commit, flaw_of, remember
from waifusync.workflows.layouts.which import snapshot_at
from waifusync.workflows.retaining.shelving import bring_back_into
from waifusync.workflows.syncing.git_source import GitSource, memory_paths, packed_paths
from waifusync.workflows.syncing.next_commit import Tips
from waifusync.workflows.syncing.taking_in import sources_of
from waifusync.workflows.syncing.under_way import UnderWay

_FILE = "100644"
_STORE_SECONDS = 600.0
Files = Mapping[str, "str | bytes"]


def as_files(sync: UnderWay, parent: str | None, edits: FileEdits) -> FileEdits:
    """For a commit of the layout `log` whose first parent holds a snapshot."""
    files, real = _after(memory_paths(sync.git, parent), edits), _real_files(sync, parent)
    others = _others(edits, delete=[SNAPSHOT])
    link = {path: (_FILE, each) for path, each in files.items() if isinstance(each, str)}
    write = {path: each for path, each in files.items() if isinstance(each, bytes)}
    return FileEdits(
        write={**others.write, **write, **_ignore(sync, parent, others, Layout.LOG)},
        link_existing={**others.link_existing, **link},
        delete=[*others.delete, *(path for path in real if path not in files)],
    )


def as_snapshot(sync: UnderWay, parent: str | None, edits: FileEdits, tips: Tips) -> FileEdits:
    """For a commit of the layout `database`. Raises RefusedError where the file would be too large."""
    files, there = _after(memory_paths(sync.git, parent), edits), snapshot_at(sync.reader, parent)
    others = _others(edits, delete=sorted(_real_files(sync, parent)))
    snapshot = _snapshot(sync, files, tips, there)
    if snapshot == there:
        return others
    ignored = {} if there else _ignore(sync, parent, others, Layout.DATABASE)
    return FileEdits(
        write={**others.write, **ignored},
        link_existing={**others.link_existing, SNAPSHOT: (_FILE, snapshot)},
        delete=others.delete,
    )


def _after(paths: Mapping[str, str], edits: FileEdits) -> dict[str, str | bytes]:
    """The log and vector files as they will be: object or content by path."""
    gone = set(edits.delete)
    files: dict[str, str | bytes] = {path: sha for path, sha in paths.items() if path not in gone}
    files |= {path: sha for path, (_, sha) in edits.link_existing.items() if holds_memory(path)}
    return files | {path: content for path, content in edits.write.items() if holds_memory(path)}


def _others(edits: FileEdits, *, delete: list[str]) -> FileEdits:
    """What is planned for all other files."""
    return FileEdits(
        write={path: content for path, content in edits.write.items() if not holds_memory(path)},
        link_existing={path: each for path, each in edits.link_existing.items() if not holds_memory(path)},
        delete=[*(path for path in edits.delete if not holds_memory(path)), *delete],
    )


def _real_files(sync: UnderWay, parent: str | None) -> dict[str, str]:
    """The log and vector files that lie in the tree itself."""
    listed = ls_tree(sync.git, parent, LOG, VECTORS) if parent else {}
    return {path: entry.sha for path, entry in listed.items()}


def _ignore(sync: UnderWay, parent: str | None, others: FileEdits, layout: Layout) -> dict[str, bytes]:
    """.gitignore, where it says what was right for the other layout."""
    content = others.write.get(".gitignore") or sync.reader.read(f"{parent}:.gitignore") or b""
    text = content.decode("utf-8", "surrogateescape")
    changed = gitignore_for(text, layout)
    return {} if changed == text else {".gitignore": changed.encode("utf-8", "surrogateescape")}


def _snapshot(sync: UnderWay, files: Files, tips: Tips, there: str | None) -> str:
    """One that is there already, if it carries just these files; else a new one."""
    kept = {path: each for path, each in files.items() if isinstance(each, str)}
    if len(kept) == len(files):
        others = (snapshot_at(sync.reader, tip) for tip in (tips.remote, tips.branch))
        for each in dict.fromkeys((there, *others)):
            if each and packed_paths(sync.git, each) == kept and not flaw_of(sync.git, sync.reader, each):
                return each
    return _written(sync, files)


def _written(sync: UnderWay, files: Files) -> str:
    """A new snapshot as an object; what it carries is remembered as unpacked."""
    edits = FileEdits(
        write={path: each for path, each in files.items() if isinstance(each, bytes)},
        link_existing={path: (_FILE, each) for path, each in files.items() if isinstance(each, str)},
    )
    carried = as_commit(sync.git, edits, [])
    path = sync.git.state_directory / "snapshot.db"
    source = GitSource(sync.reader, memory_paths(sync.git, carried))
    # A snapshot holds all rows: a person reads it, and edits it by hand.
    bring_back_into(sync.memory, sources_of(source))
    try:
        write_snapshot(sync.memory.path, path, _contents(source), exclude=sync.companion.config.exclude)
        _refuse_too_large(path.stat().st_size)
        stored = ("hash-object", "-w", "--no-filters", "--", str(path))
        sha = sync.git.run(*stored, timeout_seconds=_STORE_SECONDS).text.strip()
    finally:
        path.unlink(missing_ok=True)
    remember(sync.git, sha, carried)
    return sha


def _contents(source: GitSource) -> Iterator[tuple[str, bytes]]:
    return ((path, source.blob(path)) for path in sorted(source.paths()))


def _refuse_too_large(size: int) -> None:
    if size > MAX_BLOB_BYTES:
        raise RefusedError(
            f"{SNAPSHOT} would have {size:,} bytes, and hosts take no file of more than {MAX_BLOB_BYTES:,}",
            hint="nothing is lost; the layout log has no such limit: waifusync layout log",
            size=size,
        )
