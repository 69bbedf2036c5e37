"""Reading git's objects: one file, a whole tree, the difference of two trees. Nothing here writes.

Every answer that a remote can make large has a limit, because it is held in memory.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from types import TracebackType
from typing import BinaryIO

from waifusync.errors import UntrustedError
from waifusync.repository.environment import scrubbed_environment
from waifusync.repository.git import Git, GitDamaged, GitError
from waifusync.repository.process import end_group, starting
from waifusync.values import NamedTuple

MAX_BLOB_BYTES = 100 * 1024 * 1024
MAX_LISTING_BYTES = 64 * 1024 * 1024
_PIECE_BYTES = 1 << 20
NO_MODE = "000000"
_EMPTY_TREES = {40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904"}
_EMPTY_TREES[64] = "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"


class TreeEntry(NamedTuple):
    """One file of a tree. `size` is None unless sizes were asked for (and always for a submodule)."""

    mode: str
    kind: str
    sha: str
    size: int | None = None


class Change(NamedTuple):
    """One path in two trees. The mode is 000000 and the sha None where the path does not exist."""

    path: str
    old_mode: str
    new_mode: str
    old_sha: str | None
    new_sha: str | None


class ObjectReader:
    """One `git cat-file --batch` child for many reads: 3 ms for the first, 0.2 ms for each after it."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._child: subprocess.Popen[bytes] | None = None
        self._begun: str | None = None
        self._begins = True

    def __enter__(self) -> ObjectReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, spec: str, *, kind: str = "blob", max_bytes: int = MAX_BLOB_BYTES) -> bytes | None:
        """The bytes of `sha` or `commit:path`; None when there is no such object.

        Raises UntrustedError when it is of another kind or larger than `max_bytes`, which is seen before it
        is read.
        """
        size = self._begin(spec, kind, max_bytes)
        return None if size is None else self._take(size)

    def copy(self, spec: str, target: BinaryIO, *, max_bytes: int = MAX_BLOB_BYTES) -> bool:
        """A blob into a file, a piece at a time; False when there is no such object. Raises like `read`."""
        left = self._begin(spec, "blob", max_bytes)
        if left is None:
            return False
        while left > _PIECE_BYTES:
            target.write(self._piece(_PIECE_BYTES))
            left -= _PIECE_BYTES
        target.write(self._take(left))
        return True

    def begin(self, spec: str) -> None:
        """What will be read next: git unpacks it meanwhile. Once something else was read next, that had been
        in vain, and is not done again."""
        if self._begins and self._begun is None:
            self._send(spec)
            self._begun = spec

    def _begin(self, spec: str, kind: str, max_bytes: int) -> int | None:
        header = self._ask(spec)
        if header is None:
            return None
        _, found, size_text = header
        size = int(size_text)
        if found != kind or size > max_bytes:
            self.close()  # the content is already on its way: a fresh child is cheaper than draining it
            what = (
                f"is a {found}, not a {kind}" if found != kind else f"has {size} bytes, more than {max_bytes}"
            )
            raise UntrustedError(f"{spec} {what}", spec=spec, size=size)
        return size

    def close(self) -> None:
        """End the child; the next read starts another."""
        child, self._child, self._begun = self._child, None, None
        if child is None:
            return
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
        end_group(child)

    def _ask(self, spec: str) -> tuple[str, str, str] | None:
        if self._begun not in (None, spec):
            self.close()  # with all that is on its way
            self._begins = False
        if self._begun is None:
            self._send(spec)
        self._begun = None
        return self._answered(spec)

    def _send(self, spec: str) -> None:
        if "\n" in spec or "\0" in spec:
            raise GitError(f"{spec!r} cannot name an object")
        child = self._started()
        assert child.stdin is not None
        child.stdin.write(os.fsencode(spec) + b"\n")
        child.stdin.flush()

    def _answered(self, spec: str) -> tuple[str, str, str] | None:
        child = self._started()
        assert child.stdout is not None
        line = child.stdout.readline().decode("utf-8", "surrogateescape")
        words = line.rsplit(" ", 2)
        if line.endswith((" missing\n", " ambiguous\n")):
            return None
        if len(words) != 3 or not words[2].strip().isdigit():
            self.close()
            raise GitDamaged(f"git could not read {spec}", hint="run `git fsck` and `waifusync doctor`")
        return words[0], words[1], words[2]

    def _take(self, size: int) -> bytes:
        return self._piece(size + 1)[:-1]  # git ends each object with a line feed

    def _piece(self, size: int) -> bytes:
        assert self._child is not None
        assert self._child.stdout is not None
        content = self._child.stdout.read(size)
        if len(content) != size:
            self.close()
            raise GitDamaged("git ended in the middle of an object", hint="run `git fsck`")
        return content

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            # No protocol at all: in a partial clone a read would otherwise wait for the network, without a
            # limit.
            offline = {"GIT_ALLOW_PROTOCOL": "", "GIT_NO_LAZY_FETCH": "1"}
            with starting():
                self._child = subprocess.Popen(
                    self._git.command_line("cat-file", "--batch"),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=scrubbed_environment(os.environ, offline),
                    start_new_session=True,
                )
        return self._child


