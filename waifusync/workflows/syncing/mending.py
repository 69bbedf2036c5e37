"""Before every sync: what git commands, a crash or a copied file may have left is put right, and said."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from waifusync.config import Layout
from waifusync.repository.attributes import ensure_local_rules
from waifusync.repository.driver_registration import CannotRegister
from waifusync.repository.git import GitError
from waifusync.workflows.companion import SHOWING
from waifusync.workflows.driver_care import keep_registered
from waifusync.workflows.local_state import write_atomically
from waifusync.workflows.syncing.under_way import UnderWay


def mend(sync: UnderWay) -> None:
    """Cheap when all is well: a few looks at files, and one process where the remote is asked anyway."""
    _keep_drivers(sync)
    is_database = sync.layout is Layout.DATABASE
    ensure_local_rules(sync.git, tracks_database=is_database)
    _remove_left_locks(sync)
    if _showing(sync).exists():  # before half a snapshot is taken for somebody's
        with suppress(GitError):  # what is the matter is found again where it can be told
            _take_back_shown(sync)
    if is_database and not sync.git.is_bare:
        from waifusync.workflows.layouts.strays import find_strays

        find_strays(sync)
    if sync.kept_aside or _showing(sync).exists() or (sync.wishes.ask_remote and not _is_as_committed(sync)):
        repair_work_tree(sync)


def _keep_drivers(sync: UnderWay) -> None:
    try:
        repaired = keep_registered(sync.git)
    except CannotRegister as error:
        sync.outcome.warnings.append(f"git does not know the drivers that merge databases: {error.message}")
        return
    if repaired:
        sync.outcome.repaired.append(repaired)


def _remove_left_locks(sync: UnderWay) -> None:
    at_work = _at_work(sync)
    if at_work.exists():
        from waifusync.repository.stale_locks import remove_left_locks

        for name in remove_left_locks(sync.git, since=at_work.stat().st_mtime):
            sync.outcome.repaired.append(f"{name} was left by a run that was killed: removed")
    else:  # what a run that died had noted stays, should this one die before it is through
        at_work.touch()


def end_work(sync: UnderWay) -> None:
    """This run ended by itself, so it left no lock."""
    _at_work(sync).unlink(missing_ok=True)


def _at_work(sync: UnderWay) -> Path:
    return sync.git.state_directory / "at-work"


def _prefixes(sync: UnderWay) -> tuple[str, ...]:
    """What is written by the machine alone; a snapshot only when nobody is about to write to it."""
    from waifusync.repository import layout

    if sync.layout is Layout.LOG:
        return layout.MACHINE_PREFIXES
    from waifusync.workflows.layouts.strays import is_open

    is_free = not is_open(sync.git.directory / layout.SNAPSHOT)
    return (*layout.MACHINE_PREFIXES, *((layout.SNAPSHOT,) if is_free else ()))


def _is_as_committed(sync: UnderWay) -> bool:
    """Whether nobody removed or edited what is ours, in the work tree or the index; when in doubt, False."""
    if sync.git.is_bare or sync.branch is None or sync.refs.under_way is not None:
        return True
    # Where the branch could not be moved, our own files may be ahead of it.
    commits = dict.fromkeys((sync.branch, sync.held or sync.branch))
    return any(_equals(sync, commit) for commit in commits)


def _equals(sync: UnderWay, commit: str) -> bool:
    words = ("diff-index", "--quiet", commit, "--", *_prefixes(sync))
    return sync.git.run(*words, check=False).status == 0


def repair_work_tree(sync: UnderWay) -> None:
    """Our folders in the work tree and index are made what the branch says, where that is checked out."""
    from waifusync.repository import layout
    from waifusync.repository.worktree import repair_own_paths

    if sync.branch is not None and sync.refs.branch == sync.companion.branch_ref:
        try:
            _take_back_shown(sync)
            repaired = repair_own_paths(sync.git, sync.branch, _prefixes(sync))
        except GitError:  # another git is at work, or the index is damaged: `_may_move_branch` will tell
            return
        count = len(set(repaired) - ({layout.SNAPSHOT} if sync.kept_aside else set()))
        if count and not _showing(sync).exists():
            sync.outcome.repaired.append(
                f"{count} files of waifusync's in the work tree were not the branch's: written anew"
            )
    _showing(sync).unlink(missing_ok=True)


def _take_back_shown(sync: UnderWay) -> None:
    """A run broke off that was showing a commit, and had not moved the branch there: what it wrote and staged
    is no edit of a person's, such as the waifusync.toml of another layout."""
    from waifusync.repository.half_shown import noted_showing, take_back
    from waifusync.repository.worktree import show_commit

    shown = noted_showing(sync.git, _showing(sync))
    branch = sync.branch if sync.refs.branch == sync.companion.branch_ref else None
    if shown is not None and branch is not None and shown != branch:
        take_back(sync.git, old=branch, shown=shown)
        show_commit(sync.git, old=shown, new=branch)


def begin_showing(sync: UnderWay, commit: str) -> None:
    """From here until end_showing a crash leaves work tree and branch apart, and this says how, also after a
    power cut."""
    write_atomically(_showing(sync), commit)


def end_showing(sync: UnderWay) -> None:
    _showing(sync).unlink(missing_ok=True)


def _showing(sync: UnderWay) -> Path:
    return sync.git.state_directory / SHOWING
