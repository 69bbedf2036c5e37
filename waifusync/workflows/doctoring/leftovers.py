"""What runs that were killed, or that nobody ended, left behind. Moved aside, never deleted."""

from __future__ import annotations

import time
from pathlib import Path

from waifusync.patterns import pattern
from waifusync.repository.git import Git
from waifusync.repository.lock import is_alive, lock_holder
from waifusync.repository.stale_locks import abandoned_locks
from waifusync.workflows.aside import move_aside
from waifusync.workflows.doctoring.check import Check, Finding
from waifusync.workflows.doctoring.patient import Patient

_HOUR_SECONDS = 3600.0
_OURS = ("../waifusync-*", "rebuild.db*", "verify.db*", "snapshot*.db*", "note.taken")
_GITS = (
    "objects/pack/tmp_*",
    "objects/pack/.tmp-*",
    "objects/[0-9a-f][0-9a-f]/tmp_obj_*",
    "objects/tmp_objdir-*",
)
_BESIDE = ("waifusync/.*.[0-9]*", "waifusync/*/.*.[0-9]*", "info/*.waifusync-[0-9]*", "hooks/.*.[0-9]*")
_PID = pattern(r"[.-](\d+)$")
_ASIDE = "it is moved aside"


def look_at_locks(patient: Patient) -> list[Finding]:
    return [
        Finding(f"{lock} was left by a git that died", remedy=_ASIDE, subject=str(lock))
        for lock in abandoned_locks(patient.git)
    ]


def move_lock(patient: Patient, finding: Finding) -> str:
    with patient.locked():
        if Path(finding.subject) not in abandoned_locks(patient.git):
            return f"{finding.subject} is held, or gone, by now"
        return _moved(patient, finding, "a lock that no program held any more")


def look_at_work_under_way(patient: Patient) -> list[Finding]:
    name = patient.known.under_way
    if name is None:
        return []
    hint = f"git status says what is left; then: git {name} --continue"
    if name == "bisect":
        hint = "git bisect log says how far it is; to end it: git bisect reset"
    return [Finding(f"a {name} was begun here and not ended", hint)]


def look_at_temporary_files(patient: Patient) -> list[Finding]:
    if lock_holder(patient.git.state_directory) is not None:
        return []
    return [
        Finding(f"{path} was left by a run that was killed", remedy=_ASIDE, subject=str(path))
        for path in _temporary(patient.git)
    ]


def _temporary(git: Git) -> list[Path]:
    old = [path for pattern in _OURS for path in git.state_directory.glob(pattern) if _is_old(path)]
    old += [path for pattern in _GITS for path in git.common_dir.glob(pattern) if _is_old(path)]
    beside = [path for pattern in _BESIDE for path in git.common_dir.glob(pattern) if _is_orphan(path)]
    return sorted((*old, *beside))


def _is_old(path: Path) -> bool:
    """Either way: a clock that was set back makes a file look as if it came from the future."""
    return abs(time.time() - path.stat().st_mtime) > _HOUR_SECONDS


def _is_orphan(path: Path) -> bool:
    """It bears the number of the process that was to put it into its place."""
    found = _PID.search(path.name)
    return found is not None and not is_alive(int(found[1]))


def move_temporary(patient: Patient, finding: Finding) -> str:
    with patient.locked():
        return _moved(patient, finding, "a half-made file of a run that was killed")


def _moved(patient: Patient, finding: Finding, why: str) -> str:
    path = Path(finding.subject)
    return f"moved {path.name} to {move_aside(patient.git, path, why)}"


CHECKS = (
    Check("locks", "while it is there, git and waifusync refuse to work", look_at_locks, move_lock),
    Check(
        "half-finished", "until it is ended, waifusync leaves the branch where it is", look_at_work_under_way
    ),
    Check(
        "temporary files", "they take room, and nobody will end them", look_at_temporary_files, move_temporary
    ),
)
