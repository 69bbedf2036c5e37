"""Our lines in .git/info/attributes and .git/info/exclude, which win over every .gitattributes.

Without them `core.autocrlf=true` would check a log file out with other bytes than were committed, and a plain
`git add -A` would commit the link to the live database.
"""

from __future__ import annotations

import os
from pathlib import Path

from waifusync.repository import layout
from waifusync.repository.git import Git

_BEGIN = "# waifusync: begin (written anew by waifusync)"
_END = "# waifusync: end"
_AS_STORED = "-text !eol -filter -ident -working-tree-encoding !merge"
# Commits hold the bytes as they are on the disk, so showing one must not convert them either.
_OF_SNAPSHOT = _AS_STORED.removesuffix(" !merge")  # which driver merges it, if any, is said elsewhere
ATTRIBUTES = (
    *(f"/{prefix}/** {_AS_STORED}" for prefix in layout.OWN_PREFIXES),
    f"/{layout.SNAPSHOT} {_OF_SNAPSHOT}",
)
LINK_EXCLUDED = f"/{layout.SNAPSHOT}"
EXCLUDES = (f"/{layout.SNAPSHOT}-*", "/shared_memory/sync_status.json")


def ensure_local_rules(git: Git, *, tracks_database: bool | None = None) -> bool:
    """Put our lines there and leave all others; True when something had to be written. Starts no process.

    `tracks_database`: whether git is to see memory.db; None leaves that as it was (ignored, at first).
    """
    info = git.common_dir / "info"
    if tracks_database is None:
        tracks_database = _tracks_database(_text_of(info / "exclude"))
    excludes = EXCLUDES if tracks_database else (LINK_EXCLUDED, *EXCLUDES)
    changed = _ensure_block(info / "attributes", ATTRIBUTES)
    return _ensure_block(info / "exclude", excludes) or changed


def lacking_rules(git: Git, *, tracks_database: bool) -> tuple[str, ...]:
    """Which of git's two files lacks our lines, or has others in their place. Changes nothing."""
    excludes = EXCLUDES if tracks_database else (LINK_EXCLUDED, *EXCLUDES)
    info = git.common_dir / "info"
    return tuple(
        name
        for name, lines in (("attributes", ATTRIBUTES), ("exclude", excludes))
        if with_block(text := _text_of(info / name), lines) != text
    )


def _tracks_database(exclude: str) -> bool:
    _, begin, ours = exclude.partition(_BEGIN + "\n")
    return bool(begin) and LINK_EXCLUDED not in ours.partition(_END)[0].splitlines()


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return ""


def _ensure_block(file: Path, lines: tuple[str, ...]) -> bool:
    from waifusync.repository.hardening import sync_file

    before = _text_of(file)
    after = with_block(before, lines)
    if after == before:
        return False
    file.parent.mkdir(exist_ok=True)
    beside = file.with_name(f"{file.name}.waifusync-{os.getpid()}")
    beside.write_text(after, encoding="utf-8", errors="surrogateescape")
    sync_file(beside)  # the person's own lines are in it
    os.replace(beside, file)
    return True


def with_block(text: str, lines: tuple[str, ...]) -> str:
    """The text with our block at its very end, where the last word is. Pure; the same when applied twice."""
    head, begin, rest = text.partition(_BEGIN + "\n")
    others = head + (rest.partition(_END + "\n")[2] if begin else "")
    if others and not others.endswith("\n"):
        others += "\n"
    return others + "\n".join((_BEGIN, *lines, _END, ""))
