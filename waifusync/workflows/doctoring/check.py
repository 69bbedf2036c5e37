"""What a check is, and what it finds. Looking changes nothing; mending never deletes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from waifusync.errors import ExitCode
from waifusync.values import NamedTuple

if TYPE_CHECKING:
    from waifusync.workflows.doctoring.patient import Patient
    from waifusync.workflows.trouble_here import Problem


class Finding(NamedTuple):
    """One thing that is wrong; with the code DONE a note, which asks for nothing.

    `remedy` is what --fix would do, "" where only a person can act. `subject` tells the fix which one it is.
    """

    text: str
    hint: str = ""
    code: int = ExitCode.CONFLICTS
    remedy: str = ""
    subject: str = ""

    @property
    def is_note(self) -> bool:
        return self.code == ExitCode.DONE


class Check(NamedTuple):
    """`why` says what goes wrong where it finds something. `fix` says what it did, and raises where it could
    not. `is_deep`: it reads everything, so it is asked for by --deep."""

    name: str
    why: str
    look: Callable[[Patient], list[Finding]]
    fix: Callable[[Patient, Finding], str] | None = None
    asks_remote: bool = False
    is_deep: bool = False


def note(text: str, hint: str = "") -> Finding:
    """Something to know, and nothing to do."""
    return Finding(text, hint, ExitCode.DONE)


def of_problem(problem: Problem, remedy: str = "") -> Finding:
    """What `status` would say too; `command` goes along, for the fix to know which."""
    return Finding(problem.text, problem.hint, problem.code, remedy, problem.command)
