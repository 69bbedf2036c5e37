"""The three-way merge of the person's own files: paths first (pure), texts only where both sides changed one.

                  theirs:  as base       changed                       removed
        ours: as base      keep          take theirs                   delete
              changed      keep          same? keep, else both changed both changed
              removed      keep          both changed                  keep

waifusync's own folders never come here: each of their files has one writer.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from waifusync.repository.git import Git, GitDamaged
from waifusync.repository.objects import Change, ObjectReader
from waifusync.values import dataclass

Version = tuple[str, str]  # mode, sha


@dataclass(frozen=True, slots=True)
class BothChanged:
    """A path that two sides changed in different ways; None stands for "not there"."""

    path: str
    base: Version | None
    ours: Version | None
    theirs: Version | None


@dataclass(frozen=True, slots=True)
class MergePlan:
    """What to do to our tree so that it also holds what they did."""

    take_theirs: Mapping[str, Version]
    delete: tuple[str, ...]
    both_changed: tuple[BothChanged, ...]


def merge_paths(ours: Iterable[Change], theirs: Iterable[Change], our_paths: Collection[str]) -> MergePlan:
    """Plan the merge of two lists of changes from one base. Pure.

    `our_paths` is every path of our tree: a new path of theirs that would stand in for a folder of ours,
    below a file of ours, or beside one that differs by case or Unicode form only, counts as changed by both.
    """
    changed_here = {change.path: change for change in ours}
    taken: dict[str, Version] = {}
    delete: list[str] = []
    both: list[BothChanged] = []
    incoming = list(theirs)
    removed_by_them = {change.path for change in incoming if change.new_sha is None}
    standing = _Standing(path for path in our_paths if path not in removed_by_them or path in changed_here)
    for change in incoming:
        mine, new = changed_here.get(change.path), _after(change)
        if mine is not None:
            if _after(mine) != new:
                both.append(BothChanged(change.path, _before(change), _after(mine), new))
        elif new is None:
            delete.append(change.path)
        elif change.old_sha is None and standing.is_in_the_way_of(change.path):
            both.append(BothChanged(change.path, None, None, new))
        else:
            taken[change.path] = new
    return MergePlan(taken, tuple(delete), tuple(both))


def merge_texts(git: Git, base: str | None, ours: str, theirs: str) -> bytes | None:
    """git's own merge of three blobs (base None: empty); None when they clash, or are not text."""
    import tempfile  # 5 ms, and this is rare

    with ObjectReader(git) as reader, tempfile.TemporaryDirectory(prefix="waifusync-") as folder:
        files = [Path(folder, name) for name in ("ours", "base", "theirs")]
        for file, sha in zip(files, (ours, base, theirs), strict=True):
            file.write_bytes(_content(reader, sha))
        result = git.run("merge-file", "-p", "-q", *map(str, files), check=False)
    return result.stdout if result.status == 0 else None


def _content(reader: ObjectReader, sha: str | None) -> bytes:
    if sha is None:
        return b""
    content = reader.read(sha)
    if content is None:
        raise GitDamaged(f"object {sha} is missing", hint="run `git fsck`")
    return content


def _before(change: Change) -> Version | None:
    return None if change.old_sha is None else (change.old_mode, change.old_sha)


def _after(change: Change) -> Version | None:
    return None if change.new_sha is None else (change.new_mode, change.new_sha)


class _Standing:
    """What stands on our side, as every file system sees it: without case, in one Unicode form."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._spelling: dict[str, str] = {}
        self._folders: set[str] = set()
        for path in paths:
            self._spelling[folded(path)] = path
            self._folders.update(folded(parent) for parent in _parents(path))

    def is_in_the_way_of(self, path: str) -> bool:
        if folded(path) in self._folders or folded(path) in self._spelling:
            return True
        return any(folded(parent) in self._spelling for parent in _parents(path))


def folded(path: str) -> str:
    """The path as a file system that ignores case and Unicode form compares it."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _parents(path: str) -> Iterator[str]:
    end = path.rfind("/")
    while end > 0:
        yield path[:end]
        end = path.rfind("/", 0, end)
