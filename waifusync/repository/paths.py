"""Which names may come into a work tree: what every file system stores as it is, and git never reads.

Pure. Each check answers with the reason for which a path is refused, or with None.
"""

from __future__ import annotations

import re

from waifusync.patterns import pattern

MAX_NAME_BYTES = 255
MAX_PATH_BYTES = 1024
_CONTROL = pattern(r"[\x00-\x1f\x7f-\x9f]")
# Code points that HFS+ leaves out when it compares names, so that ".g\u200cit" opens ".git".
_UNSEEN = pattern("[\u200c-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
# Letters after one of these are shown in another order, so that a name reads as another one.
_TURNED = pattern("[\u202a-\u202e\u2066-\u2069]")
_GIT_FOLDER = pattern(r"\.git|git~[0-9]+", re.IGNORECASE)
_GIT_MODULES = pattern(r"\.gitmodules|gitmod~[0-9]+|gi7eba~[0-9]+", re.IGNORECASE)
_WINDOWS_DEVICE = pattern(r"(?:con|prn|aux|nul|com[1-9¹²³]|lpt[1-9¹²³]|conin\$|conout\$)", re.IGNORECASE)
_DATABASE_FILE = pattern(
    r"(?:.*/)?(?:memory\.db[^/]*|[^/]*\.db-wal|[^/]*-(?:wal|shm|journal))", re.IGNORECASE
)


def reason_to_refuse(path: str) -> str | None:
    """Why this path must not be checked out on any system; None when it may."""
    if not path or path.startswith("/") or "\\" in path:
        return "is absolute or holds a backslash"
    try:
        encoded = path.encode("utf-8")
    except UnicodeEncodeError:
        return "is not UTF-8"
    if len(encoded) > MAX_PATH_BYTES:
        return f"is longer than {MAX_PATH_BYTES} bytes"
    return next((reason for part in path.split("/") if (reason := _reason_for_name(part))), None)


def is_database_file(path: str) -> bool:
    """True for what SQLite would take for the live database or its journal, under shared_memory."""
    folder, _, rest = path.partition("/")
    return folder.casefold() == "shared_memory" and _DATABASE_FILE.fullmatch(rest) is not None


def _reason_for_name(name: str) -> str | None:
    seen = _UNSEEN.sub("", name)
    if name in ("", ".", ".."):
        return "does not stay inside the repository"
    if _GIT_FOLDER.fullmatch(seen.rstrip(". ")):
        return "names git's own folder"
    if _GIT_MODULES.fullmatch(seen.rstrip(". ")):
        return "would bring in submodules"
    if _CONTROL.search(name) or ":" in name:
        return "holds a character that not every system allows"
    if _TURNED.search(name):
        return "holds what makes it read as another name"
    if name.endswith((".", " ")) or _WINDOWS_DEVICE.fullmatch(name.split(".")[0].rstrip()):
        return "is a name that not every system allows"
    if len(name.encode("utf-8")) > MAX_NAME_BYTES:
        return f"has a name longer than {MAX_NAME_BYTES} bytes"
    return None
