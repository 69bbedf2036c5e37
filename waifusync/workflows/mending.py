"""Before every sync: what git commands, a crash or a copied file may have left is put right, and said."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from waifusync.repository import layout
from waifusync.repository.attributes import ensure_local_rules
from waifusync.repository.git import GitLocked
from waifusync.repository.worktree import repair_own_paths
from waifusync.workflows.companion import LINK, Companion
from waifusync.workflows.under_way import UnderWay

_SHOWING = "showing"


def mend(sync: UnderWay) -> None:
    """Cheap when all is well: a few looks at files, no process."""
    ensure_local_rules(sync.git)
    if make_link(sync.companion):
        sync.outcome.repaired.append(f"the link {LINK} was gone: made again")
    if _showing(sync).exists():
        repair_work_tree(sync)


def repair_work_tree(sync: UnderWay) -> None:
    """Our folders in the work tree and index are made what the branch says, where that is checked out."""
    if sync.branch is not None and sync.refs.branch == sync.companion.branch_ref:
        try:
            repair_own_paths(sync.git, sync.branch, layout.MACHINE_PREFIXES)
        except GitLocked:
            return
    _showing(sync).unlink(missing_ok=True)


def begin_showing(sync: UnderWay) -> None:
    """From here until end_showing a crash leaves work tree and branch apart."""
    _showing(sync).touch()


def end_showing(sync: UnderWay) -> None:
    _showing(sync).unlink(missing_ok=True)


def _showing(sync: UnderWay) -> Path:
    return sync.git.state_directory / _SHOWING


def make_link(companion: Companion) -> bool:
    """`shared_memory/memory.db`, a link, so that git cannot reach the data; True when made anew."""
    if companion.git.is_bare:
        return False
    link = companion.root / LINK
    target = companion.state.live
    if not os.path.isabs(target):
        target = os.path.relpath(os.path.realpath(companion.live_path), os.path.realpath(link.parent))
    if link.is_symlink() and os.readlink(link) == target:
        return False
    if link.is_symlink():
        link.unlink()
    elif os.path.lexists(link):
        link.rename(link.with_name(f"memory.{secrets.token_hex(4)}.moved-aside.db"))
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(target)
    return True
