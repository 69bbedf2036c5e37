"""How much a tree stands for, counted without unfolding it.

Ten folders, each ten times in the next, are ten billion files in a kilobyte. A git that lists or compares
them has them all in memory, so they are counted before: each folder is read once, however often it stands
there.
"""

from __future__ import annotations

from waifusync.errors import UntrustedError
from waifusync.repository.objects import ObjectReader, parse_tree

MAX_FILES = 50_000
_DEEPEST = 200
_MOST_FOLDERS = 20_000
_MOST_TREE_BYTES = 16 << 20
_FOLDER = "040000"

Folder = dict[str, tuple[str, str]]


def check_breadth(reader: ObjectReader, old: str | None, new: str) -> None:
    """Raises UntrustedError where more changes from commit `old` (None: nothing) to `new` than people do."""
    counting = _Counting(reader, new)
    counting.changed(f"{old}^{{tree}}" if old else None, f"{new}^{{tree}}", depth=0)


class _Counting:
    """Of each folder that was read whole, how many files and folders are below it."""

    def __init__(self, reader: ObjectReader, like: str) -> None:
        self._reader, self._like = reader, like
        self._known: dict[str, int] = {}
        self._folders = 0

    def changed(self, old: str | None, new: str, *, depth: int) -> int:
        """How many files and folders of `new` are not the same in `old`."""
        before, after = self._folder(old) if old else {}, self._folder(new)
        found = 0
        for name, (mode, sha) in after.items():
            was_mode, was = before.get(name, ("", ""))
            if (was_mode, was) == (mode, sha):
                continue
            found += 1
            if mode == _FOLDER and was_mode == _FOLDER:
                found += self.changed(was, sha, depth=_deeper(depth))
            elif mode == _FOLDER:
                found += self._whole(sha, _deeper(depth))
            _check(found)
        return found

    def _whole(self, sha: str, depth: int) -> int:
        if sha not in self._known:
            self._known[sha] = self.changed(None, sha, depth=depth)
        return self._known[sha]

    def _folder(self, spec: str) -> Folder:
        self._folders += 1
        if self._folders > _MOST_FOLDERS:
            raise UntrustedError(f"the remote changes more than {_MOST_FOLDERS:,} folders at once")
        data = self._reader.read(spec, kind="tree", max_bytes=_MOST_TREE_BYTES)
        try:
            return parse_tree(data or b"", like=self._like)
        except ValueError:
            raise UntrustedError(f"{spec} from the remote is no folder that can be read") from None


def _deeper(depth: int) -> int:
    if depth == _DEEPEST:
        raise UntrustedError(f"the remote has folders more than {_DEEPEST} deep")
    return depth + 1


def _check(found: int) -> None:
    if found > MAX_FILES:
        raise UntrustedError(f"the remote changes more than {MAX_FILES:,} files at once")
