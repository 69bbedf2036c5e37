"""Registering what git calls: in its config, in its attributes, and the reports among what it ignores.

Without it git leaves a database at one side's version and says nothing of the other's rows. Looking whether
all is there starts no process, so every command that commits can afford it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from waifusync.errors import RefusedError
from waifusync.repository import driver_settings as settings
from waifusync.repository.git import Git
from waifusync.values import NamedTuple

if TYPE_CHECKING:
    from waifusync.repository.foreign_attributes import Kept

_DECLINED = "drivers-declined"
_LONGEST_SECONDS = 10.0


class CannotRegister(RefusedError):
    """git's own files cannot be written here."""


class Places(NamedTuple):
    """The three files, of one repository or of a person."""

    config: Path
    attributes: Path
    excludes: Path


def places_of(git: Git) -> Places:
    """A repository's own, which all its work trees share."""
    info = git.common_dir / "info"
    return Places(git.common_dir / "config", info / "attributes", info / "exclude")


def places_of_person(git: Git) -> Places:
    """Those of all repositories of this person. Asks git where they are."""
    home = Path(os.environ.get("HOME", "~")).expanduser()
    xdg = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "git"
    config = home / ".gitconfig"
    if not config.exists() and (xdg / "config").exists():
        config = xdg / "config"
    return Places(
        Path(os.environ.get("GIT_CONFIG_GLOBAL") or config),
        _set_path(git, "core.attributesFile") or xdg / "attributes",
        _set_path(git, "core.excludesFile") or xdg / "ignore",
    )


def is_registered(places: Places) -> bool:
    """Whether all is there and the program it names can be run. Reads three small files; no process."""
    config = _read(places.config)
    command = settings.command_in(config)
    return (
        bool(command)
        and os.access(command[0], os.X_OK)
        and settings.has_sections(config, command)
        and settings.has_block(_read(places.attributes), settings.ATTRIBUTES)
        and settings.has_block(_read(places.excludes), settings.EXCLUDES)
    )


def register(places: Places, command: Sequence[str], others: Sequence[Kept] = ()) -> tuple[Kept, ...]:
    """Writes what is missing; returns what of others' stays. Twice is as once. Raises CannotRegister."""
    from waifusync.repository.foreign_attributes import foreign_lines

    attributes = _read(places.attributes)
    own = foreign_lines(settings.without_block(attributes), source=str(places.attributes))
    kept = (*others, *own)
    lines = (*settings.ATTRIBUTES, *dict.fromkeys(each.line for each in kept))
    config = _read(places.config)
    if not settings.has_sections(config, command):
        _write(places.config, settings.with_sections(config, command))
    _write(places.excludes, settings.with_block(_read(places.excludes), settings.EXCLUDES))
    # Last: a promise without a driver is what loses rows.
    _write(places.attributes, settings.with_block(attributes, lines))
    return kept


def unregister(places: Places) -> bool:
    """Takes out what is ours and nothing else; False when there was nothing. Raises CannotRegister."""
    changed = [
        _write(places.attributes, settings.without_block(_read(places.attributes))),
        _write(places.config, settings.without_sections(_read(places.config))),
        _write(places.excludes, settings.without_block(_read(places.excludes))),
    ]
    return any(changed)


def others_attributes(git: Git) -> tuple[Kept, ...]:
    """What `.gitattributes` files, at the top and below, give to drivers that are not ours."""
    from waifusync.repository.foreign_attributes import foreign_lines

    if git.is_bare:
        return ()
    listed = git.run("ls-files", "-z", "--cached", "--", ".gitattributes", "*/.gitattributes", env=_PATTERNS)
    paths = dict.fromkeys((".gitattributes", *listed.text.split("\0")))
    return tuple(
        kept
        for path in paths
        if path
        for kept in foreign_lines(
            _read(git.directory / path), source=path, folder=path.removesuffix(".gitattributes")
        )
    )


def running_command() -> tuple[str, ...]:
    """How this very program is called again from anywhere: absolute, whatever PATH will be."""
    called = Path(sys.argv[0])
    beside = Path(sys.executable).with_name("waifusync")
    for program in (called, beside):
        if program.name == "waifusync" and program.is_file() and os.access(program, os.X_OK):
            return (os.path.abspath(program),)
    return (sys.executable, "-m", "waifusync")


def declined(git: Git) -> bool:
    """Whether the person took the drivers out of this repository: then no command puts them back unasked."""
    return (git.state_directory / _DECLINED).exists()


def decline(git: Git, *, is_declined: bool) -> None:
    """Remembers it, where a companion lives; elsewhere no command registers anything by itself."""
    note = git.state_directory / _DECLINED
    if not is_declined:
        note.unlink(missing_ok=True)
    elif note.parent.is_dir():
        note.touch()


_PATTERNS = {"GIT_LITERAL_PATHSPECS": "0"}


def _set_path(git: Git, setting: str) -> Path | None:
    found = git.run("config", "--global", "--type=path", "--get", setting, check=False).text.strip()
    return Path(found) if found else None


def _read(file: Path) -> str:
    """As it is, bytes that are not UTF-8 and line ends included; "" when there is none."""
    try:
        return file.read_bytes().decode("utf-8", "surrogateescape")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return ""


def _write(file: Path, text: str) -> bool:
    """By git's own rule: whoever makes FILE.lock may write, and it becomes FILE. False: nothing to do."""
    if _read(file) == text:
        return False
    target = Path(os.path.realpath(file))
    if not text and not file.is_symlink():
        target.unlink(missing_ok=True)
        return True
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace(target, text.encode("utf-8", "surrogateescape"))
    except FileExistsError:
        raise CannotRegister(
            f"{target} is held by another git program, or was left by one that died",
            hint=f"if no git is at work here, remove {target}.lock and run: waifusync drivers install",
        ) from None
    except OSError as error:
        raise CannotRegister(
            f"{target} cannot be written: {error.strerror}", hint="then run: waifusync drivers install"
        ) from error
    return True


def _taken(lock: Path, mode: int) -> int:
    """In git's `info` nobody but this makes a lock, for milliseconds: an older one was left by a kill."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        return os.open(lock, flags, mode)
    except FileExistsError:
        if lock.parent.name != "info" or abs(time.time() - lock.stat().st_mtime) < _LONGEST_SECONDS:
            raise
    lock.unlink(missing_ok=True)
    return os.open(lock, flags, mode)


def _replace(target: Path, content: bytes) -> None:
    lock = target.with_name(target.name + ".lock")
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o666
    descriptor = _taken(lock, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        os.replace(lock, target)
    except BaseException:
        lock.unlink(missing_ok=True)
        raise
