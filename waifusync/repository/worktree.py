"""Showing a commit in the person's work tree: only what is safe, and never a half of it unsaid.

git itself decides (`read-tree -m -u OLD NEW` changes everything or nothing). Show first, move the branch
afterwards: killed in between, the next `git commit` holds something more; the other way round it would bring
back old content.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from waifusync.patterns import pattern
from waifusync.repository import layout
from waifusync.repository.attributes import ensure_local_rules
from waifusync.repository.git import Git, GitError, GitLocked
from waifusync.repository.objects import (
    NO_MODE,
    Change,
    TreeEntry,
    blob_name,
    diff_trees,
    empty_tree,
    ls_tree,
)
from waifusync.repository.trouble import explain
from waifusync.values import dataclass

# What is in the way is told before anything is changed, as "cannot merge" or "would be overwritten".
_BROKE_OFF = pattern(
    r"\b(?:unable to|failed to|could not|cannot (?:create|unlink|rmdir|symlink)|(?:write|fsync|close) error"
    r"|out of memory)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Shown:
    """Whether the work tree and index hold the new commit, so that the branch may move to it.

    When not: `kept_back` lists the paths that stand in the way (edited here, or not known to git), and
    `is_locked` says that another git program held the index, so that nothing at all was done.
    """

    moved: bool
    kept_back: tuple[str, ...] = ()
    is_locked: bool = False


def show_commit(
    git: Git, *, old: str | None, new: str, is_ours: Callable[[str], bool] = layout.is_own
) -> Shown:
    """Bring work tree and index from `old` (None: a branch without a commit) to `new`; no ref moves.

    What the person edited is never overwritten. When it is in the way, only our own paths are brought up to
    date. Raises GitError when the disk refused, or an object could not be read.
    """
    if git.is_bare:
        return Shown(moved=True)
    ensure_local_rules(git)
    try:
        shown = _show(git, old if old is not None else empty_tree(new), new, is_ours)
    except GitLocked:
        return Shown(moved=False, is_locked=True)
    from waifusync.repository.hardening import harden_pages

    harden_pages(git)
    return shown


def _show(git: Git, old: str, new: str, is_ours: Callable[[str], bool]) -> Shown:
    if _two_tree_merge(git, old, new):
        return Shown(moved=True)
    changes = diff_trees(git, old, new)
    git.run("update-index", "-q", "--refresh", check=False)
    _bring_up_to_date(git, [change for change in changes if is_ours(change.path)])
    if _two_tree_merge(git, old, new):
        return Shown(moved=True)
    return Shown(moved=False, kept_back=_in_the_way(git, old, changes, is_ours))


def _two_tree_merge(git: Git, old: str, new: str) -> bool:
    """False when something is in the way, and nothing was done. Raises GitError when it broke off: what it
    did is taken back then, if the disk lets us."""
    result = git.run("read-tree", "-m", "-u", "--no-recurse-submodules", old, new, check=False)
    if result.status == 0:
        return True
    if isinstance(error := explain("read-tree", result.stderr, result.status), GitLocked):
        raise error
    if result.status < 0 or _BROKE_OFF.search(result.stderr):
        from waifusync.repository.half_shown import take_back

        with suppress(GitError):
            take_back(git, old=old, shown=new)
        raise error
    return False


def _in_the_way(
    git: Git, old: str, changes: Sequence[Change], is_ours: Callable[[str], bool]
) -> tuple[str, ...]:
    """The changed paths that differ from `old` here; all of the person's when none does."""
    differing = set(git.run("diff-index", "-z", "--name-only", old).text.split("\0"))
    blocked = [
        change.path
        for change in changes
        if change.path in differing
        or (change.old_sha is None and os.path.lexists(git.directory / change.path))
    ]
    paths = [path for path in blocked if not layout.is_machine_written(path)]
    return tuple(paths or [change.path for change in changes if not is_ours(change.path)])


def _bring_up_to_date(git: Git, changes: Iterable[Change]) -> None:
    """Our own paths whose file is missing, as in `old`, as in `new`, or written by no person."""
    safe = [each for each in changes if layout.is_machine_written(each.path) or _is_untouched(git, each)]
    _update_index(git, {change.path: _entry_of(change) for change in safe})
    _check_out(git, [change.path for change in safe if change.new_sha])
    remove_files(git, [change.path for change in safe if change.new_sha is None])


def repair_own_paths(git: Git, commit: str, prefixes: Collection[str]) -> tuple[str, ...]:
    """Make work tree and index of these folders the commit's, and say which paths were not.

    For folders that nobody edits by hand (layout.MACHINE_PREFIXES): what differs is overwritten. Nothing
    else is touched, and files that git never knew are left where they are. Raises GitLocked when another git
    program holds the index.
    """
    if git.is_bare or not prefixes:
        return ()
    ensure_local_rules(git)
    wanted = ls_tree(git, commit, *prefixes)
    indexed = _indexed(git, prefixes)
    wrong: dict[str, TreeEntry | None] = {
        path: wanted.get(path)
        for path in {*wanted, *indexed}
        if _facts(wanted.get(path)) != indexed.get(path)
    }
    _update_index(git, wrong)
    git.run("update-index", "-q", "--refresh", check=False)
    changed = git.run("diff-files", "-z", "--name-only", "--", *prefixes).text.split("\0")
    stale = {path for path in (*changed, *wrong) if path in wanted}
    _check_out(git, stale)
    removed = [path for path in wrong if path not in wanted]
    remove_files(git, removed)
    return tuple(sorted({*stale, *removed}))


def _indexed(git: Git, prefixes: Collection[str]) -> dict[str, tuple[str, str]]:
    records = git.run("ls-files", "-s", "-z", "--", *prefixes).text.split("\0")
    split = (record.split("\t", 1) for record in records if record)
    return {path: (facts.split()[0], facts.split()[1]) for facts, path in split}


def _facts(entry: TreeEntry | None) -> tuple[str, str] | None:
    return None if entry is None else (entry.mode, entry.sha)


def _entry_of(change: Change) -> TreeEntry | None:
    return None if change.new_sha is None else TreeEntry(change.new_mode, "blob", change.new_sha)


def _update_index(git: Git, entries: dict[str, TreeEntry | None]) -> None:
    lines = []
    for path, entry in entries.items():
        mode, sha = _facts(entry) or (NO_MODE, "0" * 40)
        lines.append(f"{mode} {sha}\t{path}\0")
    if lines:
        git.run("update-index", "-z", "--index-info", stdin=os.fsencode("".join(lines)))


def _check_out(git: Git, paths: Collection[str]) -> None:
    if paths:
        stdin = os.fsencode("".join(f"{path}\0" for path in sorted(paths)))
        git.run("checkout-index", "-f", "-u", "-z", "--stdin", stdin=stdin)


def remove_files(git: Git, paths: Iterable[str]) -> None:
    root = os.path.realpath(git.directory)
    for path in paths:
        file = Path(root, path)
        # A folder that somebody replaced with a link leads outside: what is there is not ours.
        if os.path.realpath(file.parent) == str(file.parent):
            try:
                file.unlink(missing_ok=True)
            except OSError as error:
                raise GitError(f"{path} could not be removed: {error.strerror}") from error


def _is_untouched(git: Git, change: Change) -> bool:
    file = git.directory / change.path
    if not os.path.lexists(file):
        return True
    if file.is_symlink() or not file.is_file():
        return False
    found = blob_name(file.read_bytes(), like=change.new_sha or change.old_sha or "")
    return found in (change.old_sha, change.new_sha)
