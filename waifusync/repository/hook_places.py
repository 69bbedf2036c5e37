"""Where git looks for hooks here, and whether that folder is ours to write in.

within .git                 hooks go there, beside or around those that are there
anywhere else (husky's,     it is somebody else's, perhaps tracked, perhaps of many repositories: git is told
a team's, a person's)       to look into a folder of ours, whose hooks call theirs first
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

from waifusync.errors import RefusedError
from waifusync.repository.git import Git
from waifusync.values import NamedTuple

_SETTING = "core.hooksPath"
_RECORD = "installed.json"
_OWN = ("waifusync", "hooks", "asked")


class CannotWrite(RefusedError):
    """A hook, or what it reads, cannot be written here."""


class Setting(NamedTuple):
    """core.hooksPath: what is in force (None: unset), what this repository's own config says, and whether
    something stronger decides, such as the config of one work tree."""

    value: str | None
    local: str | None
    is_fixed: bool = False


class Record(NamedTuple):
    """What installing left to remember. `passes_on`: the folder of others' hooks, as they named it; None
    where ours stand in git's own. `was_local`: what core.hooksPath in this repository's config was.
    `pushes`: a run is started when a hook has committed something."""

    passes_on: str | None = None
    was_local: str | None = None
    made_folder: bool = False
    pushes: bool = False


def read_setting(git: Git) -> Setting:
    """As git sees it here, `~` expanded. Our own command line, which switches hooks off, does not count."""
    words = ("config", "--show-scope", "--type=path", "-z", "--get-all", _SETTING)
    fields = git.run(*words, check=False).text.split("\0")
    found = [(scope, value) for scope, value in zip(fields[0::2], fields[1::2]) if scope != "command"]
    local = [value for scope, value in found if scope == "local"]
    scope, value = found[-1] if found else ("", None)
    return Setting(value, _raw_local(git) if local else None, scope == "worktree")


def _raw_local(git: Git) -> str:
    """As it is written, to be put back so."""
    return git.run("config", "--local", "--get", _SETTING).text.removesuffix("\n")


def write_setting(git: Git, value: str | None) -> None:
    """In this repository's own config; None takes it out. Raises GitLocked."""
    if value is None:
        git.run("config", "--local", "--unset-all", _SETTING)
    else:
        git.run("config", "--local", _SETTING, value)


def is_own(setting: Setting) -> bool:
    """Whether it leads to a folder of ours, be it where the repository was before it moved."""
    return setting.value is not None and Path(setting.value).parts[-len(_OWN) :] == _OWN


def own_folder(git: Git) -> Path:
    """Where ours stand when the folder that git was told of is somebody else's."""
    return state_folder(git) / _OWN[-1]


def state_folder(git: Git) -> Path:
    """What the hooks read, on this machine alone."""
    return git.state_directory / "hooks"


def asked_folder(git: Git, setting: Setting) -> Path:
    """Where git looks; a relative path counts from the top of the work tree, where hooks run."""
    if setting.value is None:
        return git.common_dir / "hooks"
    return git.directory / setting.value


def is_ours_to_write(git: Git, folder: Path) -> bool:
    """Whether it really lies within git's folder, links followed."""
    inside, outer = os.path.realpath(folder), os.path.realpath(git.common_dir)
    return inside.startswith(outer + os.sep)


def read_record(git: Git) -> Record | None:
    """None where nothing is installed."""
    try:
        return Record(**json.loads((state_folder(git) / _RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_record(git: Git, record: Record | None) -> None:
    """None forgets it."""
    file = state_folder(git) / _RECORD
    if record is None:
        file.unlink(missing_ok=True)
    else:
        write_file(file, json.dumps(record._asdict()) + "\n")


def write_file(file: Path, text: str, *, mode: int = 0o644) -> bool:
    """Whole or not at all, and never a moment without the file; False: it was so. Raises CannotWrite."""
    content = text.encode("utf-8", "surrogateescape")
    if not file.is_symlink() and _content(file) == content and file.stat().st_mode & 0o777 == mode:
        return False
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _replace(file, content, mode)
    except OSError as error:
        raise CannotWrite(
            f"{file} cannot be written: {error.strerror}", hint="then run: waifusync hooks install"
        ) from error
    return True


def _replace(file: Path, content: bytes, mode: int) -> None:
    from waifusync.repository.hardening import sync_file

    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.chmod(mode)
        sync_file(beside)
        os.replace(beside, file)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None
