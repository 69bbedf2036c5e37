"""A report as data: the documented shape of `doctor --json`, and facts that belong into every bug report."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from waifusync import __version__
from waifusync.repository.git import git_version
from waifusync.repository.packs import count_loose, count_packs, stored_bytes
from waifusync.workflows.doctoring.examining import CANNOT_LOOK, Report, Told
from waifusync.workflows.doctoring.mending import Done
from waifusync.workflows.doctoring.patient import Patient
from waifusync.workflows.doctoring.programs import dotted
from waifusync.workflows.retaining.choosing import database_bytes


def to_json(report: Report, done: Sequence[Done] = (), gone: Sequence[Told] = ()) -> dict[str, object]:
    """`done` and `gone` are what --fix came to."""
    return {
        "device": report.patient.name,
        "findings": [_finding(each) for each in report.findings],
        "notes": [
            {"check": each.check.name, "note": each.finding.text, "hint": each.finding.hint}
            for each in report.notes
        ],
        "unlooked": [{"check": each.check.name, "reason": each.reason} for each in report.unlooked],
        "done": [
            {
                "check": each.told.check.name,
                "finding": each.told.finding.text,
                "done": each.what,
                "failed": each.is_failure,
            }
            for each in done
        ],
        "gone": [{"check": each.check.name, "finding": each.finding.text} for each in gone],
        "facts": facts(report.patient),
        "checks": report.looked,
        "code": report.exit_code,
    }


def _finding(told: Told) -> dict[str, object]:
    finding = told.finding
    return {
        "check": told.check.name,
        "finding": finding.text,
        "why": told.check.why,
        "hint": finding.hint,
        "fix": finding.remedy or None,
        "code": int(finding.code),
    }


def facts(patient: Patient) -> dict[str, object]:
    """Versions and sizes; null where they cannot be found out."""
    system = patient.system
    found: dict[str, object] = {
        "waifusync": __version__,
        "python": dotted(system.python),
        "sqlite": dotted(system.sqlite),
        "machine": system.machine,
    }
    asked: dict[str, Callable[[], object]] = {
        "git": lambda: dotted(git_version()),
        "layout": lambda: patient.layout.value,
        "free_bytes": lambda: system.free_bytes(patient.git.common_dir),
        "database_bytes": lambda: database_bytes(patient.companion),
        "repository_bytes": lambda: stored_bytes(patient.git),
        "packs": lambda: count_packs(patient.git),
        "loose_objects": lambda: count_loose(patient.git),
    }
    for name, ask in asked.items():
        try:
            found[name] = ask()
        except CANNOT_LOOK:
            found[name] = None
    return found
