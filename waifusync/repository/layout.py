"""Which paths of a companion's repository are waifusync's own, and what they must look like.

Pure: names only, nothing is read. Every file below an own prefix has exactly one writer, so git never has two
versions of it to merge; whatever lies elsewhere belongs to the person.
"""

from __future__ import annotations

from waifusync.core.places import SNAPSHOT as SNAPSHOT
from waifusync.patterns import pattern

LOG = "shared_memory/log"
VECTORS = "shared_memory/vectors"
DEVICES = "shared_memory/devices"
CONTEXT_TOKENS = "shared_memory/context_tokens"
DEVICE_CONTEXTS = "device_contexts"
EXPERIMENTS = "experiments"

OWN_PREFIXES = (LOG, VECTORS, DEVICES, CONTEXT_TOKENS, DEVICE_CONTEXTS, EXPERIMENTS)
# Written by the machine alone: a difference in the work tree is damage, never somebody's edit.
MACHINE_PREFIXES = (LOG, VECTORS, DEVICES)
IGNORED_PATHS = (SNAPSHOT, "shared_memory/sync_status.json")

ENTRIES_PER_FOLDER = 65536
DEVICE_PATTERN = r"[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?-[a-z0-9]{8}"
_DEVICE_FILE = pattern(rf"{DEVICES}/{DEVICE_PATTERN}\.json")
_SESSION_FILE = pattern(rf"{CONTEXT_TOKENS}/{DEVICE_PATTERN}_session_[0-9]{{3,6}}\.json")
_LOG_FILE = pattern(rf"{LOG}/{DEVICE_PATTERN}/([0-9]{{4}})/([0-9]{{10}})-([0-9]{{10}})\.jsonl")
_VECTOR_FILE = pattern(
    rf"{VECTORS}/{DEVICE_PATTERN}/[a-z0-9][a-z0-9._-]{{0,99}}-[0-9]{{1,6}}/([0-9]{{10}})-([0-9]{{10}})\.npy"
)


def is_below(path: str, *prefixes: str) -> bool:
    """True for a file inside one of the folders, and for a file that stands where the folder should."""
    return any(path == prefix or path.startswith(prefix + "/") for prefix in prefixes)


def is_own(path: str) -> bool:
    """True when only waifusync writes this path, so that it is never merged, by git or by us."""
    return path == SNAPSHOT or is_below(path, *OWN_PREFIXES)


def is_machine_written(path: str) -> bool:
    """True when no person edits this path, so that it may be put right without asking."""
    return is_below(path, *MACHINE_PREFIXES) or _SESSION_FILE.fullmatch(path) is not None


def is_session_of(path: str, folder: str) -> bool:
    """True for a session that the device of this folder writes."""
    return path.startswith(f"{CONTEXT_TOKENS}/{folder}_") and _SESSION_FILE.fullmatch(path) is not None


def is_ignored(path: str) -> bool:
    """True for what stays on this device: the link to the live database, files beside it, the status."""
    return path.startswith(IGNORED_PATHS[0]) or path in IGNORED_PATHS


def page_of(name: str) -> str:
    """The page of notes of the device that has this name among the others."""
    return f"{DEVICE_CONTEXTS}/{name.upper().replace('-', '_')}_CONTEXT.md"


def holds_memory(path: str) -> bool:
    """True for a log or vector file."""
    return is_below(path, LOG, VECTORS)


def fits_layout(path: str) -> bool:
    """False for a path inside the log, vector or device folders that waifusync would never have written."""
    if is_below(path, LOG):
        return _is_log_file(path)
    if is_below(path, VECTORS):
        match = _VECTOR_FILE.fullmatch(path)
        return match is not None and int(match[1]) <= int(match[2])
    if is_below(path, DEVICES):
        return _DEVICE_FILE.fullmatch(path) is not None
    return True


def _is_log_file(path: str) -> bool:
    match = _LOG_FILE.fullmatch(path)
    if match is None:
        return False
    folder, first, last = int(match[1]), int(match[2]), int(match[3])
    return 1 <= first <= last and folder == (first - 1) // ENTRIES_PER_FOLDER
