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
    try:
        target = _folder(git, f"{path}\n{why}") / path.name
        os.rename(path, target)
    except OSError as error:
        raise RefusedError(f"{path} cannot be moved aside: {error.strerror}") from error
    return target


def keep_aside(git: Git, name: str, text: str, *, why: str) -> Path:
    """A part of a file that goes on without it; where it is kept."""
    target = _folder(git, why) / name
    target.write_text(text, encoding="utf-8", errors="surrogateescape")
    return target


def _folder(git: Git, why: str) -> Path:
    day = time.strftime("%Y-%m-%d", time.gmtime())
    folder = git.state_directory / "aside" / f"{day}-{secrets.token_hex(4)}"
    folder.mkdir(parents=True, mode=0o700)
    (folder / NOTE).write_text(f"{why}\n", encoding="utf-8", errors="surrogateescape")
    return folder
