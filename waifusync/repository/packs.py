"""Keeping the number of packs small: each sync adds one, and every read looks into all of them.

Geometric repacking rewrites only what is small, so its cost follows what is new. Nothing is ever pruned: an
object that no ref names may be the only copy of what a crash interrupted.
"""

from __future__ import annotations

import re
from pathlib import Path

from waifusync.patterns import pattern
from waifusync.repository.git import Git

MOST_PACKS = 24
MOST_LOOSE = 8
# Small log files become references into what they were packed into; what one pack holds without that, git
# never tries again. After a million memories came at once there is little to find, and it takes minutes.
MOST_SEARCHED_BYTES = 32 << 20
_WINDOW = 10
TIDY_TIMEOUT_SECONDS = 60.0
LARGE_TIMEOUT_SECONDS = 600.0
_OUR_CRASH = pattern(r"^fast-import crash report:.*refs/waifusync/next", re.DOTALL)


def tidy_large(git: Git, *, most_loose: int = MOST_LOOSE) -> bool:
    """Likewise where a large file is written anew with each commit; True when it did.

    Here the search for deltas pays: one version is stored whole, the others as what changed. It has to come
    before `tidy`: what git once packed without, it takes for tried.
    """
    if count_loose(git) <= most_loose:
        return False
    config = ("repack.writeBitmaps=false", "pack.threads=1", "pack.window=4", "pack.windowMemory=256m")
    git.run("repack", "-d", "-q", "--geometric=2", timeout_seconds=LARGE_TIMEOUT_SECONDS, config=config)
    return True


def tidy(git: Git, *, most_packs: int = MOST_PACKS, timeout_seconds: float = TIDY_TIMEOUT_SECONDS) -> bool:
    """Repack when there are more than `most_packs` packs; True when it did. Stopped half-way, it is safe.

    Raises GitError; a sync that is otherwise done need not fail for it.
    """
    _remove_crash_reports(git)
    if count_packs(git) <= most_packs:
        return False
    window = _WINDOW if _bytes_beside_largest(git) <= MOST_SEARCHED_BYTES else 0
    config = ("repack.writeBitmaps=false", "pack.threads=1", f"pack.window={window}")
    git.run("repack", "-d", "-q", "--geometric=2", timeout_seconds=timeout_seconds, config=config)
    return True


def _bytes_beside_largest(git: Git) -> int:
    """The largest pack is seldom written anew."""
    sizes = sorted(pack.stat().st_size for pack in (git.common_dir / "objects" / "pack").glob("*.pack"))
    return sum(sizes[:-1])


def gather_loose(git: Git) -> None:
    """Repack what is small, loose objects too; whatever else runs here goes first. Safe to be stopped."""
    config = ("repack.writeBitmaps=false", "pack.threads=1", "pack.window=0")
    git.run(
        "repack",
        "-d",
        "-q",
        "--geometric=2",
        timeout_seconds=TIDY_TIMEOUT_SECONDS,
        config=config,
        is_unhurried=True,
    )


def stored_bytes(git: Git) -> int:
    """What packs and loose objects take on the disk."""
    objects = git.common_dir / "objects"
    files = (*(objects / "pack").glob("*"), *objects.glob("[0-9a-f][0-9a-f]/*"))
    return sum(file.stat().st_size for file in files if file.is_file())


def empty_objects(git: Git) -> list[Path]:
    """Loose objects that a power cut left without content: while one is there, git never writes it again."""
    loose = (git.common_dir / "objects").glob("[0-9a-f][0-9a-f]/*")
    return sorted(file for file in loose if file.is_file() and file.stat().st_size == 0)


def count_packs(git: Git) -> int:
    """How many packs there are, seen without starting git."""
    return sum(1 for _ in (git.common_dir / "objects" / "pack").glob("*.pack"))


def count_loose(git: Git) -> int:
    """How many objects have a file of their own, seen without starting git."""
    return sum(1 for _ in (git.common_dir / "objects").glob("[0-9a-f][0-9a-f]/*"))


def _remove_crash_reports(git: Git) -> None:
    """Those that our own fast-import left because it was killed; one of somebody else's stays."""
    for report in git.git_dir.glob("fast_import_crash_*"):
        if _OUR_CRASH.search(report.read_text(encoding="utf-8", errors="replace")):
            report.unlink(missing_ok=True)
