"""This device's sessions, which only it writes: kept beside the live database, and put into every commit.

Not read from the work tree: after a checkout or a reset an old one may lie there, and committing that would
take away what was said since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from waifusync.repository.objects import blob_name, ls_tree
from waifusync.workflows.local_state import write_atomically
from waifusync.workflows.sessions.files import (
    own_session_files,
    session_text,
    sessions_directory,
    stamp_of_sessions,
)
from waifusync.workflows.syncing.under_way import UnderWay

if TYPE_CHECKING:
    from waifusync.core.session import Session
    from waifusync.log.writing import Edits
    from waifusync.workflows.syncing.next_commit import Base

# The commit that holds our sessions, and how their files looked then.
_NOTED = "own_files"


def stamp_of_own_files(sync: UnderWay) -> str:
    """Changes whenever one of them does; "" where there is none."""
    _take_over_earlier(sync)
    return stamp_of_sessions(sync.git, sync.folder)


def have_changed(sync: UnderWay, stamp: str) -> bool:
    """Whether the branch may lack something of them; seen without reading any."""
    return bool(stamp) and sync.memory.ledger.meta(_NOTED) != f"{stamp} {sync.branch}"


def own_file_writes(sync: UnderWay, base: Base) -> Edits:
    """Those that the next commit's first parent has not, or otherwise."""
    from waifusync.log.writing import Edits
    from waifusync.repository import layout

    there = ls_tree(sync.git, base.parents[0], layout.CONTEXT_TOKENS) if base.parents else {}
    write = {}
    for file in own_session_files(sync.git, sync.folder):
        path, content = f"{layout.CONTEXT_TOKENS}/{file.name}", file.read_bytes()
        known = there.get(path)
        if known is None or known.sha != blob_name(content, like=known.sha):
            write[path] = content
    return Edits(write)


def note_own_files(sync: UnderWay, stamp: str, made: str) -> None:
    """After the commit that holds them has moved."""
    if have_changed(sync, stamp):
        sync.memory.ledger.set_meta(_NOTED, f"{stamp} {made}")


def _take_over_earlier(sync: UnderWay) -> None:
    """What a copied card's sessions hold is told again under the new id, as its entries are."""
    directory = sessions_directory(sync.git)
    names = [each.name for each in directory.iterdir()] if directory.is_dir() else []
    foreign = [name for name in names if _is_session(name) and not name.startswith(f"{sync.folder}_")]
    if not foreign:
        return
    from waifusync.core.session import read_session

    for name in sorted(foreign):
        number = len(own_session_files(sync.git, sync.folder)) + 1
        new = f"{sync.folder}_session_{number:03}"
        try:
            session = read_session((directory / name).read_bytes())
        except ValueError:
            continue
        write_atomically(directory / f"{new}.json", session_text(_renamed(session, new, sync)))
        (directory / name).unlink()


def _renamed(session: Session, name: str, sync: UnderWay) -> Session:
    state = sync.companion.state
    return session.having(session_id=name, device=state.name, device_id=state.id)


def _is_session(name: str) -> bool:
    from waifusync.core.session import SESSION_ID

    return SESSION_ID.fullmatch(name.removesuffix(".json")) is not None
