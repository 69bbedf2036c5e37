"""All sessions that are on this machine: its own, and the other devices' as they lie in the work tree."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from waifusync.core.conversation import Branch, branches, by_id, conversations
from waifusync.core.session import FORMAT, MOST_BYTES, SESSION_ID, NewerFormat, Session, read_session
from waifusync.errors import RefusedError, UntrustedError, UsageError, WaifusyncError
from waifusync.repository import layout
from waifusync.values import NamedTuple
from waifusync.workflows.companion import Companion, now_text
from waifusync.workflows.sessions.files import (
    own_session_files,
    session_lock,
    session_text,
    sessions_directory,
    write_session,
)

_TURN_BYTES = 10


class Shelf(NamedTuple):
    """`unreadable` says of a file by its session's id what is wrong with it."""

    companion: Companion
    sessions: dict[str, Session]
    unreadable: dict[str, WaifusyncError]

    def is_own(self, session: Session) -> bool:
        return session.folder == self.companion.state.folder

    def session(self, name: str) -> Session:
        """By its whole id, or `<device's name>_session_<number>` where one device has that name."""
        if name in self.unreadable:
            raise self.unreadable[name]
        found = [each for each in self.sessions.values() if name in (each.id, short_name(each.id))]
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(f"several devices have a session {name}", hint=f"write one of: {_ids(found)}")
        raise UsageError(f"no session is called {name!r}", hint="to see them: waifusync session list")

    def conversation(self, name: str | None) -> str:
        """Of a session or by its own id; the one gone on with last where None is named."""
        found = conversations(self.sessions)
        if name is None and not found:
            raise UsageError("there is no session yet", hint="to begin one: waifusync chat")
        if name is None:
            return next(iter(found))
        return name if name in found else self.session(name).conversation

    def branches(self, conversation: str) -> list[Branch]:
        return branches(self.sessions, conversation)

    def adding(self, session: Session) -> Shelf:
        return self._replace(sessions={**self.sessions, session.id: session})


def short_name(session_id: str) -> str:
    """As a person says it: laptop_session_001."""
    match = SESSION_ID.fullmatch(session_id)
    return f"{match[1].rpartition('-')[0]}_session_{match[3]}" if match else session_id


def open_shelf(companion: Companion) -> Shelf:
    """Reads every session; one that cannot be read stops no other."""
    read, unreadable = [], {}
    for file in _files(companion):
        try:
            read.append(read_file(file))
        except WaifusyncError as error:
            unreadable[file.stem] = error
    return Shelf(companion, by_id(read), unreadable)


def _files(companion: Companion) -> Iterator[Path]:
    yield from own_session_files(companion.git, companion.state.folder)
    shared = companion.root / layout.CONTEXT_TOKENS
    for name in sorted(os.listdir(shared)) if shared.is_dir() else []:
        is_session = name.endswith(".json") and SESSION_ID.fullmatch(name[:-5])
        is_own = layout.is_session_of(f"{layout.CONTEXT_TOKENS}/{name}", companion.state.folder)
        if is_session and not is_own and not (shared / name).is_symlink():
            yield shared / name


def read_file(file: Path) -> Session:
    """Raises RefusedError for a newer format, UntrustedError for what is no session, or another's."""
    try:
        if file.stat().st_size > MOST_BYTES:
            raise ValueError(f"it is larger than {MOST_BYTES >> 20} MiB")
        session = read_session(file.read_bytes())
        if session.id != file.stem:
            raise ValueError(f"it says it is {session.id!r}")
    except NewerFormat as error:
        raise RefusedError(
            f"{file.name} cannot be read: {error}", hint="upgrade waifusync on this device"
        ) from None
    except (ValueError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UntrustedError(
            f"{file.name} cannot be read: {reason}", hint="git log has what it was: git log -- " + file.name
        ) from None
    return session


def new_session(companion: Companion, conversation: str | None, **members: object) -> Session:
    """An empty one of this device, written at once so that no other program takes its number.

    Without a conversation it begins one of its own.
    """
    state = companion.state
    with session_lock(companion.git):
        name = _next_id(companion)
        now = now_text()
        value: dict[str, object] = {
            "format": FORMAT,
            "session_id": name,
            "device": state.name,
            "device_id": state.id,
            "conversation": conversation or f"{state.name}-{new_turn_id()[:8]}",
            "continues": None,
            "created_at": now,
            "updated_at": now,
            "model": {},
            "messages": [],
        }
        session = Session({**value, **members})
        _write(companion, session)
    return session


def change_session(companion: Companion, name: str, change: Callable[[Session], Session]) -> Session:
    """What lies there now, changed and written, as nobody else changes it. Raises RefusedError for another
    device's."""
    if not name.startswith(f"{companion.state.folder}_"):
        raise RefusedError(
            f"{name} belongs to another device, which alone writes it",
            hint=f"to go on with it here: waifusync session resume {name}",
        )
    with session_lock(companion.git):
        before = read_file(sessions_directory(companion.git) / f"{name}.json")
        session = change(before)
        if session.value == before.value:
            return before
        session = session.having(updated_at=now_text())
        _write(companion, session)
    return session


def _write(companion: Companion, session: Session) -> None:
    """Only what can be read again: what somebody saves may be nested too deeply, or have an id twice."""
    content = session_text(session).encode()
    try:
        read_session(content)
    except ValueError as error:
        raise RefusedError(
            f"{session.id} was not written: {error}",
            hint=f"nothing was changed; to go on in a new one: waifusync session fork {session.id}",
        ) from None
    write_session(companion.git, session)


def _next_id(companion: Companion) -> str:
    """After all that this device ever had that are still here: also those only in the work tree."""
    folder, shared = companion.state.folder, companion.root / layout.CONTEXT_TOKENS
    names = [each.name for each in own_session_files(companion.git, folder)]
    names += os.listdir(shared) if shared.is_dir() else []
    matches = (SESSION_ID.fullmatch(name.removesuffix(".json")) for name in names)
    numbers = [int(match[3]) for match in matches if match and match[1] == folder]
    return f"{folder}_session_{max(numbers, default=0) + 1:03}"


def new_turn_id() -> str:
    """Eighty random bits, so that no two devices ever give one name to two turns."""
    return base64.b32encode(os.urandom(_TURN_BYTES)).decode().lower()


def _ids(found: list[Session]) -> str:
    return ", ".join(each.id for each in found)
