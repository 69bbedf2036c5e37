"""A text that is only called like a database is merged by lines, as git would without a driver."""

from __future__ import annotations

import subprocess
from pathlib import Path

from waifusync.merging.files import CannotMerge

_MOST_CONFLICTS = 127


def merge_text(base: Path, ours: Path, theirs: Path, *, marker_size: int) -> int:
    """Into `ours`, conflict markers included; how many conflicts. Raises CannotMerge."""
    words = [
        "git",
        "merge-file",
        "-q",
        f"--marker-size={marker_size}",
        "--",
        str(ours),
        str(base),
        str(theirs),
    ]
    status = subprocess.run(words, stdin=subprocess.DEVNULL).returncode
    if not 0 <= status <= _MOST_CONFLICTS:
        raise CannotMerge("git cannot merge this text by lines", hint="choose one side, or edit it by hand")
    return status
