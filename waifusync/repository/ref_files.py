"""Where refs are, out of the files that git keeps them in: a file each, or a line in `packed-refs`.

Only what is plain there is told. A format of another kind, a ref that leads to another, a file that holds no
name of an object and a repository that belongs to somebody else are git's to explain.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from waifusync.repository.git import Git

_LENGTHS = (40, 64)
_HEX = frozenset("0123456789abcdef")
_MOST_BYTES = 1 << 20


def refs_in_files(git: Git, names: Iterable[str]) -> Mapping[str, str | None] | None:
    """Each name's object, None where there is no such ref; None for all that git has to be asked about."""
    try:
        if _is_of_another_kind(git) or not _is_ours(git):
            return None
        found = {name: _loose(git.common_dir, name) for name in names}
        # After the files: git writes a ref there before it takes its file away.
        packed = _packed(git.common_dir) if None in found.values() else {}
    except (OSError, ValueError):
        return None
    return {name: found[name] or packed.get(name) for name in found}


def _is_of_another_kind(git: Git) -> bool:
    return (git.common_dir / "reftable").exists()


def _is_ours(git: Git) -> bool:
    """Otherwise git may refuse it (safe.directory), and says so."""
    return all(os.stat(each).st_uid == os.geteuid() for each in (git.directory, git.git_dir))


def _loose(folder: Path, name: str) -> str | None:
    """Raises ValueError for a file that holds something else."""
    try:
        text = (folder / name).read_text(encoding="ascii")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    return _object_name(text.rstrip())


def _packed(folder: Path) -> dict[str, str]:
    try:
        with (folder / "packed-refs").open(encoding="utf-8", errors="surrogateescape") as file:
            text = file.read(_MOST_BYTES)
    except FileNotFoundError:
        return {}
    if len(text) == _MOST_BYTES:
        raise ValueError(folder)
    lines = (line.split(" ", 1) for line in text.splitlines() if line and line[0] not in "#^")
    return {name: _object_name(sha) for sha, name in lines}


def _object_name(text: str) -> str:
    if len(text) not in _LENGTHS or not _HEX.issuperset(text):
        raise ValueError(text)
    return text
