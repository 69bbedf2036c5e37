"""The ground a companion stands on: git's trust, the file system, who may read it, git's settings."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from waifusync.errors import ExitCode
from waifusync.patterns import pattern
from waifusync.repository.git import GitError
from waifusync.workflows.doctoring.check import Check, Finding, note
from waifusync.workflows.doctoring.patient import Patient

_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afs", "fuse.rclone", "fuse.davfs"}
_WITHOUT_LINKS = {"vfat", "exfat", "msdos"}
_ESCAPED = pattern(r"\\([0-7]{3})")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_KEYS = "keys"


def look_at_trust(patient: Patient) -> list[Finding]:
    try:
        patient.git.run("rev-parse", "--git-dir")
    except GitError as error:
        hint = error.hint
        if "does not trust" in error.message:
            hint = f"if it is yours: git config --global --add safe.directory '{patient.git.directory}'"
        return [Finding(error.message, hint, ExitCode.REFUSED)]
    return []


def look_at_file_system(patient: Patient) -> list[Finding]:
    kind = _kind_of_mount(patient, patient.git.common_dir)
    hint = "keep the companion on a local disk (ext4, btrfs, xfs); the remote may lie anywhere"
    if kind in _NETWORK:
        text = f"the companion lies on a network file system ({kind})"
        return [Finding(text, hint, ExitCode.REFUSED)]
    if kind in _WITHOUT_LINKS:
        text = f"the companion lies on a file system without links and rights ({kind})"
        return [Finding(text, hint, ExitCode.REFUSED)]
    return []


def _kind_of_mount(patient: Patient, place: Path) -> str:
    """The type of the file system that holds it; "" where the system does not say."""
    real = Path(os.path.realpath(place))
    kind, deepest = "", -1
    for line in patient.system.read("proc/mounts").splitlines():
        fields = line.split()
        mount = (
            Path(_ESCAPED.sub(lambda found: chr(int(found[1], 8)), fields[1])) if len(fields) > 2 else None
        )
        if mount is not None and mount in (real, *real.parents) and len(mount.parts) >= deepest:
            kind, deepest = fields[2], len(mount.parts)
    return kind


def look_at_modes(patient: Patient) -> list[Finding]:
    """Whoever shares the repository by git's own setting wants it so."""
    state = patient.git.state_directory
    open_ones = [each for each in (state, *sorted((state / _KEYS).glob("*"))) if _is_open(each)]
    if not open_ones or patient.settings.get("core.sharedrepository", "umask") not in ("umask", "false", "0"):
        return []
    return [
        Finding(
            f"others on this machine may look into {each}",
            remedy="its mode is set so that only its owner may",
            subject=str(each),
        )
        for each in open_ones
    ]


def _is_open(path: Path) -> bool:
    return path.exists() and bool(path.stat().st_mode & _OTHERS)


def close(patient: Patient, finding: Finding) -> str:
    path = Path(finding.subject)
    path.chmod(path.stat().st_mode & ~_OTHERS)
    return f"closed {path} to others"


def look_at_settings(patient: Patient) -> list[Finding]:
    found = []
    if patient.settings.get("core.autocrlf", "false").lower() not in ("false", "no", "off", "0"):
        found.append(
            note(
                "core.autocrlf is on: git changes line ends in your own files",
                "waifusync's own files are kept out of it, so nothing needs to be done",
            )
        )
    weak = [name for name in ("core.fsync", "core.fsyncobjectfiles") if _is_off(patient.settings.get(name))]
    if weak:
        found.append(
            note(
                f"{weak[0]} is off: commits that you make yourself may be lost when the power goes",
                "waifusync's own are written through to the disk whatever it says",
            )
        )
    return found


def _is_off(value: str | None) -> bool:
    return value is not None and value.lower() in ("none", "false", "no", "off", "0")


CHECKS = (
    Check("trust", "git refuses to work in a repository that somebody else owns", look_at_trust),
    Check(
        "file system",
        "a live database needs locks and shared memory, which break there without an error",
        look_at_file_system,
    ),
    Check("modes", "the memory, and the keys to it, are nobody else's business", look_at_modes, close),
    Check("git settings", "what git does to your files beside waifusync's", look_at_settings),
)
