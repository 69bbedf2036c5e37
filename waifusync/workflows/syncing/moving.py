"""After a commit was made: this device goes on from it, and the branch too where that can be shown safely."""

from __future__ import annotations

from waifusync.repository.git import GitError
from waifusync.repository.refs import RefMoved, RefUpdate, update_refs
from waifusync.repository.trouble import GitLocked
from waifusync.repository.worktree import show_commit
from waifusync.workflows.companion import HELD, TAKING
from waifusync.workflows.layouts.showing import finish_merge, follow_layout, make_way
from waifusync.workflows.syncing.mending import begin_showing, end_showing, repair_work_tree
from waifusync.workflows.syncing.under_way import APPLIED, COMMITTED, UnderWay


def move(sync: UnderWay, made: str, *, is_descendant: bool) -> None:
    updates = [RefUpdate(HELD, made, sync.held)] if made != sync.held else []
    updates += [RefUpdate(TAKING, None, sync.taking)] if sync.taking else []
    moves_branch = is_descendant and made != sync.branch and _may_move_branch(sync, made)
    if moves_branch:
        moves_branch = _move_with_branch(sync, made, updates)
    else:
        update_refs(sync.git, updates, message=f"waifusync: {sync.wishes.purpose}")
    is_shown = moves_branch and made != sync.held
    if made != sync.held:
        ledger = sync.memory.ledger
        ledger.set_meta(APPLIED, made)
        ledger.set_meta(COMMITTED, f"{sync.committed} {sync.folder} {made}")
        ledger.set_meta("committed_changes", sync.told[1])
    sync.look()
    if is_shown:
        finish_merge(sync, made)
    follow_layout(sync)


def _move_with_branch(sync: UnderWay, made: str, updates: list[RefUpdate]) -> bool:
    """Whether the branch moved too: a person's commit may have come in between, and has it then."""
    branch = RefUpdate(sync.companion.branch_ref, made, sync.branch)
    message = f"waifusync: {sync.wishes.purpose}"
    try:
        update_refs(sync.git, [*updates, branch], message=message)
    except (RefMoved, GitLocked):
        update_refs(sync.git, updates, message=message)
        sync.look()
        repair_work_tree(sync)
        sync.outcome.warnings.append(
            "the branch was left where it is (another git program is at work); the memories are safe"
        )
        return False
    end_showing(sync)
    return True


def _may_move_branch(sync: UnderWay, made: str) -> bool:
    # On a branch a rebase is through, and only its own traces are left: git's post-rewrite hook runs there.
    if sync.refs.under_way == "rebase" and sync.refs.branch is None:
        sync.outcome.warnings.append("a rebase is going on: the branch was left where it is")
        return False
    if sync.refs.branch != sync.companion.branch_ref:
        return True
    begin_showing(sync, made)
    if not make_way(sync, made):
        end_showing(sync)
        return False
    try:
        shown = show_commit(sync.git, old=sync.branch, new=made)
    except GitError as error:  # noted still: what is left of it now goes with the next command
        how = f" ({error.hint})" if error.hint else ""
        sync.outcome.warnings.append(f"the branch was left where it is: {error.message}{how}")
        return False
    if not shown.moved:
        end_showing(sync)
        why = "another git program is at work" if shown.is_locked else ", ".join(shown.kept_back)
        sync.outcome.warnings.append(f"the branch was left where it is ({why}); the memories are safe")
    return shown.moved
