"""Moving aside: what is in the way goes into a folder of its own, with a line that says what and why."""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path

from waifusync.errors import RefusedError
from waifusync.repository.git import Git

NOTE = "why.txt"


def move_aside(git: Git, path: Path, why: str) -> Path:
    """Where it is now, below .git/waifusync/aside. Raises RefusedError; nothing is ever deleted."""
    day = time.strftime("%Y-%m-%d", time.gmtime())
    folder = git.state_directory / "aside" / f"{day}-{secrets.token_hex(4)}"
    target = folder / path.name
    try:
        folder.mkdir(parents=True, mode=0o700)
        (folder / NOTE).write_text(f"{path}\n{why}\n", encoding="utf-8", errors="surrogateescape")
        os.rename(path, target)
    except OSError as error:
        raise RefusedError(f"{path} cannot be moved aside: {error.strerror}") from error
    return target