def empty_tree(like: str) -> str:
    """The name of the tree without files, in the hash that `like` (any object name) uses."""
    return _EMPTY_TREES[len(like)]


def ls_tree(git: Git, treeish: str, *prefixes: str, sizes: bool = False) -> dict[str, TreeEntry]:
    """Every file below the prefixes (all, when there are none), by its path from the root, in git's order."""
    asked = ["ls-tree", "-r", "-z", "--full-tree", *(["-l"] if sizes else []), treeish, "--", *prefixes]
    out = git.run(*asked, max_output_bytes=MAX_LISTING_BYTES).text
    return dict(_tree_entry(record) for record in out.split("\0") if record)


def _tree_entry(record: str) -> tuple[str, TreeEntry]:
    facts, path = record.split("\t", 1)
    mode, kind, sha, *rest = facts.split()
    size = int(rest[0]) if rest and rest[0] != "-" else None
    return path, TreeEntry(mode, kind, sha, size)


def diff_trees(git: Git, old: str | None, new: str, *prefixes: str) -> list[Change]:
    """What differs from `old` (None: the empty tree) to `new`; a rename is a removal and an addition."""
    start = old if old is not None else empty_tree(new if len(new) in _EMPTY_TREES else "0" * 40)
    asked = ["diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", start, new, "--", *prefixes]
    fields = git.run(*asked, max_output_bytes=MAX_LISTING_BYTES).text.split("\0")
    return [_change(facts, path) for facts, path in zip(fields[0::2], fields[1::2], strict=False)]


def _change(facts: str, path: str) -> Change:
    old_mode, new_mode, old_sha, new_sha, _ = facts.removeprefix(":").split(" ")
    return Change(path, old_mode, new_mode, _sha_or_none(old_sha), _sha_or_none(new_sha))


def parse_tree(data: bytes, *, like: str) -> dict[str, tuple[str, str]]:
    """One tree object: name to (mode, object id); `like` is any object name of the same repository."""
    found: dict[str, tuple[str, str]] = {}
    place, width = 0, len(like) // 2
    while place < len(data):
        end = data.index(b"\0", place)
        mode, _, name = data[place:end].partition(b" ")
        sha = data[end + 1 : end + 1 + width].hex()
        found[name.decode("utf-8", "surrogateescape")] = mode.decode("ascii").zfill(6), sha
        place = end + 1 + width
    return found


def blob_name(content: bytes, *, like: str) -> str:
    """What git calls a blob of this content; `like` is any object name of the same repository."""
    import hashlib  # loads OpenSSL: 4 ms, and few need it

    digest = hashlib.sha256() if len(like) == 64 else hashlib.sha1(usedforsecurity=False)
    digest.update(b"blob %d\0" % len(content))
    digest.update(content)
    return digest.hexdigest()


def _sha_or_none(sha: str) -> str | None:
    return sha if sha.strip("0") else None


def blob_sizes(git: Git, shas: Iterable[str]) -> dict[str, int]:
    """How large each object is, in one process that reads none. Raises GitDamaged when one is missing."""
    wanted = sorted(set(shas))
    if not wanted:
        return {}
    listing = "".join(f"{sha}\n" for sha in wanted).encode("ascii")
    lines = git.run("cat-file", "--batch-check=%(objectname) %(objectsize)", stdin=listing).text.splitlines()
    sizes = dict(line.split(" ", 1) for line in lines)
    missing = [sha for sha in wanted if not sizes.get(sha, "").isdigit()]
    if missing:
        raise GitDamaged(f"object {missing[0]} is missing", hint="run `git fsck`")
    return {sha: int(sizes[sha]) for sha in wanted}
