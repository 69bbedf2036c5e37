"""Where the session files of this device lie: beside the live database, where no git command reaches them.

The work tree gets a copy at once, which is what people and programs read; the next commit holds the same.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from waifusync.repository.git import Git
from waifusync.workflows.local_state import write_atomically

if TYPE_CHECKING:
    from waifusync.core.session import Session


def sessions_directory(git: Git) -> Path:
    """It may not be there yet."""
    return git.state_directory / "sessions"


def own_session_files(git: Git, folder: str) -> list[Path]:
    """Those that the device of this folder writes, by number."""
    directory = sessions_directory(git)
    names = [each.name for each in directory.iterdir()] if directory.is_dir() else []
    if not names:
        return []
    from waifusync.core.session import SESSION_ID

    found = [(SESSION_ID.fullmatch(name.removesuffix(".json")), name) for name in names]
    own = [(int(match[3]), name) for match, name in found if match and match[1] == folder]
    return [directory / name for _, name in sorted(own)]


def stamp_of_sessions(git: Git, folder: str) -> str:
    """Changes whenever a session of this device does; "" where there is none."""
    facts = [(each.name, *_facts(each)) for each in own_session_files(git, folder)]
    if not facts:
        return ""
    import hashlib  # 20 ms, and a chat has no use for it

    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def _facts(file: Path) -> tuple[int, int, int]:
    found = file.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def session_text(session: Session) -> str:
    """As it lies in its file: a line for each member, so that git stores what was added."""
    # Half of a cut emoji is legal in JSON as an escape only: rare, so then all that is not ASCII becomes one.
    value = dict(session.value)
    try:
        text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(value, indent=1, allow_nan=False)
    return text + "\n"


def write_session(git: Git, session: Session) -> None:
    """A reader sees the old file or the new one, and a kill leaves one of them."""
    from waifusync.repository import layout

    text, name = session_text(session), f"{session.id}.json"
    write_atomically(sessions_directory(git) / name, text)
    shared = git.directory / layout.CONTEXT_TOKENS
    if git.is_bare or not _is_inside(git.directory, shared):
        return
    shared.mkdir(parents=True, exist_ok=True)
    write_atomically(shared / name, text, beside=git.state_directory)


def _is_inside(root: Path, folder: Path) -> bool:
    """A folder that somebody replaced with a link leads outside: what is there is not ours."""
    return not any(each.is_symlink() for each in (folder, *folder.parents) if each.is_relative_to(root))


@contextmanager
def session_lock(git: Git) -> Iterator[None]:
    """Two programs that add to one session at once would each leave out what the other said."""
    directory = sessions_directory(git)
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
