"""The live database: there, ours, linked, tracked, and what its log comes to."""

from __future__ import annotations

from waifusync.errors import ExitCode
from waifusync.memory.examining import MOST_RECORDS
from waifusync.workflows.doctoring.check import Check, Finding, note, of_problem
from waifusync.workflows.doctoring.patient import Patient
from waifusync.workflows.rebuilding import rebuild
from waifusync.workflows.syncing.exchange import Wishes, exchange
from waifusync.workflows.trouble_here import BEHIND, is_behind, of_database, of_link

_REBUILD = "waifusync rebuild"
_REMEDIES = {
    _REBUILD: "it is made out of the log, as by waifusync rebuild; a file in its place is kept, moved aside",
    "waifusync sync": "it is brought together with the log, as by waifusync commit",
}


def look_at_database(patient: Patient) -> list[Finding]:
    standing = patient.standing
    problems = [*patient.database_problems, *of_database(patient.companion, standing)]
    return [of_problem(each, _REMEDIES.get(each.command, "")) for each in problems]


def make_database(patient: Patient, finding: Finding) -> str:
    if finding.subject != _REBUILD:
        return bring_together(patient)
    rebuilt = rebuild(patient.sound)
    aside = f"; the file that was there is {rebuilt.moved_aside}" if rebuilt.moved_aside else ""
    return f"made the database out of the log: {sum(rebuilt.rows.values()):,} rows{aside}"


def bring_together(patient: Patient, *, is_full: bool = False) -> str:
    """What a `commit` does: mends, compares, tells."""
    outcome = exchange(patient.sound, Wishes("doctor", full=is_full))
    return "; ".join(outcome.repaired) or "brought database and log together"


def look_at_link(patient: Patient) -> list[Finding]:
    remedy = (
        "the link is made again; the rows of a file in its place are taken in, and the file is moved aside"
    )
    return [of_problem(each, remedy) for each in of_link(patient.companion, patient.layout)]


def make_link(patient: Patient, finding: Finding) -> str:
    return bring_together(patient)


def look_at_triggers(patient: Patient) -> list[Finding]:
    return [
        Finding(
            f"the triggers of {table} are gone",
            code=ExitCode.REFUSED,
            remedy="they are made again, and every row of the table is compared with the log",
        )
        for table in patient.overview.untracked
    ]


def make_triggers(patient: Patient, finding: Finding) -> str:
    return bring_together(patient)


def look_at_rows(patient: Patient) -> list[Finding]:
    return [
        Finding(
            f"{table} has other rows than the log says, and no trigger saw why",
            code=ExitCode.REFUSED,
            remedy="every row is compared, as by waifusync commit --full: what is new is told, and what went "
            "without having been deleted is put back",
        )
        for table in patient.overview.miscounted
    ]


def compare_rows(patient: Patient, finding: Finding) -> str:
    return bring_together(patient, is_full=True)


def look_at_digest(patient: Patient) -> list[Finding]:
    look = patient.overview
    found = [
        Finding(
            f"the ledger's digest of {table} is not that of its records",
            code=ExitCode.UNTRUSTED,
            remedy=_REMEDIES[_REBUILD],
            subject=_REBUILD,
        )
        for table in look.damaged
    ]
    if look.is_partly:
        text = f"there are more than {MOST_RECORDS:,} records, so they were not counted and added up"
        found.append(note(text, "to have it done: waifusync doctor --deep"))
    return found


def look_at_held(patient: Patient) -> list[Finding]:
    standing = patient.standing
    if standing is None or not is_behind(standing, patient.known):
        return []
    return [Finding(BEHIND, remedy=_REMEDIES["waifusync sync"])]


def catch_up(patient: Patient, finding: Finding) -> str:
    return bring_together(patient)


CHECKS = (
    Check("database", "programs have nowhere to write memories that travel", look_at_database, make_database),
    Check("link", "what programs write there is seen by no other device", look_at_link, make_link),
    Check("triggers", "what programs change in it is not noticed", look_at_triggers, make_triggers),
    Check("rows", "what is here is not what other devices see", look_at_rows, compare_rows),
    Check("digest", "it no longer proves that two devices hold the same", look_at_digest, make_database),
    Check("held", "what other devices did is in git, and programs do not see it", look_at_held, catch_up),
)
