"""What takes a while, and is asked for by --deep: everything is read, in git and in the database."""

from __future__ import annotations

from waifusync.errors import ExitCode
from waifusync.workflows.doctoring.check import Check, Finding
from waifusync.workflows.doctoring.database import make_database
from waifusync.workflows.doctoring.patient import Patient
from waifusync.workflows.verifying import verify

_FSCK_SECONDS = 600.0
_MOST_LINES = 20


def look_at_all_objects(patient: Patient) -> list[Finding]:
    words = ("fsck", "--full", "--no-dangling", "--no-progress")
    done = patient.git.run(*words, check=False, timeout_seconds=_FSCK_SECONDS, is_unhurried=True)
    if done.status == 0:
        return []
    lines = [line for line in (*done.stderr.splitlines(), *done.text.splitlines()) if line][:_MOST_LINES]
    hint = f"what the remote has comes back by: git fetch --refetch {patient.remote} (git 2.36 and later)"
    return [Finding(f"git fsck: {line}", hint, ExitCode.UNTRUSTED) for line in lines]


def look_at_everything(patient: Patient) -> list[Finding]:
    """As `verify` does. A log that is wrong is mended by the next sync, out of what another device holds."""
    found = []
    for each in verify(patient.sound).findings:
        where = f"{each.path} line {each.line}" if each.line else each.path
        what = " ".join(part for part in (where, each.table, each.key) if part)
        is_database = each.where == "database"
        found.append(
            Finding(
                f"{what}: {each.reason}",
                ""
                if is_database
                else "run: waifusync sync, which puts back what this device or the remote holds",
                ExitCode.UNTRUSTED,
                "the database is made out of the log, as by waifusync rebuild" if is_database else "",
                "waifusync rebuild" if is_database else "",
            )
        )
    return found


CHECKS = (
    Check("objects", "what is in git alone cannot be read", look_at_all_objects, is_deep=True),
    Check(
        "everything",
        "the database and the log are not what was written",
        look_at_everything,
        make_database,
        is_deep=True,
    ),
)
