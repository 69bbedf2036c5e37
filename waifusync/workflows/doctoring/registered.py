"""What waifusync told git: the drivers that merge, the hooks, the attributes, what to ignore."""

from __future__ import annotations

from waifusync.config import Layout
from waifusync.errors import ExitCode
from waifusync.repository.attributes import ensure_local_rules, lacking_rules
from waifusync.repository.driver_registration import declined, is_registered, places_of
from waifusync.workflows import driver_care, hook_status, hooks
from waifusync.workflows.doctoring.check import Check, Finding
from waifusync.workflows.doctoring.patient import Patient
from waifusync.workflows.driver_check import check_promises

_REGISTER = "they are registered again, as by waifusync drivers install"


def look_at_drivers(patient: Patient) -> list[Finding]:
    if not is_registered(places_of(patient.git)):
        if declined(patient.git):
            return []
        text = "git does not know the drivers that merge databases"
        return [Finding(text, code=ExitCode.REFUSED, remedy=_REGISTER)]
    return [
        Finding(
            f"{each.driver}, promised to {', '.join(each.files[:3])}, {each.reason}",
            "" if each.command else f"set up {each.driver}, or take it out of .gitattributes",
            ExitCode.REFUSED,
            _REGISTER if each.command else "",
        )
        for each in check_promises(patient.git).unmet
    ]


def register(patient: Patient, finding: Finding) -> str:
    driver_care.install(patient.git.directory)
    return "registered the drivers"


def look_at_hooks(patient: Patient) -> list[Finding]:
    found = hook_status.status(patient.git.directory)
    return [
        Finding(text, remedy="the hooks are installed again, as by waifusync hooks install")
        for text in found.problems
    ]


def put_hooks_in(patient: Patient, finding: Finding) -> str:
    hooks.install(patient.git.directory)
    return "installed the hooks"


def look_at_rules(patient: Patient) -> list[Finding]:
    lacking = lacking_rules(patient.git, tracks_database=_tracks_database(patient))
    return [
        Finding(
            f".git/info/{name} does not say what waifusync needs it to",
            remedy="our lines are put at its end; yours stay",
            subject=name,
        )
        for name in lacking
    ]


def write_rules(patient: Patient, finding: Finding) -> str:
    ensure_local_rules(patient.git, tracks_database=_tracks_database(patient))
    return "wrote our lines into .git/info"


def _tracks_database(patient: Patient) -> bool:
    return patient.layout is Layout.DATABASE


CHECKS = (
    Check(
        "drivers",
        "without one, git merges a database by keeping one side and dropping the other, and says nothing",
        look_at_drivers,
        register,
    ),
    Check("hooks", "plain git commands no longer keep the memory whole", look_at_hooks, put_hooks_in),
    Check(
        "attributes and excludes",
        "git would change line ends in the log, or commit what belongs to this machine",
        look_at_rules,
        write_rules,
    ),
)
