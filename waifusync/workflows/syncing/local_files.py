"""What is this device's own and got into git all the same, by `git add -f .`: the next commit leaves it out.

Other devices refuse such files, or could do nothing but carry them on, so whoever finds one takes it out.
"""

from __future__ import annotations

from collections.abc import Collection

from waifusync.repository import layout
from waifusync.repository.committing import FileEdits
from waifusync.repository.objects import parse_tree
from waifusync.values import replace
from waifusync.workflows.syncing.under_way import UnderWay

_FOLDER = layout.SNAPSHOT.rpartition("/")[0]


def without_local_files(
    sync: UnderWay, parent: str | None, edits: FileEdits, *, kept: Collection[str] = ()
) -> FileEdits:
    """The same edits, after which the tree holds nothing that git is to ignore, but `kept`."""
    if parent is None:
        return edits
    tree = parse_tree(sync.reader.read(f"{parent}:{_FOLDER}", kind="tree") or b"", like=parent)
    listed = [f"{_FOLDER}/{name}" for name in tree]
    found = [path for path in listed if layout.is_ignored(path) and path not in kept]
    sync.outcome.repaired += [f"{path} had been put into git: taken out of it" for path in found]
    link = {path: each for path, each in edits.link_existing.items() if path not in found}
    return replace(edits, link_existing=link, delete=[*edits.delete, *found]) if found else edits
