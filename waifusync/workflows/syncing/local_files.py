"""What got into git though no other device can do anything with it: the next commit leaves it out.

This device's own files, by `git add -f .`, and whatever lies among logs, vectors and devices and is none.
Other devices would refuse it, and with it all that comes, so whoever finds such a file takes it out.
"""

from __future__ import annotations

from collections.abc import Collection

from waifusync.repository import layout
from waifusync.repository.committing import FileEdits
from waifusync.repository.objects import diff_trees, parse_tree
from waifusync.values import replace
from waifusync.workflows.syncing.under_way import UnderWay

_FOLDER = layout.SNAPSHOT.rpartition("/")[0]


def without_local_files(
    sync: UnderWay, parent: str | None, edits: FileEdits, *, kept: Collection[str] = ()
) -> FileEdits:
    """The same edits, after which the tree holds nothing that git is to ignore, but `kept`."""
    if parent is None:
        return edits
    found = [*_ignored(sync, parent, kept), *_strange(sync, parent)]
    sync.outcome.repaired += [f"{path} had been put into git: taken out of it" for path in found]
    link = {path: each for path, each in edits.link_existing.items() if path not in found}
    return replace(edits, link_existing=link, delete=[*edits.delete, *found]) if found else edits


def _ignored(sync: UnderWay, parent: str, kept: Collection[str]) -> list[str]:
    tree = parse_tree(sync.reader.read(f"{parent}:{_FOLDER}", kind="tree") or b"", like=parent)
    listed = [f"{_FOLDER}/{name}" for name in tree]
    return [path for path in listed if layout.is_ignored(path) and path not in kept]


def _strange(sync: UnderWay, parent: str) -> list[str]:
    """Only what somebody's own commit brought on top of what this device made itself is looked through."""
    if parent != sync.branch or sync.held is None or parent == sync.held:
        return []
    brought = (each.path for each in diff_trees(sync.git, sync.held, parent) if each.new_sha is not None)
    return [path for path in brought if not layout.fits_layout(path)]
