"""`hooks install` and `uninstall`: plain git commands keep a companion whole."""

from __future__ import annotations

from pathlib import Path

from waifusync.errors import RefusedError
from waifusync.repository import hook_files, hook_places
from waifusync.repository.driver_registration import running_command
from waifusync.repository.git import Git, discover
from waifusync.repository.hook_files import Hook
from waifusync.repository.hook_places import Record, Setting
from waifusync.repository.hook_texts import after_git
from waifusync.values import NamedTuple
from waifusync.workflows.companion import Companion
from waifusync.workflows.local_state import LocalState

AFTER_GIT = "after-git"
PROGRAM = "program"
_QUIET = "quiet"
_PUSHING = "pushing"  # what the last run said that a hook started


class CannotInstall(RefusedError):
    """Something that is not ours to change decides which hooks run."""


class Installed(NamedTuple):
    """`passes_on`: the folder that git was told of, whose hooks ours call; None: ours stand in git's own.
    `pushes`: what a hook committed is pushed by a run of its own."""

    folder: Path
    is_new: bool
    passes_on: str | None
    hooks: list[Hook]
    pushes: bool


def install(directory: Path, *, pushes: bool | None = None) -> Installed:
    """Twice is as once; `pushes` None: as it was chosen before. Raises NoCompanion, CannotInstall."""
    companion = Companion.find(directory)
    git, setting = companion.git, hook_places.read_setting(companion.git)
    known = hook_places.read_record(git) or Record()
    record = _new_record(git, setting)._replace(pushes=known.pushes if pushes is None else pushes)
    if record.passes_on is not None:
        _refuse_if_fixed(setting)
    folder = folder_of(git, record)
    changed = write_after_git(git, companion.state)
    hook_places.write_record(git, record)
    changed |= hook_files.put_in(git, folder, passes_on=record.passes_on) or known.pushes != record.pushes
    if record.passes_on is not None and setting.value != str(folder):
        hook_places.write_setting(git, str(folder))
        changed = True
    hooks = hook_files.look(git, folder, passes_on=record.passes_on)
    return Installed(folder, changed, record.passes_on, hooks, record.pushes)


def _new_record(git: Git, setting: Setting) -> Record:
    """Where the hooks are to stand, by where git looks today."""
    known = hook_places.read_record(git)
    if known is not None and known.passes_on is not None and hook_places.is_own(setting):
        return known
    folder = hook_places.asked_folder(git, setting)
    if not hook_places.is_ours_to_write(git, folder):
        return Record(setting.value or str(folder), setting.local)
    return Record(made_folder=not folder.exists() or (known is not None and known.made_folder))


def folder_of(git: Git, record: Record) -> Path:
    """Where ours stand, or would."""
    if record.passes_on is not None:
        return hook_places.own_folder(git)
    return hook_places.asked_folder(git, hook_places.read_setting(git))


def _refuse_if_fixed(setting: Setting) -> None:
    if setting.is_fixed:
        raise CannotInstall(
            f"core.hooksPath is {setting.value} in this work tree's own config, which wins over ours",
            hint="see where it comes from: git config --show-origin core.hooksPath",
        )


def write_after_git(git: Git, state: LocalState) -> bool:
    """What the hooks read, as of today's branch, database and program; False when it was so."""
    program = running_command()
    text = after_git(branch=f"refs/heads/{state.branch}", live=state.live, program=program)
    folder = hook_places.state_folder(git)
    hook_places.write_file(folder / PROGRAM, program[0] + "\n")
    return hook_places.write_file(folder / AFTER_GIT, text)


def uninstall(directory: Path) -> list[str]:
    """The names of what was taken out; others' hooks are as they were, and keep what came since."""
    git = discover(directory)
    record, setting = hook_places.read_record(git), hook_places.read_setting(git)
    own = hook_places.own_folder(git)
    if record is not None and hook_places.is_own(setting):
        hook_places.write_setting(git, record.was_local)
    folders = dict.fromkeys((own, git.common_dir / "hooks", _asked_now(git)))
    done = [name for folder in folders if _may_write(git, folder) for name in hook_files.take_out(folder)]
    for name in (AFTER_GIT, PROGRAM, _QUIET, _PUSHING):
        (hook_places.state_folder(git) / name).unlink(missing_ok=True)
    _remove_if_empty(own)
    if record is not None and record.made_folder:
        _remove_if_empty(_asked_now(git))
    hook_places.write_record(git, None)
    _remove_if_empty(hook_places.state_folder(git))
    return list(dict.fromkeys(done))


def _asked_now(git: Git) -> Path:
    return hook_places.asked_folder(git, hook_places.read_setting(git))


def _may_write(git: Git, folder: Path) -> bool:
    return hook_places.is_ours_to_write(git, folder)


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
