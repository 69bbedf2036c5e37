"""Which paths of a companion's repository are waifusync's own, and what they must look like.

Pure: names only, nothing is read. Every file below an own prefix has exactly one writer, so git never has two
versions of it to merge; whatever lies elsewhere belongs to the person.
"""

from __future__ import annotations

from waifusync.core.places import SNAPSHOT as SNAPSHOT
from waifusync.core.segments import ENDING, folder_name, parse_path
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

_DEVICE_NAME = r"[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?"
DEVICE_PATTERN = _DEVICE_NAME + r"-[a-z0-9]{8}"
_DEVICE_FILE = pattern(rf"{DEVICES}/{DEVICE_PATTERN}\.json")
_SESSION_FILE = pattern(rf"{CONTEXT_TOKENS}/{DEVICE_PATTERN}_session_[0-9]{{3,6}}\.json")
_DEVICE = rf"{_DEVICE_NAME}-([a-z0-9]{{8}})"
_SPAN = rf"[0-9]{{10}}-[0-9]{{10}}(?:\.\1-{ENDING})?"
_LOG_FILE = pattern(rf"{LOG}/{_DEVICE}/([0-9]{{4}})/{_SPAN}\.jsonl")
_VECTOR_FILE = pattern(rf"{VECTORS}/{_DEVICE}/[a-z0-9][a-z0-9._-]{{0,99}}-[0-9]{{1,6}}/{_SPAN}\.npy")


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
        return _VECTOR_FILE.fullmatch(path) is not None and parse_path(path) is not None
    if is_below(path, DEVICES):
        return _DEVICE_FILE.fullmatch(path) is not None
    return True


def _is_log_file(path: str) -> bool:
    match, segment = _LOG_FILE.fullmatch(path), parse_path(path)
    if match is None or segment is None:
        return False
    return segment.first >= 1 and match[2] == folder_name(segment.first)
