"""How far each device's log goes in a commit, by the names of its files alone: a few small trees are read.

Folders are known by their trees, so what two commits have in common is read once.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from waifusync.core.segments import Segment, parse_path
from waifusync.repository.git import Git
from waifusync.repository.layout import DEVICES, LOG
from waifusync.repository.objects import ObjectReader, parse_tree
from waifusync.values import NamedTuple
from waifusync.workflows.layouts.which import UNPACKED, snapshot_at


class Commit(NamedTuple):
    """As much of a commit as is needed here; `author` without the address."""

    sha: str
    parents: tuple[str, ...]
    author: str
    time: int


class LogTrees:
    """Reads through one `git cat-file`."""

    def __init__(self, git: Git, reader: ObjectReader) -> None:
        self._git = git
        self._reader = reader
        self._last: dict[str, Segment | None] = {}

    def last_files(self, commit: str) -> dict[str, tuple[Segment, str]]:
        """For each device folder "<name>-<id>" its newest log file, and that file's path."""
        found = {}
        memory = self._memory_of(commit)
        for folder, tree in self._listing(f"{memory}:{LOG}", commit).items():
            if tree not in self._last:
                self._last[tree] = self._newest(tree)
            newest = self._last[tree]
            if newest is not None:
                found[folder] = (newest, f"{LOG}/{folder}/{newest.path}")
        return found

    def last_numbers(self, commit: str | None) -> dict[str, int]:
        """The last entry of each device folder's log; nothing for no commit."""
        return {} if commit is None else {f: each.last for f, (each, _) in self.last_files(commit).items()}

    def device_files(self, commit: str) -> dict[str, bytes]:
        """The content of `devices/<device>.json` by device folder."""
        listed = self._listing(f"{commit}:{DEVICES}", commit)
        contents = {name.removesuffix(".json"): self._reader.read(blob) for name, blob in listed.items()}
        return {folder: content for folder, content in contents.items() if content is not None}

    def last_line(self, commit: str, path: str) -> bytes:
        """The last line of a log file; empty when it is not there."""
        data = self._reader.read(f"{self._memory_of(commit)}:{path}") or b""
        return data[data.rfind(b"\n", 0, -1) + 1 : -1]

    def history(self, tip: str, *, most: int) -> Iterator[Commit]:
        """Commits from the newest on, `most` of them at the most."""
        first = self._commit(tip)
        waiting, known = [(-first.time, first.sha, first)], {tip}
        while waiting and most:
            most -= 1
            *_, commit = heapq.heappop(waiting)
            yield commit
            for parent in commit.parents:
                if parent not in known:
                    known.add(parent)
                    found = self._commit(parent)
                    heapq.heappush(waiting, (-found.time, found.sha, found))

    def _memory_of(self, commit: str) -> str:
        """The commit whose tree has the log files: this one, or what its snapshot was unpacked to."""
        snapshot = snapshot_at(self._reader, commit)
        if snapshot is None:
            return commit
        name = UNPACKED + snapshot
        if self._reader.read(f"{name}^{{tree}}", kind="tree") is not None:
            return name
        from waifusync.workflows.layouts.unpacking import unpacked

        return unpacked(self._git, snapshot)

    def _commit(self, sha: str) -> Commit:
        text = (self._reader.read(sha, kind="commit") or b"").decode("utf-8", "replace").partition("\n\n")[0]
        facts = [line.partition(" ") for line in text.splitlines()]
        parents = tuple(value for name, _, value in facts if name == "parent")
        author = next((value for name, _, value in facts if name == "author"), "")
        committer = next((value for name, _, value in facts if name == "committer"), "0 0")
        time = committer.split()[-2]
        return Commit(sha, parents, author.partition(" <")[0], int(time) if time.isdigit() else 0)

    def _newest(self, device_tree: str) -> Segment | None:
        folders = self._listing(device_tree, device_tree)
        if not folders:
            return None
        folder = max(folders)
        names = (parse_path(f"{folder}/{name}") for name in self._listing(folders[folder], device_tree))
        return max((each for each in names if each is not None), key=lambda each: each.last, default=None)

    def _listing(self, tree: str, like: str) -> dict[str, str]:
        """Names and object ids of one folder; `like` is any object name of this repository."""
        data = self._reader.read(tree, kind="tree") or b""
        return {name: sha for name, (_, sha) in parse_tree(data, like=like).items()}
