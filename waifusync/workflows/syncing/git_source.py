"""Log and vector files read out of git's objects, as log/ wants them, whichever layout a commit has."""

from __future__ import annotations

from collections.abc import Mapping

from waifusync.repository.git import Git
from waifusync.repository.objects import MAX_BLOB_BYTES, ObjectReader, ls_tree

# A writer ends a file at 4 MiB, with a line of 48 MiB at most, and packs what follows the last such file.
_LARGEST_LOG_FILE = 64 << 20


class GitSource:
    """The files of one or several trees, by path; content is read when asked for."""

    def __init__(self, reader: ObjectReader, paths: Mapping[str, str]) -> None:
        self._reader = reader
        self._paths = paths

    def paths(self) -> Mapping[str, str]:
        return self._paths

    def blob(self, path: str) -> bytes:
        """Raises KeyError for a path that is not listed, or whose object git does not have any more."""
        from waifusync.repository.layout import LOG, is_below

        most = _LARGEST_LOG_FILE if is_below(path, LOG) else MAX_BLOB_BYTES
        content = self._reader.read(self._paths[path], max_bytes=most)
        if content is None:
            raise KeyError(path)
        return content

    def soon(self, path: str) -> None:
        """Git begins to unpack it."""
        self._reader.begin(self._paths[path])


def memory_paths(git: Git, commit: str | None, *prefixes: str) -> dict[str, str]:
    """The log and vector files of a commit (all, or those below the prefixes): path to object."""
    from waifusync.repository.layout import LOG, SNAPSHOT, VECTORS, holds_memory

    if commit is None:
        return {}
    prefixes = prefixes or (LOG, VECTORS)
    listed = ls_tree(git, commit, SNAPSHOT, *prefixes)
    snapshot = listed.pop(SNAPSHOT, None)
    paths = {path: entry.sha for path, entry in listed.items() if holds_memory(path)}
    if snapshot is None or not snapshot.mode.startswith("100"):
        return paths
    return paths | packed_paths(git, snapshot.sha, *prefixes)


def packed_paths(git: Git, snapshot: str, *prefixes: str) -> dict[str, str]:
    """The same of a snapshot."""
    from waifusync.repository.layout import LOG, VECTORS
    from waifusync.workflows.layouts.unpacking import unpacked  # the layout `log` has no use for SQLite here

    listed = ls_tree(git, unpacked(git, snapshot), *(prefixes or (LOG, VECTORS)))
    return {path: entry.sha for path, entry in listed.items()}
