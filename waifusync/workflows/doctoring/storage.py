"""Room: on the disk, in the repository, and what hosts allow of one file."""

from __future__ import annotations

from waifusync.config import Layout
from waifusync.repository.layout import SNAPSHOT
from waifusync.repository.packs import (
    MOST_PACKS,
    TIDY_TIMEOUT_SECONDS,
    count_loose,
    count_packs,
    gather_loose,
    stored_bytes,
)
from waifusync.workflows.doctoring.check import Check, Finding, note
from waifusync.workflows.doctoring.patient import Patient
from waifusync.workflows.retaining.choosing import database_bytes, read_retention, sizes_of

MEGABYTE = 1_000_000
_SPARE_BYTES = 200 * MEGABYTE
_MOST_LOOSE = 1000
_LARGE_REPOSITORY_BYTES = 1000 * MEGABYTE
_HOST_LIMIT_BYTES = 100 * MEGABYTE
_NEAR_LIMIT_BYTES = 90 * MEGABYTE


def look_at_disk(patient: Patient) -> list[Finding]:
    free = patient.system.free_bytes(patient.git.common_dir)
    needed = database_bytes(patient.companion) + stored_bytes(patient.git) + _SPARE_BYTES
    if free >= needed:
        return []
    return [
        Finding(
            f"{free / MEGABYTE:,.0f} MB are left on the disk, and {needed / MEGABYTE:,.0f} MB may be needed",
            "free some space: look at the largest folders first (du -xh --max-depth=2 ~ | sort -h | tail)",
        )
    ]


def look_at_objects(patient: Patient) -> list[Finding]:
    loose, packs = count_loose(patient.git), count_packs(patient.git)
    if loose <= _MOST_LOOSE and packs <= 2 * MOST_PACKS:
        return []
    return [
        Finding(
            f"git keeps {loose:,} objects in files of their own, and {packs:,} packs",
            remedy=f"git repacks what is small: at most {TIDY_TIMEOUT_SECONDS:.0f} s, after everything else",
        )
    ]


def repack(patient: Patient, finding: Finding) -> str:
    with patient.locked():
        gather_loose(patient.git)
    loose, packs = count_loose(patient.git), count_packs(patient.git)
    return f"repacked: {loose:,} loose objects and {packs:,} packs are left"


def look_at_size(patient: Patient) -> list[Finding]:
    size = stored_bytes(patient.git)
    if size < _LARGE_REPOSITORY_BYTES:
        return []
    return [
        note(f"the repository takes {size / MEGABYTE:,.0f} MB", "hosts advise to stay below 1,000 to 5,000")
    ]


def look_at_limits(patient: Patient) -> list[Finding]:
    """Those that were chosen for this device."""
    chosen = read_retention(patient.git.state_directory)
    hints = {
        "repository": "waifusync retention apply; or choose more: waifusync retention set --repository SIZE",
        "database": "waifusync retention apply; or choose more: waifusync retention set --database SIZE",
    }
    over = sizes_of(patient.companion).over(chosen)
    return [Finding(f"the {name} takes more than was chosen for this device", hints[name]) for name in over]


def look_at_large_files(patient: Patient) -> list[Finding]:
    branch = patient.known.branch
    listed = patient.git.run("ls-tree", "-r", "-l", "-z", branch).text.split("\0") if branch else []
    sizes = ((line.partition("\t")[2], line.split(maxsplit=4)[3]) for line in listed if line)
    return [
        _of_large(patient, path, int(size))
        for path, size in sizes
        if size.isdigit() and int(size) >= _NEAR_LIMIT_BYTES
    ]


def _of_large(patient: Patient, path: str, size: int) -> Finding:
    is_snapshot = path == SNAPSHOT and patient.layout is Layout.DATABASE
    move = "run: waifusync layout log, which keeps many small files instead"
    hint = move if is_snapshot else f"take it out of git: git rm --cached '{path}', and list it in .gitignore"
    how = "is above" if size > _HOST_LIMIT_BYTES else "comes near"
    return Finding(f"{path} has {size / MEGABYTE:,.0f} MB, which {how} what most hosts take (100 MB)", hint)


CHECKS = (
    Check("disk", "a full disk stops every program that writes memories", look_at_disk),
    Check("loose objects", "every read looks through all of them", look_at_objects, repack),
    Check("limits", "the board has no more room to give", look_at_limits),
    Check("repository size", "cloning it onto a new device takes that long", look_at_size),
    Check(
        "large files",
        "a host that refuses the file refuses the push, and all that comes after",
        look_at_large_files,
    ),
)
