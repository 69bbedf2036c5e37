"""Looking: every check in its order, each on its own, so that one that cannot look stops no other."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from waifusync.errors import ExitCode, WaifusyncError
from waifusync.repository.git import Git
from waifusync.values import NamedTuple
from waifusync.workflows.doctoring.check import Check, Finding
from waifusync.workflows.doctoring.patient import Patient, System
from waifusync.workflows.trouble_here import Problem, gravest

# What a companion that is broken in some unforeseen way makes a check raise; anything else is a bug of ours.
CANNOT_LOOK = (WaifusyncError, OSError, sqlite3.Error, subprocess.SubprocessError, UnicodeError)


class Asked(NamedTuple):
    """How to look. `is_offline`: the remote is not asked; `is_deep`: everything is read. `by_itself` knows
    what keeps from running what is to run by itself."""

    directory: Path
    is_offline: bool = False
    is_deep: bool = False
    system: System = System()
    by_itself: Callable[[Git], Sequence[Problem]] = lambda git: ()

    def wants(self, check: Check) -> bool:
        """Whether it is to be made at all."""
        return not (check.asks_remote and self.is_offline) and not (check.is_deep and not self.is_deep)


class Told(NamedTuple):
    """A finding, and who found it."""

    check: Check
    finding: Finding


class Unlooked(NamedTuple):
    """A check that could not look, and why."""

    check: Check
    reason: str


class Report(NamedTuple):
    """What was found, in the order of the checks; `looked` is how many could look."""

    patient: Patient
    told: list[Told]
    unlooked: list[Unlooked]
    looked: int

    @property
    def findings(self) -> list[Told]:
        return [each for each in self.told if not each.finding.is_note]

    @property
    def notes(self) -> list[Told]:
        return [each for each in self.told if each.finding.is_note]

    @property
    def exit_code(self) -> ExitCode:
        codes = [each.finding.code for each in self.findings]
        return gravest((*codes, ExitCode.CONFLICTS) if self.unlooked else codes)


def examine(asked: Asked, checks: Sequence[Check]) -> Report:
    """Changes nothing. Raises only where no companion is."""
    patient = Patient(asked.directory, asked.system, asked.by_itself)
    told: list[Told] = []
    unlooked: list[Unlooked] = []
    wanted = [each for each in checks if asked.wants(each)]
    for check in wanted:
        try:
            told += _new(check, check.look(patient), told)
        except CANNOT_LOOK as error:
            unlooked.append(Unlooked(check, str(error) or type(error).__name__))
    # One cause is told once: that git does not run here keeps many from looking.
    said = " ".join(each.finding.text for each in told)
    unsaid = [each for each in unlooked if each.reason not in said]
    return Report(patient, told, unsaid, len(wanted) - len(unlooked))


def _new(check: Check, found: list[Finding], told: list[Told]) -> list[Told]:
    said = {each.finding.text for each in told}
    return [Told(check, each) for each in found if each.text not in said]
