"""Putting hooks in, looking at them, taking them out. What was there is called by ours, and comes back whole.

Another tool may write its own over ours later, or move ours to NAME.legacy and call it, as pre-commit does.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from waifusync.repository.git import Git
from waifusync.repository.hook_places import own_folder, write_file
from waifusync.repository.hook_texts import NAMES, hook, is_ours, passing_on, tool_of
from waifusync.values import NamedTuple

_BEFORE = ".before-waifusync"
_LEGACY = ".legacy"
_EXECUTABLE = 0o755


class Hook(NamedTuple):
    """`state` is installed, missing, overwritten or changed (not as this version writes it). `by`: which tool
    has overwritten it, or calls it; "" when unknown or nobody. `chained`: another's is called first."""

    name: str
    state: str
    by: str = ""
    chained: bool = False


def put_in(git: Git, folder: Path, *, passes_on: str | None) -> bool:
    """Twice is as once: False when all was there."""
    changed = [_put(git, folder, name, passes_on) for name in NAMES]
    if passes_on is not None:
        changed += [
            write_file(folder / name, passing_on(f"{passes_on}/{name}"), mode=_EXECUTABLE)
            for name in others_in(git, passes_on)
        ]
    return any(changed)


def _put(git: Git, folder: Path, name: str, passes_on: str | None) -> bool:
    if _find(folder, name) not in (None, folder / name):
        return False  # another's calls it
    file = folder / name
    if os.path.lexists(file) and not _is_ours(file):
        _move_aside(file)
    return write_file(file, _text(git, folder, name, passes_on), mode=_EXECUTABLE)


def _text(git: Git, folder: Path, name: str, passes_on: str | None) -> str:
    common = os.path.relpath(os.path.realpath(git.common_dir), os.path.realpath(folder))
    return hook(name, common=common, before=f"{passes_on}/{name}" if passes_on is not None else None)


def _move_aside(file: Path) -> None:
    """It stays in its place too, until ours replaces it: git never finds none."""
    aside = _before(file)
    if os.path.lexists(aside) and not os.path.samestat(aside.lstat(), file.lstat()):
        # Ours was overwritten, so this one is not called any more: kept, and still not called.
        os.replace(aside, _free(aside))
    if not os.path.lexists(aside):
        try:
            os.link(file, aside, follow_symlinks=False)
        except OSError:  # a file system without hard links
            os.replace(file, aside)


def _free(file: Path) -> Path:
    number = 1
    while os.path.lexists(found := file.with_name(f"{file.name}.{number}")):
        number += 1
    return found


def take_out(folder: Path) -> list[str]:
    """What is ours and nothing else; the names of hooks that were ours to take out or put back."""
    done = []
    for name in sorted({*NAMES, *_names_in(folder)}):
        file = _find(folder, name)
        if file is not None:
            _put_back(folder / name, file)
            done.append(name)
    return done


def _put_back(asked: Path, ours: Path) -> None:
    before = _before(asked)
    if os.path.lexists(before):
        os.replace(before, ours)
    else:
        ours.unlink()


def look(git: Git, folder: Path, *, passes_on: str | None) -> list[Hook]:
    """Each of our hooks, as it is."""
    return [_look(git, folder, name, passes_on) for name in NAMES]


def _look(git: Git, folder: Path, name: str, passes_on: str | None) -> Hook:
    asked, ours = folder / name, _find(folder, name)
    by = tool_of(_read(asked)) if ours != asked else ""
    if ours is None:
        return Hook(name, "overwritten" if os.path.lexists(asked) else "missing", by, False)
    whole = _read(ours) == _text(git, folder, name, passes_on) and os.access(ours, os.X_OK)
    called = git.directory / passes_on / name if passes_on is not None else _before(asked)
    return Hook(name, "installed" if whole else "changed", by, os.access(called, os.X_OK))


def others_in(git: Git, passes_on: str) -> list[str]:
    """The hooks in others' folder that are none of our four, and that git would run."""
    folder = git.directory / passes_on
    return [name for name in _names_in(folder) if name not in NAMES and os.access(folder / name, os.X_OK)]


def not_passed_on(git: Git, passes_on: str) -> list[str]:
    """Hooks that came into others' folder since ours were installed, so that git does not run them."""
    return [name for name in others_in(git, passes_on) if not _is_ours(own_folder(git) / name)]


def _names_in(folder: Path) -> list[str]:
    """Hooks by git's own spelling: no suffix, such as .sample."""
    with contextlib.suppress(OSError):
        return sorted(each.name for each in folder.iterdir() if _is_name(each.name) and each.is_file())
    return []


def _is_name(name: str) -> bool:
    return name == "update" or ("-" in name and name.replace("-", "").isalpha() and name.islower())


def _find(folder: Path, name: str) -> Path | None:
    """Ours, under its own name or where pre-commit moves what it found."""
    files = (folder / name, folder / f"{name}{_LEGACY}")
    return next((file for file in files if _is_ours(file)), None)


def _is_ours(file: Path) -> bool:
    return is_ours(_read(file))


def _before(file: Path) -> Path:
    return file.with_name(file.name + _BEFORE)


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8", "surrogateescape")
    except OSError:
        return ""
