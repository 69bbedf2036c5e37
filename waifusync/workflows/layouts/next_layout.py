"""Which layout the next commit has. In the layout `log`, where nothing changes, this is all that is asked."""

from __future__ import annotations

from waifusync import config
from waifusync.config import ConfigError, Layout
from waifusync.config.texts import with_layout
from waifusync.repository.committing import FileEdits
from waifusync.repository.layout import SNAPSHOT
from waifusync.workflows.layouts.which import layout_at, layout_in, snapshot_at
from waifusync.workflows.syncing.local_files import without_local_files
from waifusync.workflows.syncing.next_commit import Base, Tips
from waifusync.workflows.syncing.under_way import UnderWay


def ask_for_layout(sync: UnderWay, base: Base) -> None:
    """Where a person wants another layout, the next commit's waifusync.toml says so."""
    if sync.errand.layout is not None and _wanted(sync, base) is not sync.errand.layout:
        text = (_config_of(sync, base) or b"").decode("utf-8", "replace")
        base.write[config.FILE_NAME] = with_layout(text, sync.errand.layout).encode()


def in_layout(sync: UnderWay, base: Base, edits: FileEdits, tips: Tips) -> FileEdits:
    """What was planned for log and vector files, for the first parent's tree as it really is."""
    parent = _first(base)
    is_database = _wanted(sync, base) is Layout.DATABASE
    has_snapshot = snapshot_at(sync.reader, parent) is not None
    edits = without_local_files(sync, parent, edits, kept=(SNAPSHOT,) if is_database or has_snapshot else ())
    if not is_database and not has_snapshot:
        return edits
    from waifusync.workflows.layouts.packing import as_files, as_snapshot

    return as_snapshot(sync, parent, edits, tips) if is_database else as_files(sync, parent, edits)


def _wanted(sync: UnderWay, base: Base) -> Layout:
    """What the waifusync.toml of the next commit says."""
    known = sync.companion.config.layout
    if config.FILE_NAME not in base.write and config.FILE_NAME not in base.take:
        return layout_at(sync.reader, _first(base), otherwise=known)
    try:
        return layout_in(_config_of(sync, base) or b"")
    except ConfigError:
        return known


def _config_of(sync: UnderWay, base: Base) -> bytes | None:
    if config.FILE_NAME in base.write:
        return base.write[config.FILE_NAME]
    if config.FILE_NAME in base.take:
        return sync.reader.read(base.take[config.FILE_NAME][1])
    return sync.reader.read(f"{_first(base)}:{config.FILE_NAME}")


def _first(base: Base) -> str | None:
    return base.parents[0] if base.parents else None
