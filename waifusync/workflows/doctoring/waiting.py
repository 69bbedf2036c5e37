"""What waits: rows that could not stand, entries that are not in git, syncs that failed, conflicts."""

from __future__ import annotations

from waifusync.errors import RefusedError
from waifusync.workflows.doctoring.check import Check, Finding, of_problem
from waifusync.workflows.doctoring.database import bring_together
from waifusync.workflows.doctoring.patient import Patient
from waifusync.workflows.known_devices import line_time
from waifusync.workflows.looking import entries_outside_git
from waifusync.workflows.syncing.exchange import Wishes, exchange
from waifusync.workflows.trouble_here import of_conflicts, of_last_sync

_DAY_MILLISECONDS = 24 * 60 * 60 * 1000


def look_at_rows_aside(patient: Patient) -> list[Finding]:
    standing = patient.standing
    return [
        Finding(
            f"{each.table} {each.key} could not stand in its table: {each.reason}",
            "change the row that it meets, or the table's rule; each sync tries it again",
        )
        for each in (standing.set_aside if standing else ())
    ]


def look_at_outbox(patient: Patient) -> list[Finding]:
    standing = patient.standing
    waiting = entries_outside_git(patient.companion, standing, patient.known)
    last = line_time((standing.last_line or "").encode()) if standing else None
    if not waiting or last is None or patient.now - last < _DAY_MILLISECONDS:
        return []
    text = f"{waiting} entries were told more than a day ago, and are not in git yet"
    return [Finding(text, remedy="they are committed, as by waifusync commit")]


def empty_outbox(patient: Patient, finding: Finding) -> str:
    return bring_together(patient)


def look_at_last_sync(patient: Patient) -> list[Finding]:
    retry = "it is tried once more, as by waifusync sync"
    return [
        of_problem(each, retry if each.command == "waifusync sync" else "")
        for each in of_last_sync(patient.last, now=patient.now)
    ]


def try_again(patient: Patient, finding: Finding) -> str:
    if not patient.has_remote:
        raise RefusedError("there is no remote to try it with")
    outcome = exchange(patient.sound, Wishes("doctor", ask_remote=True, push=True))
    return "; ".join(("synced", *outcome.repaired))


def look_at_conflicts(patient: Patient) -> list[Finding]:
    return [of_problem(each) for each in of_conflicts(patient.sound, patient.standing)]


def look_at_schedule(patient: Patient) -> list[Finding]:
    return [of_problem(each) for each in patient.by_itself(patient.git)]


CHECKS = (
    Check("rows aside", "programs do not see them", look_at_rows_aside),
    Check("outbox", "they are on this device alone, in one file", look_at_outbox, empty_outbox),
    Check("last sync", "it will fail again, and nobody is told", look_at_last_sync, try_again),
    Check("schedule", "nothing syncs by itself any more, and nobody is told", look_at_schedule),
    Check("conflicts", "a provisional winner stands until somebody decides", look_at_conflicts),
)
