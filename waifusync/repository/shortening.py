"""Where git's history ends on this device: cut off as git itself does it, and fetched again.

Only what the remote has is ever cut off, since it is the remote that draws the line. What no ref names, such
as somebody's lost commit, is put into a pack of its own first, which stays.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from waifusync.repository.git import Git
from waifusync.repository.remote import FETCHED, fetch
from waifusync.values import NamedTuple

_TRANSFER_SECONDS = 3600.0
_REPACK_SECONDS = 3600.0
_KEPT = "waifusync: named by no ref when history was cut off\n"
_CONFIG = ("repack.writeBitmaps=false", "pack.threads=1", "pack.windowMemory=256m")


def is_shortened(git: Git) -> bool:
    """Whether history ends before its beginning."""
    return (git.common_dir / "shallow").exists()


def commits_before(git: Git, tip: str, seconds: int) -> list[str]:
    """Commits that `tip` contains and that are older than this moment, by their own clocks, newest first."""
    return git.run("rev-list", f"--until={seconds}", tip).text.split()


def commits_of(git: Git, tip: str) -> list[str]:
    """All that is here of the history of a commit, newest first."""
    return git.run("rev-list", tip).text.split()


def time_of(git: Git, commit: str) -> int:
    """When it was committed, in seconds since 1970."""
    return int(git.run("show", "-s", "--format=%ct", commit).text)


def shorten(git: Git, remote: str, branch: str, *, since: int | None) -> None:
    """History from a moment on, in seconds since 1970; None: only the newest commit. Frees no room yet.

    Raises GitUnreachable, GitError where the remote cannot do this; then nothing changed.
    """
    depth = "--depth=1" if since is None else f"--shallow-since={since}"
    fetch(git, remote, branch, FETCHED, _TRANSFER_SECONDS, depth=depth)


def lengthen(git: Git, remote: str, branch: str) -> None:
    """All of the history again. Raises GitUnreachable; then nothing changed."""
    if is_shortened(git):
        fetch(git, remote, branch, FETCHED, _TRANSFER_SECONDS, depth="--unshallow")


def keep_unnamed(git: Git) -> int:
    """Puts objects that no ref, index or reflog names into a pack that git never takes apart; how many."""
    packs = git.common_dir / "objects" / "pack"
    for marker in packs.glob("*.keep"):
        if marker.read_text(encoding="utf-8", errors="replace") == _KEPT:
            marker.unlink()  # what is in there is found again, now
    words = ("fsck", "--connectivity-only", "--unreachable", "--no-dangling", "--no-progress")
    told = git.run(*words, timeout_seconds=_REPACK_SECONDS, is_unhurried=True).text.splitlines()
    names = [line.split()[2] for line in told if line.startswith("unreachable ")]
    if names:
        listed = "".join(f"{name}\n" for name in names).encode()
        base = str(packs / "pack")
        pack = git.run("pack-objects", "-q", base, stdin=listed, timeout_seconds=_REPACK_SECONDS).text.strip()
        (packs / f"pack-{pack}.keep").write_text(_KEPT, encoding="utf-8")
    return len(names)


def drop_unreachable(git: Git) -> None:
    """Room is made: what neither a ref nor a kept pack holds is gone from here. Reads what stays first."""
    repack = ("repack", "-a", "-d", "-q")
    git.run(*repack, timeout_seconds=_REPACK_SECONDS, config=_CONFIG, is_unhurried=True)
    # Not what is young: another git may be about to name it.
    git.run("prune", "--expire=1.hour.ago", timeout_seconds=_REPACK_SECONDS, is_unhurried=True)


class Reflog(NamedTuple):
    """Where a ref was; whoever makes `lock` may change it."""

    file: Path
    lock: Path


def reflogs_of(git: Git) -> list[Reflog]:
    """Of all refs, in all work trees: what any of them leads to is kept."""
    tops = (git.common_dir, *sorted(git.common_dir.glob("worktrees/*")))
    found = [(top, each) for top in tops for each in sorted((top / "logs").rglob("*")) if each.is_file()]
    return [Reflog(each, top / f"{each.relative_to(top / 'logs')}.lock") for top, each in found]


def without_commits(reflog: str, gone: Collection[str]) -> tuple[str, str]:
    """The lines that stay, and those that lead to a commit that is to go. Pure.

    A line that came from such a commit stays, and begins with nothing.
    """
    kept, taken = [], []
    for line in reflog.splitlines(keepends=True):
        old, new, rest = (*line.split(" ", 2), "", "")[:3]
        if new in gone:
            taken.append(line)
        else:
            kept.append(f"{'0' * len(old)} {new} {rest}" if old in gone else line)
    return "".join(kept), "".join(taken)
