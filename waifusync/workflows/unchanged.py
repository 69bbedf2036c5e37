"""Whether anything here changed since runs that found all level: then only the remote is left to ask.

Every file of the companion counts, by what the file system tells, but for a few that no exchange goes by. So
what an exchange learns to look at tomorrow is looked at here, too, without anybody's thinking of it.
Imports little that an empty Python has not loaded, which is its whole use.
"""

from __future__ import annotations

import os
import sys
import time

import waifusync
from waifusync.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing itself costs a quarter of an empty Python's start
    from collections.abc import Iterator

_NOTE = b"level"
# What a sync writes that found nothing, and what may go at any time.
_OF_NO_ACCOUNT = frozenset(
    (
        *(_NOTE, b"lock", b"events.jsonl", b"last_run.json", b"last_sync.json", b"notified"),
        *(b"search.db", b"search.db-wal", b"sync_status.json"),
    )
)
_SHARED_MEMORY, _WAL = b"-shm", b"-wal"
# Looking at more than these would no longer be cheap.
_MOST_FILES = 4_000
# A second write within one tick of a file system's clock leaves no trace; the coarsest are of two seconds.
_TICK_NS = 3_000_000_000
# What no file here tells, such as another git, is found by a whole run once a day.
_LONGEST_NS = 86_400_000_000_000
_SETTINGS_OF_GIT = ("config", "attributes", "ignore")


class Level(NamedTuple):
    """The commit that the branch, what is held and the remote were at, and how the remote is asked.

    `live` is the live database where a program keeps it elsewhere, else "".
    """

    commit: str
    remote: str
    ref: str
    seconds: str
    live: str


class _Unclear(Exception):
    """There is something of which files do not tell enough."""


def note_level(root: str, level: Level, *, tick_ns: int = _TICK_NS) -> None:
    """After a run that found nothing to do. It counts when a second one found the same: nothing had moved."""
    try:
        files = _files(root, level.live)
        if any(file is not None and file.st_ctime_ns + tick_ns > time.time_ns() for _, file in files):
            return
        text, place = _text(level, files), _place(root)
        times = b"twice" if _read(place)[1] == text else b"once"
        with open(place, "wb") as note:
            note.write(b"%s %d\n%s" % (times, time.time_ns(), text))
    except (OSError, _Unclear):
        return


def level_of(root: str) -> Level | None:
    """How two runs found it, if nothing changed since; None in doubt, and for a whole run once a day."""
    try:
        head, noted = _read(_place(root))
        times, _, at = head.partition(b" ")
        if times != b"twice" or not 0 <= time.time_ns() - int(at) < _LONGEST_NS:
            return None
        level = Level(*os.fsdecode(noted).split("\n", 5)[:5])
        return level if _text(level, _files(root, level.live)) == noted else None
    except (OSError, _Unclear, TypeError, ValueError):
        return None


def note_reached(root: str) -> None:
    """The remote was asked, and is where it was."""
    try:
        os.utime(_place(root))
    except OSError:
        return


def last_reached(state_directory: str) -> int | None:
    """When that was, in milliseconds since 1970, if since then nothing failed."""
    try:
        return os.stat(os.path.join(os.fsencode(state_directory), _NOTE)).st_mtime_ns // 1_000_000
    except OSError:
        return None


def forget_level(state_directory: str) -> None:
    """The next run is a whole one."""
    try:
        os.unlink(os.path.join(os.fsencode(state_directory), _NOTE))
    except OSError:
        return


def _place(root: str) -> bytes:
    return os.path.join(os.fsencode(root), b".git", b"waifusync", _NOTE)


def _read(place: bytes) -> tuple[bytes, bytes]:
    try:
        with open(place, "rb") as note:
            head, _, text = note.read().partition(b"\n")
    except FileNotFoundError:
        return b"", b""
    return head, text


def _text(level: Level, files: list[tuple[bytes, os.stat_result | None]]) -> bytes:
    facts = (*level, waifusync.__version__, sys.prefix, waifusync.__file__)
    lines = [os.fsencode(fact) for fact in facts]
    for path, file in files:
        if file is None:
            lines.append(b"none " + path)
        else:
            told = file.st_mode, file.st_ino, file.st_size, file.st_mtime_ns, file.st_ctime_ns
            lines.append(b"%o %d %d %d %d " % told + path)
    return b"\n".join(lines)


def _files(root: str, live: str) -> list[tuple[bytes, os.stat_result | None]]:
    """All that counts, by path; None where there is none."""
    if any(name.startswith("WAIFUSYNC_") for name in os.environ):
        raise _Unclear
    found = [(path, _stat(path)) for path in _elsewhere(live)]
    top = os.fsencode(root)
    git = os.path.join(top, b".git")
    objects = os.path.join(git, b"objects")
    if os.path.exists(os.path.join(git, b"worktrees")):
        raise _Unclear
    folders = [top, git]
    while folders:
        folder = folders.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    found += _of_file(entry)
                elif entry.path not in (git, objects):
                    folders.append(entry.path)
        if len(found) > _MOST_FILES:
            raise _Unclear
    found.sort(key=lambda each: each[0])
    return found


def _of_file(entry: os.DirEntry[bytes]) -> Iterator[tuple[bytes, os.stat_result | None]]:
    if entry.name in _OF_NO_ACCOUNT or entry.name.endswith(_SHARED_MEMORY):
        return
    if b"\n" in entry.name or entry.name == b".git":
        raise _Unclear
    file = entry.stat(follow_symlinks=False)
    if entry.name.endswith(_WAL) and not file.st_size:  # readers leave it, writers take it away
        return
    yield entry.path, file
    if entry.is_symlink():
        if entry.is_dir():
            raise _Unclear
        yield entry.path + b" leads to", _stat(entry.path)


def _elsewhere(live: str) -> Iterator[bytes]:
    """What counts and lies outside: the live database of a program, and what git is told by the person."""
    if live:
        yield from (os.fsencode(live) + end for end in (b"", b"-wal", b"-journal"))
    home = os.environ.get("HOME", "")
    settings = os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    yield from map(os.fsencode, ("/etc/gitconfig", os.path.join(home, ".gitconfig")))
    for name in _SETTINGS_OF_GIT:
        yield os.fsencode(os.path.join(settings, "git", name))
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        yield os.fsencode(os.environ.get(name) or name)


def _stat(path: bytes) -> os.stat_result | None:
    try:
        return os.stat(path)
    except OSError:
        return None
