"""Branches and private refs: read in one process at most, moved by compare-and-swap in one transaction.

Nothing here moves a ref without saying what it must have been before: whoever came in between is noticed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from waifusync.errors import UsageError
from waifusync.patterns import pattern
from waifusync.repository.git import Git, GitDamaged, GitError
from waifusync.repository.ref_files import refs_in_files
from waifusync.repository.trouble import explain, first_useful_line
from waifusync.values import NamedTuple

HEADS = "refs/heads/"
_UNDER_WAY = {
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "BISECT_LOG": "bisect",
}
_MOVED = pattern(r"but expected|reference already exists|unable to resolve reference|reference is missing")


_NOT_A_BRANCH = pattern(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|$)|[./]$|^[-./]|^@$|^$|^HEAD$")


class RefMoved(GitError):
    """A ref was not where it should have been: somebody else moved it. Nothing was changed."""


class Refs:
    """The refs that were asked for, and what HEAD is doing. `branch` is None when HEAD is detached.

    `head` is None on a branch without a commit. `under_way` is "merge", "rebase", …, or None.
    """

    __slots__ = ("branch", "head", "shas", "under_way")

    def __init__(
        self, shas: Mapping[str, str | None], branch: str | None, head: str | None, under_way: str | None
    ) -> None:
        self.shas = shas
        self.branch = branch
        self.head = head
        self.under_way = under_way

    def __getitem__(self, name: str) -> str | None:
        return self.shas[name]

    def after(self, moves: Iterable[RefUpdate]) -> Refs:
        """The same when these have been made: no process is needed to read what was just written."""
        return Refs(
            {**self.shas, **{move.name: move.new for move in moves}}, self.branch, self.head, self.under_way
        )


class RefUpdate(NamedTuple):
    """Move `name` from `old` (None: it must not exist) to `new` (None: delete it); equal: only check it."""

    name: str
    new: str | None
    old: str | None


def branch_ref(branch: str) -> str:
    """The branch's full name. Raises UsageError for a name that git would refuse or misunderstand."""
    if _NOT_A_BRANCH.search(branch):
        raise UsageError(f"{branch!r} is not a branch name", hint="use letters, digits and -")
    return HEADS + branch


def read_refs(git: Git, *names: str) -> Refs:
    """Each full ref name's object (None: no such ref), HEAD, and the operation that is going on.

    Raises GitDamaged for a ref that exists and cannot be read: that is not the same as a branch without a
    commit.
    """
    branch, detached = _read_head(git)
    found = _found(git, tuple(dict.fromkeys((*names, *([branch] if branch else [])))))
    shas = {name: found.get(name) for name in names}
    return Refs(shas, branch, found.get(branch) if branch else detached, _operation_under_way(git))


def _found(git: Git, names: tuple[str, ...]) -> Mapping[str, str | None]:
    """Out of git's files where they tell all of it plainly; else git tells."""
    found = refs_in_files(git, names) if names else {}
    if found is None:
        result = git.run("for-each-ref", "--format=%(refname) %(objectname)", *names)
        if "ignoring broken ref" in result.stderr or "ignoring dangling" in result.stderr:
            raise explain("for-each-ref", result.stderr, 0)
        return dict(line.split(" ", 1) for line in result.text.splitlines())
    return found


def _read_head(git: Git) -> tuple[str | None, str | None]:
    text = (git.git_dir / "HEAD").read_text(encoding="utf-8", errors="surrogateescape").strip()
    if text == "ref: refs/heads/.invalid":  # what the reftable format leaves there for old readers
        result = git.run("rev-parse", "--symbolic-full-name", "HEAD", check=False)
        text = f"ref: {result.text.strip()}" if result.status == 0 else _symbolic_target(git)
        if text == "ref: HEAD":
            return None, git.run("rev-parse", "--verify", "HEAD").text.strip()
    if text.startswith("ref:"):
        return text.removeprefix("ref:").strip(), None
    if not re.fullmatch(r"[0-9a-f]{40,64}", text):
        raise GitDamaged(f"{git.git_dir / 'HEAD'} holds neither a branch nor a commit", hint="run `git fsck`")
    return None, text


def _symbolic_target(git: Git) -> str:
    return "ref: " + git.run("symbolic-ref", "HEAD").text.strip()


def _operation_under_way(git: Git) -> str | None:
    return next((name for file, name in _UNDER_WAY.items() if (git.git_dir / file).exists()), None)


def is_ancestor(git: Git, earlier: str, later: str) -> bool:
    """True when `later` contains `earlier` (a commit contains itself). Raises when either is missing."""
    result = git.run("merge-base", "--is-ancestor", earlier, later, check=False)
    if result.status in (0, 1):
        return result.status == 0
    raise explain("merge-base", result.stderr, result.status)


def merge_base(git: Git, ours: str, theirs: str) -> str | None:
    """The best common ancestor; None when the two histories are unrelated."""
    result = git.run("merge-base", ours, theirs, check=False)
    if result.status in (0, 1):
        return result.text.strip() or None
    raise explain("merge-base", result.stderr, result.status)


def update_refs(git: Git, updates: Iterable[RefUpdate], *, message: str = "waifusync") -> None:
    """Move all or none, in one process. Raises RefMoved when an `old` does not match, GitLocked on a lock."""
    commands = [_command(update) for update in updates]
    if not commands:
        return
    stdin = "".join(commands).encode("utf-8", "surrogateescape")
    result = git.run("update-ref", "-m", message, "--stdin", "-z", stdin=stdin, check=False)
    if result.status == 0:
        return
    if _MOVED.search(result.stderr):
        raise RefMoved(first_useful_line(result.stderr), hint="somebody else moved it; run the command again")
    raise explain("update-ref", result.stderr, result.status)


def _command(update: RefUpdate) -> str:
    zeros = "0" * len(update.new or update.old or "0" * 40)
    old = update.old or zeros
    if update.new == update.old:
        return f"verify {update.name}\0{old}\0"
    if update.new is None:
        return f"delete {update.name}\0{old}\0"
    return f"update {update.name}\0{update.new}\0{old}\0"


def read_shared_ref(git: Git, name: str) -> str | None:
    """One ref that all work trees share, as ours are; HEAD is not asked for."""
    return _found(git, (name,)).get(name)
