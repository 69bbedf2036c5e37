"""waifusync.toml and this device's identity: readable, there, and the same for all devices."""

from __future__ import annotations

from waifusync import config
from waifusync.errors import ExitCode
from waifusync.repository.layout import SNAPSHOT
from waifusync.workflows.doctoring.check import Check, Finding
from waifusync.workflows.doctoring.patient import Patient

_FILE = config.FILE_NAME


def look_at_opening(patient: Patient) -> list[Finding]:
    error = patient.broken
    if error is None:
        return []
    return [Finding(error.message, error.hint, max(ExitCode.CONFLICTS, _code(error.code)))]


def _code(code: int) -> int:
    """Asked for wrongly is what the file is, not the question."""
    return ExitCode.CONFLICTS if code == ExitCode.USAGE else code


def look_at_choices(patient: Patient) -> list[Finding]:
    place = patient.git.directory / _FILE
    committed = _committed(patient)
    if patient.git.is_bare or (place.exists() and patient.broken is not None):
        return []  # what cannot be read is not to be committed
    if not place.exists():
        remedy = "it is written again as the branch has it" if committed is not None else ""
        return [Finding(f"{_FILE} is gone from the work tree", remedy=remedy)]
    if committed is None:
        text, because = f"{_FILE} is not in git", "so other devices know nothing of it"
    elif _lines(place.read_bytes()) != _lines(committed):
        text, because = f"{_FILE} was edited and not committed", "so other devices do as it was"
    else:
        return []
    hint = f"run: git add {_FILE} && git commit -m 'choose' -- {_FILE}, then waifusync sync"
    return [Finding(f"{text}, {because}", hint)]


def _lines(content: bytes) -> list[bytes]:
    """Whatever ends them: git may change that when it checks a file out."""
    return content.splitlines()


def _committed(patient: Patient) -> bytes | None:
    shown = patient.git.run("show", f"{patient.companion.branch_ref}:{_FILE}", check=False)
    return shown.stdout if shown.status == 0 else None


def write_choices(patient: Patient, finding: Finding) -> str:
    committed = _committed(patient)
    assert committed is not None
    (patient.git.directory / _FILE).write_bytes(committed)
    return f"wrote {_FILE} as the branch has it"


def look_at_link_in_git(patient: Patient) -> list[Finding]:
    """In the layout `log`, git must not track what lies where the live database does."""
    listed = patient.git.run("ls-files", "-z", "--", "shared_memory").text.split("\0")
    allowed = {SNAPSHOT} if patient.layout is config.Layout.DATABASE else set()
    local = (SNAPSHOT, f"{SNAPSHOT}-", "shared_memory/sync_status.json")
    return [
        Finding(
            f"git tracks {path}, which is this machine's own",
            code=ExitCode.REFUSED,
            remedy="git no longer tracks it; the file stays where it is, and your next commit says so",
            subject=path,
        )
        for path in listed
        if path and path not in allowed and (path in local or path.startswith(local[1]))
    ]


def untrack(patient: Patient, finding: Finding) -> str:
    patient.git.run("update-index", "--force-remove", "--", finding.subject)
    return f"git no longer tracks {finding.subject}"


CHECKS = (
    Check("companion", "without it no command knows what it may do", look_at_opening),
    Check(
        "choices",
        "what the devices agree on has to be the same on all of them",
        look_at_choices,
        write_choices,
    ),
    Check(
        "tracked",
        "a checkout would replace the live database, or what lies beside it, under a running program",
        look_at_link_in_git,
        untrack,
    ),
)
