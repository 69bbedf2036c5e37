"""`hooks install`, `uninstall` and `status`: plain git commands keep a companion whole."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from waifusync.errors import ExitCode, RefusedError
from waifusync.repository import hook_files, hook_places
from waifusync.repository.driver_registration import running_command
from waifusync.repository.git import Git, discover
from waifusync.repository.hook_files import Hook
from waifusync.repository.hook_places import Record, Setting
from waifusync.repository.hook_texts import after_git
from waifusync.workflows.companion import Companion
from waifusync.workflows.local_state import LocalState, read_local_state

_AFTER_GIT = "after-git"
_PROGRAM = "program"
_QUIET = "quiet"
_INSTALL = "waifusync hooks install"
_PROBLEMS = {
    "missing": "is gone",
    "overwritten": "was overwritten{by}, and ours is not called",
    "changed": "is not as this waifusync writes it",
}


class CannotInstall(RefusedError):
    """Something that is not ours to change decides which hooks run."""


class Installed(NamedTuple):
    """`passes_on`: the folder that git was told of, whose hooks ours call; None: ours stand in git's own."""

    folder: Path
    is_new: bool
    passes_on: str | None
    hooks: list[Hook]


class HookStatus(NamedTuple):
    """`is_wanted` is false where nobody installed any. `problems` need a person, and `command` mends them."""

    is_wanted: bool
    hooks_path: str | None
    folder: Path
    passes_on: str | None
    program: str | None
    hooks: list[Hook]
    problems: list[str]
    command: str | None

    @property
    def exit_code(self) -> int:
        return ExitCode.CONFLICTS if self.problems else ExitCode.DONE

    def to_json(self) -> dict[str, object]:
        """The documented shape of `hooks status --json`."""
        return {
            "installed": self.is_wanted and not self.problems,
            "hooks_path": self.hooks_path,
            "folder": str(self.folder),
            "passes_on": self.passes_on,
            "program": self.program,
            "hooks": [each._asdict() for each in self.hooks],
            "problems": self.problems,
            "next": self.command,
            "code": self.exit_code,
        }


def install(directory: Path) -> Installed:
    """Twice is as once. Raises NoCompanion, CannotInstall."""
    companion = Companion.find(directory)
    git, setting = companion.git, hook_places.read_setting(companion.git)
    record = _new_record(git, setting)
    folder = _folder(git, record)
    changed = write_after_git(git, companion.state)
    hook_places.write_record(git, record)
    changed |= hook_files.put_in(git, folder, passes_on=record.passes_on)
    if record.passes_on is not None and setting.value != str(folder):
        hook_places.write_setting(git, str(folder))
        changed = True
        _check_setting(git, folder)
    return Installed(
        folder, changed, record.passes_on, hook_files.look(git, folder, passes_on=record.passes_on)
    )


def _new_record(git: Git, setting: Setting) -> Record:
    """Where the hooks are to stand, by where git looks today."""
    known = hook_places.read_record(git)
    if known is not None and known.passes_on is not None and _is_own(git, setting):
        return known
    folder = hook_places.asked_folder(git, setting)
    if not hook_places.is_ours_to_write(git, folder):
        return Record(setting.value or str(folder), setting.local)
    return Record(made_folder=not folder.exists() or (known is not None and known.made_folder))


def _is_own(git: Git, setting: Setting) -> bool:
    return setting.value == str(hook_places.own_folder(git))


def _folder(git: Git, record: Record) -> Path:
    if record.passes_on is not None:
        return hook_places.own_folder(git)
    return hook_places.asked_folder(git, hook_places.read_setting(git))


def _check_setting(git: Git, folder: Path) -> None:
    found = hook_places.read_setting(git).value
    if found != str(folder):
        raise CannotInstall(
            f"core.hooksPath stays {found}: it is set where this repository's own config cannot change it",
            hint="see where it comes from: git config --show-origin core.hooksPath",
        )


def write_after_git(git: Git, state: LocalState) -> bool:
    """What the hooks read, as of today's branch, database and program; False when it was so."""
    program = running_command()
    text = after_git(branch=f"refs/heads/{state.branch}", live=state.live, program=program)
    folder = hook_places.state_folder(git)
    hook_places.write_file(folder / _PROGRAM, program[0] + "\n")
    return hook_places.write_file(folder / _AFTER_GIT, text)


def uninstall(directory: Path) -> list[str]:
    """The names of what was taken out; others' hooks are as they were, and keep what came since."""
    git = discover(directory)
    record, setting = hook_places.read_record(git), hook_places.read_setting(git)
    own = hook_places.own_folder(git)
    if record is not None and _is_own(git, setting):
        hook_places.write_setting(git, record.was_local)
    folders = dict.fromkeys((own, git.common_dir / "hooks", _asked_now(git)))
    done = [name for folder in folders if _may_write(git, folder) for name in hook_files.take_out(folder)]
    for name in (_AFTER_GIT, _PROGRAM, _QUIET):
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


def status(directory: Path) -> HookStatus:
    """Looks only."""
    git = discover(directory)
    record, setting = hook_places.read_record(git), hook_places.read_setting(git)
    folder = _folder(git, record or Record())
    passes_on = record.passes_on if record else None
    hooks = hook_files.look(git, folder, passes_on=passes_on)
    is_wanted = record is not None or any(each.state in ("installed", "changed") for each in hooks)
    problems = list(_problems(git, record, setting, hooks)) if is_wanted else []
    command = _INSTALL if problems or not is_wanted else None
    return HookStatus(is_wanted, setting.value, folder, passes_on, _program(git), hooks, problems, command)


def _problems(git: Git, record: Record | None, setting: Setting, hooks: list[Hook]) -> list[str]:
    found = [] if record else ["hooks stand here that were installed elsewhere or halfway"]
    if record and record.passes_on is not None and not _is_own(git, setting):
        found.append(f"core.hooksPath leads to {setting.value or 'nowhere'} now, so ours are not asked")
    found += [_problem(each) for each in hooks if each.state != "installed"]
    if record and record.passes_on is not None:
        late = hook_files.not_passed_on(git, record.passes_on)
        found += [f"{name} came into {record.passes_on} later, and is not called yet" for name in late]
    return found + _of_program(git)


def _problem(each: Hook) -> str:
    by = f" by {each.by}" if each.by else ""
    return f"{each.name} {_PROBLEMS[each.state].format(by=by)}"


def _of_program(git: Git) -> list[str]:
    program = _program(git)
    if program is None:
        return ["what the hooks read is gone"]
    state = read_local_state(git.state_directory)
    if state is None:
        return ["no companion is set up here any more"]
    return [] if os.access(program, os.X_OK) else [f"the program that they call is gone: {program}"]


def _program(git: Git) -> str | None:
    try:
        folder = hook_places.state_folder(git)
        return (folder / _PROGRAM).read_text().removesuffix("\n") if (folder / _AFTER_GIT).exists() else None
    except OSError:
        return None
