"""A showing that broke off: what it left in the work tree, found and taken back.

Killed, or refused by its disk, git has removed some files and written others, whole or in part, and its index
knows of none of that. Left alone they are in the way of the next showing, as if a person had edited them.
"""

from __future__ import annotations

import os
from pathlib import Path

from waifusync.errors import UntrustedError
from waifusync.repository.git import Git
from waifusync.repository.objects import Change, ObjectReader, diff_trees, empty_tree
from waifusync.repository.worktree import remove_files


def noted_showing(git: Git, note: Path) -> str | None:
    """The commit that was being shown when the note was written; None without a note, or that commit."""
    shown = note.read_text(encoding="ascii") if note.exists() else ""
    is_there = shown and git.run("cat-file", "-e", f"{shown}^{{commit}}", check=False).status == 0
    return shown if is_there else None


def take_back(git: Git, *, old: str | None, shown: str) -> None:
    """On the way from `old` (None: nothing) to `shown`: what the index knows becomes as it says, and what it
    does not know goes. A file that differs in another way is a person's, and stays.

    Raises GitError, and may then be called again.
    """
    if git.is_bare:
        return
    known = _names(git, "ls-files")
    git.run("update-index", "-q", "--refresh", check=False)
    differing = _names(git, "diff-files", "--name-only")
    with ObjectReader(git) as reader:
        half = {
            change.path
            for change in diff_trees(git, old if old is not None else empty_tree(shown), shown)
            if (change.path in differing or change.path not in known) and _is_half(git, reader, change)
        }
    remove_files(git, half - known)
    if lost := sorted(half & known):
        names = os.fsencode("".join(f"{path}\0" for path in lost))
        git.run("checkout-index", "-f", "-u", "-z", "--stdin", stdin=names)


def is_cut_off(git: Git, path: str, shown: str) -> bool:
    """Whether the file in the work tree is a part of what that commit has there, and not all of it."""
    found = _content(git, path)
    with ObjectReader(git) as reader:
        wanted = reader.read(f"{shown}:{path}")
    return found is not None and wanted is not None and found != wanted and wanted.startswith(found)


def _is_half(git: Git, reader: ObjectReader, change: Change) -> bool:
    """Gone, or as in the new commit as far as it goes."""
    if not os.path.lexists(git.directory / change.path):
        return True
    found = _content(git, change.path)
    if change.new_sha is None or found is None:
        return False
    try:
        return not found or (reader.read(change.new_sha) or b"").startswith(found)
    except UntrustedError:  # larger than is held in memory
        return False


def _content(git: Git, path: str) -> bytes | None:
    file = git.directory / path
    return file.read_bytes() if file.is_file() and not file.is_symlink() else None


def _names(git: Git, *words: str) -> set[str]:
    return set(git.run(words[0], "-z", *words[1:]).text.split("\0"))
