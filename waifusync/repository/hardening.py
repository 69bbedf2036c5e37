"""What git writes and never syncs: HEAD, the settings, refs that came with a clone, the work tree.

Without it a power cut soon after leaves these files empty. An empty HEAD or config is no repository, or no
remote; an empty page or waifusync.toml looks like an edit. Objects, the index and refs that we move are
synced by `core.fsync`.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from waifusync.repository.git import Git

_SETTINGS = ("HEAD", "config", "packed-refs", "index", "shallow")
# What of ours is not written anew from the branch when it is other than there.
_PAGES = (
    "waifusync.toml",
    ".gitignore",
    ".gitattributes",
    "device_contexts/*.md",
    "experiments/*/README.md",
    "shared_memory/context_tokens/*.json",
)
_NEW_SECONDS = 60.0


def harden(git: Git) -> None:
    """A repository that was just made is on the disk when this returns, names and contents."""
    for path in _settings(git.common_dir):
        sync_file(path)


def harden_pages(git: Git) -> None:
    """So are the pages that git has just put into the work tree."""
    now = time.time()
    for path in (path for pattern in _PAGES for path in git.directory.glob(pattern)):
        with contextlib.suppress(OSError):  # a link to nowhere, or gone meanwhile
            if abs(now - path.stat().st_mtime) < _NEW_SECONDS:
                sync_file(path)


def _settings(git_dir: Path) -> Iterator[Path]:
    yield from (git_dir / name for name in _SETTINGS)
    yield from sorted((git_dir / "refs").rglob("*"))
    yield from (git_dir / "info", git_dir / "refs", git_dir / "objects", git_dir, git_dir.parent)


def sync_file(path: Path) -> None:
    """A file or a folder; nothing where it is gone."""
    with contextlib.suppress(FileNotFoundError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
