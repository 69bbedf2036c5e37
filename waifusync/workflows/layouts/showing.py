"""The work tree where the layout changes, or where a program has the snapshot open.

In the layout `log` a link stands where in the layout `database` git has its file: it has to go first, and
comes back afterwards. What it leads to is never touched.
"""

from __future__ import annotations

from waifusync.config import Layout
from waifusync.repository.attributes import ensure_local_rules
from waifusync.repository.layout import SNAPSHOT
from waifusync.repository.refs import is_ancestor
from waifusync.workflows.layouts.which import layout_at, snapshot_at
from waifusync.workflows.syncing.relinking import make_link
from waifusync.workflows.syncing.under_way import UnderWay


def make_way(sync: UnderWay, made: str) -> bool:
    """Before a commit is shown; False when it must not be, because a program has the file open."""
    old, new = snapshot_at(sync.reader, sync.branch), snapshot_at(sync.reader, made)
    if old == new:
        return True
    place = sync.git.directory / SNAPSHOT
    from waifusync.workflows.layouts.strays import is_open

    if old is not None and is_open(place):
        return False
    if new is not None:
        ensure_local_rules(sync.git, tracks_database=True)
        if place.is_symlink():
            place.unlink()
    return True


def follow_layout(sync: UnderWay) -> None:
    """Afterwards: the link is where the branch wants one, also where git had it and took it away just now."""
    layout = layout_at(sync.reader, sync.branch, otherwise=sync.layout)
    if layout is not sync.layout:
        sync.layout = layout
        ensure_local_rules(sync.git, tracks_database=layout is Layout.DATABASE)
    make_link(sync.companion, layout)


def finish_merge(sync: UnderWay, made: str) -> None:
    """A merge that stood still for the snapshot alone is done when the branch holds both sides."""
    head = sync.git.git_dir / "MERGE_HEAD"
    if not sync.is_unmerged or not head.is_file():
        return
    if all(is_ancestor(sync.git, each, made) for each in head.read_text(encoding="ascii").split()):
        sync.git.run("merge", "--quit", check=False)
        sync.outcome.repaired.append(f"a merge had stopped at {SNAPSHOT}: it is done")
