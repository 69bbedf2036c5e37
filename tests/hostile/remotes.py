"""A bare remote whose objects are written byte by byte, because git refuses to write most of these."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Union

from tests.companions import clean_environment

# A file's content, or a mode with the object that it names, or with its content.
Content = Union[bytes, tuple[str, str], tuple[str, bytes]]  # noqa: UP007 - read while it runs
FILE, FOLDER = "100644", "40000"


class Remote:
    """The folder of a bare repository; `good` is the commit that its main had before anybody did harm."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.good = (path / "refs/heads/main").read_text().strip()
        self.kept = path.parent / (path.name + ".kept")
        if not self.kept.exists():
            shutil.copytree(path, self.kept)
        self._files: dict[str, tuple[str, str]] = {}

    def restore(self) -> None:
        """As it was before; what was added to its objects goes too."""
        if self.path.is_dir():
            shutil.rmtree(self.path)
        else:
            self.path.unlink()
        shutil.copytree(self.kept, self.path)

    @property
    def files(self) -> Mapping[str, tuple[str, str]]:
        """Mode and object of every file that is good, by its path."""
        if not self._files:
            listed = self.git("ls-tree", "-r", self.good).splitlines()
            for line in listed:
                facts, path = line.split("\t")
                self._files[path] = (facts.split()[0], facts.split()[2])
        return self._files

    def git(self, *words: str) -> str:
        command = ["git", "-C", str(self.path), *words]
        environment = clean_environment(self.path.parent)
        return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout

    def write(self, kind: str, data: bytes) -> str:
        """A loose object, whatever it holds; its name."""
        whole = b"%s %d\0" % (kind.encode(), len(data)) + data
        sha = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
        self.write_as(sha, zlib.compress(whole, 1))
        return sha

    def write_as(self, sha: str, packed: bytes) -> None:
        """Bytes in the place of an object, which need not be that object."""
        file = self.path / "objects" / sha[:2] / sha[2:]
        file.parent.mkdir(exist_ok=True)
        if not file.exists():
            file.write_bytes(packed)

    def tree(self, entries: Iterable[tuple[str, bytes, str]]) -> str:
        """Entries (mode, name, object) in the order given."""
        raw = (mode.encode() + b" " + name + b"\0" + bytes.fromhex(sha) for mode, name, sha in entries)
        return self.write("tree", b"".join(raw))

    def tree_of(self, files: Mapping[str, Content]) -> str:
        """Trees of paths, in git's order; a name may be any but one with a slash in it."""
        here: dict[bytes, tuple[str, str]] = {}
        below: dict[str, dict[str, Content]] = {}
        for path, content in files.items():
            first, slash, rest = path.partition("/")
            if slash and rest:
                below.setdefault(first, {})[rest] = content
            else:
                here[os.fsencode(path)] = self._entry(content)
        for name, inside in below.items():
            here[os.fsencode(name)] = (FOLDER, self.tree_of(inside))
        ordered = sorted(here.items(), key=lambda each: each[0] + (b"/" if each[1][0] == FOLDER else b""))
        return self.tree((mode, name, sha) for name, (mode, sha) in ordered)

    def _entry(self, content: Content) -> tuple[str, str]:
        mode, what = content if isinstance(content, tuple) else (FILE, content)
        return mode, self.blob(what) if isinstance(what, bytes) else what

    def blob(self, content: bytes) -> str:
        return self.write("blob", content)

    def commit(
        self, tree: str, *, parents: Iterable[str] | None = None, head: str = "", told: str = ""
    ) -> str:
        """`head` takes the place of the lines about who made it and when."""
        who = "Eve <eve@example.org> 1800000000 +0000"
        lines = [
            f"tree {tree}",
            *(f"parent {each}" for each in ([self.good] if parents is None else parents)),
        ]
        head = head or f"author {who}\ncommitter {who}\n"
        return self.write("commit", os.fsencode("\n".join(lines) + f"\n{head}\n{told or 'hello'}\n"))

    def push(self, files: Mapping[str, Content], **commit: str) -> str:
        """A commit on the good one with these files beside, or in the place of, its own."""
        kept = {
            path: entry
            for path, entry in self.files.items()
            if not any(path == each or path.startswith(each + "/") for each in files)
        }
        return self.point(self.commit(self.tree_of({**kept, **files}), **commit))

    def point(self, sha: str, ref: str = "refs/heads/main") -> str:
        file = self.path / ref
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(sha + "\n")
        return sha
