"""What a merge without its driver lost: found by making the merge again, and brought into the file of today.

    again   = merge(merge base, one parent, the other)     what the merge should have been
    today'  = merge(what it was, today, again)             what was lost, and only that, comes in

What a later commit brought back, changed or deleted stays as it is today, so doing it twice does nothing.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from waifusync.core.three_way import Strategy
from waifusync.errors import RefusedError, WaifusyncError
from waifusync.merging.kinds import SQLITE, kind_by_name
from waifusync.repository import layout
from waifusync.repository.git import Git
from waifusync.repository.one_sided import Merge, OneSided, blob_at, merge_named, merges, one_sided
from waifusync.repository.refs import merge_base
from waifusync.values import NamedTuple
from waifusync.workflows.merging_files import differences, is_text, merge_file

PATTERNS = (
    *(f":(icase)*{suffix}" for suffix in (".db", ".sqlite", ".sqlite3", ".npy", ".npz")),
    "shared_memory/context_tokens/*.json",
)


class Lost(NamedTuple):
    """What a merge left out of a file, by table; `unknown` says why that could not be found out."""

    commit: str
    path: str
    tables: Mapping[str, int]
    unknown: str = ""

    @property
    def rows(self) -> int:
        return sum(self.tables.values())

    def to_json(self) -> dict[str, object]:
        """As `drivers check --json` and `drivers recover --json` show it."""
        return {
            "commit": self.commit,
            "path": self.path,
            "tables": dict(self.tables),
            "unknown": self.unknown,
        }


def find_lost(
    git: Git, *, since: str | None = None, looked_at: Callable[[int], None] = lambda count: None
) -> Iterator[Lost]:
    """What merges lost and today's files still lack. Changes nothing. `looked_at` hears of merges."""
    found = one_sided(git, _told(merges(git, since=since), looked_at), PATTERNS)
    for merge, path in dict.fromkeys(
        (each.merge, each.path) for each in found if not _is_waifusyncs(git, each)
    ):
        lost = _find(git, merge, path)
        if lost.rows or lost.unknown:
            yield lost


def recover(git: Git, commit: str, *, path: str | None = None) -> list[Lost]:
    """Into the work tree's files; what came back, for each file that lacked something. Nothing is committed.

    Raises UsageError for what is no merge, InUse, CannotMerge.
    """
    merge = merge_named(git, commit)
    if path is not None:
        paths = [os.path.normpath(path)]
    else:
        paths = list(dict.fromkeys(each.path for each in one_sided(git, iter((merge,)), PATTERNS)))
    done = [_recover(git, merge, each) for each in paths]
    return [each for each in done if each.rows]


def _told(found: Iterator[Merge], looked_at: Callable[[int], None]) -> Iterator[Merge]:
    for merge in found:
        looked_at(1)
        yield merge


def _is_waifusyncs(git: Git, found: OneSided) -> bool:
    """A companion's own files have one writer each, and `verify` looks after them."""
    is_companion = (git.state_directory / "device.json").exists()
    return is_companion and layout.is_own(found.path)


def _find(git: Git, merge: Merge, path: str) -> Lost:
    try:
        with tempfile.TemporaryDirectory(prefix="waifusync-", dir=git.git_dir) as folder:
            if _is_text_called_database(git, merge, path, Path(folder, "looked at")):
                return Lost(merge.commit, path, {})
            today = _file_of_today(git, path)
            return _lost(merge, path, today, _brought_together(git, merge, path, today, Path(folder)))
    except WaifusyncError as error:
        return Lost(merge.commit, path, {}, error.message)


def _recover(git: Git, merge: Merge, path: str) -> Lost:
    today = _file_of_today(git, path)
    with tempfile.TemporaryDirectory(prefix="waifusync-", dir=git.git_dir) as folder:
        together = _brought_together(git, merge, path, today, Path(folder))
        lost = _lost(merge, path, today, together)
        if lost.rows:
            was = Path(folder, "today")
            # Merged once more, and not copied: a file that changed in between loses nothing either.
            merge_file(was, today, together, today, strategy=Strategy.OURS, name=path)
    return lost


def _is_text_called_database(git: Git, merge: Merge, path: str, file: Path) -> bool:
    """A text, or the few lines that git-lfs keeps in place of a file: it has no rows to lose."""
    if kind_by_name(path) is not SQLITE:
        return False
    found = [_blob(git, commit, path, file) is not None and is_text(file) for commit in merge.parents]
    return all(found)


def _file_of_today(git: Git, path: str) -> Path:
    """Raises RefusedError where there is no plain file to bring anything into."""
    file = git.directory / path
    root = os.path.realpath(git.directory)
    if file.is_symlink() or os.path.realpath(file) != os.path.join(root, path):
        raise RefusedError(
            f"{path} is or lies behind a link", hint="put the file itself there, then run it again"
        )
    if not file.is_file():
        raise RefusedError(
            f"{path} is not in the work tree any more",
            hint="check it out from the commit that had it, then run it again",
        )
    return file


def _brought_together(git: Git, merge: Merge, path: str, today: Path, folder: Path) -> Path:
    """Today's file with all that the merge should have held, as a new file in `folder`."""
    was = _blob(git, merge.commit, path, folder / "was")
    again = _made_again(git, merge, path, folder)
    before, together = folder / "today", folder / "together"
    before.write_bytes(today.read_bytes())
    merge_file(was, today, again, together, strategy=Strategy.OURS, name=path)
    return together


def _made_again(git: Git, merge: Merge, path: str, folder: Path) -> Path:
    """The merge of all parents that have the file; what both changed stays as the commit has it."""
    result = blob_at(git, merge.commit, path)
    blobs = {parent: blob_at(git, parent, path) for parent in merge.parents}
    have = sorted((each for each in merge.parents if blobs[each]), key=lambda each: blobs[each] != result)
    first, *others = have or [merge.commit]
    made = _blob(git, first, path, folder / "again")
    assert made is not None
    for number, other in enumerate(others):
        base = merge_base(git, first, other)
        theirs = _blob(git, other, path, folder / f"theirs {number}")
        assert theirs is not None
        begun = _blob(git, base, path, folder / f"base {number}") if base else None
        merge_file(begun, made, theirs, made, strategy=Strategy.OURS, name=path)
    return made


def _blob(git: Git, commit: str, path: str, file: Path) -> Path | None:
    sha = blob_at(git, commit, path)
    if sha is None:
        return None
    file.write_bytes(git.run("cat-file", "blob", sha).stdout)
    return file


def _lost(merge: Merge, path: str, today: Path, together: Path) -> Lost:
    named = together.with_name("together" + Path(path).suffix)
    together.rename(named)
    counts = Counter(each.table for each in differences(today, named))
    named.rename(together)
    return Lost(merge.commit, path, counts)
