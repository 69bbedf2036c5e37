"""`hooks status`: whether each hook stands, whom it calls, and what keeps it from its work. Looks only."""

from __future__ import annotations

import os
from pathlib import Path

from waifusync.errors import ExitCode
from waifusync.repository import hook_files, hook_places
from waifusync.repository.git import Git, discover
from waifusync.repository.hook_files import Hook
from waifusync.repository.hook_places import Record, Setting
from waifusync.values import NamedTuple
from waifusync.workflows.hooks import AFTER_GIT, PROGRAM, folder_of
from waifusync.workflows.local_state import read_local_state

_INSTALL = "waifusync hooks install"
_PROBLEMS = {
    "missing": "is gone",
    "overwritten": "was overwritten{by}, and ours is not called",
    "changed": "is not as this waifusync writes it",
}


class HookStatus(NamedTuple):
    """`is_wanted` is false where nobody installed any. `problems` need a person, and `command` mends them."""

    is_wanted: bool
    hooks_path: str | None
    folder: Path
    passes_on: str | None
    pushes: bool
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
            "pushes": self.pushes,
            "program": self.program,
            "hooks": [each._asdict() for each in self.hooks],
            "problems": self.problems,
            "next": self.command,
            "code": self.exit_code,
        }


def status(directory: Path) -> HookStatus:
    """Looks only."""
    git = discover(directory)
    record, setting = hook_places.read_record(git), hook_places.read_setting(git)
    folder = folder_of(git, record or Record())
    passes_on = record.passes_on if record else None
    hooks = hook_files.look(git, folder, passes_on=passes_on)
    is_wanted = record is not None or any(each.state in ("installed", "changed") for each in hooks)
    problems = list(_problems(git, record, setting, hooks)) if is_wanted else []
    command = _INSTALL if problems or not is_wanted else None
    pushes = record is not None and record.pushes
    return HookStatus(
        is_wanted, setting.value, folder, passes_on, pushes, _program(git), hooks, problems, command
    )


def _problems(git: Git, record: Record | None, setting: Setting, hooks: list[Hook]) -> list[str]:
    found = [] if record else ["hooks stand here that were installed elsewhere or halfway"]
    if record and record.passes_on is not None and setting.value != str(hook_places.own_folder(git)):
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
        return (folder / PROGRAM).read_text().removesuffix("\n") if (folder / AFTER_GIT).exists() else None
    except OSError:
        return None
