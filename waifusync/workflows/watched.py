"""A companion as `watch` sees it: whether anything changed here or on the remote, and one exchange.

What is looked at is what an exchange would act on: the live database, the branch, and a few files. Looking
costs some stat calls; when something was touched, the database's marks say whether it means anything.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from waifusync.config import FILE_NAME
from waifusync.errors import RefusedError, UnreachableError, WaifusyncError
from waifusync.memory.settled import is_settled
from waifusync.memory.touched import Touched, touched
from waifusync.repository.lock import LockTaken, leave_note, take_note
from waifusync.repository.refs import read_refs, read_shared_ref
from waifusync.repository.remote import remote_tip
from waifusync.values import NamedTuple
from waifusync.workflows.companion import HELD, LINK, SEEN, Companion, wall_clock
from waifusync.workflows.syncing.accepting import no_remote
from waifusync.workflows.syncing.exchange import Outcome, Wishes, exchange
from waifusync.workflows.syncing.last_sync import note_failure, note_reached
from waifusync.workflows.syncing.under_way import Asked

PURPOSE = "watch"
_LONGEST_QUESTION_SECONDS = 30.0
_NOTE_REACHED_SECONDS = 3600.0
_Facts = tuple[int, int, int, int]


class Look(NamedTuple):
    """Equal as long as nothing changed. `files`: what tells nothing by itself, and is left to an exchange."""

    database: Touched
    branch: tuple[object, ...]
    files: tuple[_Facts | None, ...]
    has_note: bool


class WatchedCompanion:
    """Keeps how things stood when all was settled; holds no open file between two calls.

    `explain` makes a WaifusyncError of what the system or SQLite refused, or gives None for a bug.
    """

    def __init__(self, companion: Companion, explain: Callable[[Exception], WaifusyncError | None]) -> None:
        self._companion = companion
        self._explain = explain
        self._place = _place(companion)
        self._asked: Asked | None = None
        self._left: Look | None = None
        self._level: tuple[str | None, str | None] | None = None
        self._noted_at = time.monotonic()  # the first exchange notes it

    @property
    def companion(self) -> Companion:
        return self._companion

    @property
    def root(self) -> Path:
        return self._companion.root

    @property
    def state_directory(self) -> Path:
        return self._companion.git.state_directory

    @property
    def identity(self) -> str:
        return f"{self._companion.state.companion} {self._companion.state.id}"

    def is_here(self) -> bool:
        """By device and inode: a folder that was moved away and one put in its place are both noticed."""
        return _place(self._companion) == self._place

    def files(self) -> Iterable[Path]:
        """A ref is written as its lock, which git then renames."""
        live = self._real_live_path
        return (
            live,
            live.with_name(f"{live.name}-wal"),
            self.state_directory / "note",
            self._companion.git.common_dir / f"{self._companion.branch_ref}.lock",
        )

    @property
    def _real_live_path(self) -> Path:
        """Where SQLite keeps the -wal beside it."""
        return Path(os.path.realpath(self._companion.live_path))

    def look(self) -> Look | None:
        """None where all is as it was left."""
        found = self._look()
        return None if found == self._left else found

    def _look(self) -> Look:
        git, companion = self._companion.git, self._companion
        shared = git.common_dir
        files = (companion.root / FILE_NAME, companion.root / LINK)
        return Look(
            database=touched(self._real_live_path),
            branch=(
                _content(shared / companion.branch_ref),
                _facts(shared / "packed-refs"),
                _facts(shared / "reftable" / "tables.list"),
            ),
            files=(
                *map(_facts, files),
                _facts(git.state_directory / "device.json"),
                # A session is written by a rename, which the folder's own time tells.
                _facts(git.state_directory / "sessions"),
            ),
            has_note=(git.state_directory / "note").exists(),
        )

    def remote_settings(self) -> object:
        """git's own settings here: another address is worth asking at once."""
        return _facts(self._companion.git.common_dir / "config")

    def settle(self) -> bool:
        """Whether what was touched means nothing: then it counts as left so. One process, and no lock."""
        with self._explained():
            return self._left is not None and self._settle(self._left.files)

    def _settle(self, files: tuple[_Facts | None, ...]) -> bool:
        found = self._look()  # first, so that what comes in between differs from it
        if found.has_note or found.files != files or not self._is_level():
            return False
        self._left = found
        return True

    def _is_level(self) -> bool:
        companion = self._companion
        refs = read_refs(companion.git, companion.branch_ref, HELD)
        held = refs[HELD]
        return refs[companion.branch_ref] == held and is_settled(
            companion.live_path, device=companion.state.id, held=held
        )

    def has_news(self) -> bool:
        """Whether the remote is elsewhere than this device, other than the last exchange left it."""
        companion = self._companion
        patience = min(companion.config.remote_timeout_seconds, _LONGEST_QUESTION_SECONDS)
        with self._noted():
            try:
                tip = remote_tip(
                    companion.git, companion.state.remote, companion.state.branch, timeout_seconds=patience
                )
            except UnreachableError as error:
                raise no_remote(companion) or error from None
            self._asked = Asked(tip)
            held = read_shared_ref(companion.git, HELD)
            seen = read_shared_ref(companion.git, SEEN)
        self._note_reached()
        return not tip == seen == held and (tip, held) != self._level

    def _note_reached(self) -> None:
        """`status` tells when the remote was last reached; noting it each time would wear out a card."""
        if time.monotonic() - self._noted_at > _NOTE_REACHED_SECONDS:
            self._noted_at = time.monotonic()
            note_reached(self.state_directory, wall_clock())

    def run_exchange(self, *, with_remote: bool) -> Outcome:
        """One exchange that waits for no other: it leaves a note, and raises LockTaken."""
        with self._noted():
            self._companion = Companion.find(self.root)
            before = self._look()
            outcome = self._exchange(Wishes(PURPOSE, with_remote, with_remote, most_wait_seconds=0.0))
            self._companion = Companion.find(self.root)  # it may have a new name now, or another config
            self._note_left(before)
            if with_remote:
                self._level = self._tips()
        return outcome

    def _exchange(self, wishes: Wishes) -> Outcome:
        asked, self._asked = self._asked if wishes.ask_remote else None, None
        try:
            take_note(self.state_directory)  # what others wanted done is done here
            return exchange(self._companion, wishes, asked=asked)
        except LockTaken:
            leave_note(self.state_directory, PURPOSE)
            raise

    def _tips(self) -> tuple[str | None, str | None]:
        git = self._companion.git
        return read_shared_ref(git, SEEN), read_shared_ref(git, HELD)

    def _note_left(self, before: Look) -> None:
        """An exchange that changed nothing has seen all there was, be it settled or not."""
        after = self._look()
        if after == before:
            self._left = after
            return
        with contextlib.suppress(
            WaifusyncError
        ):  # the exchange went well: what is in doubt gets another look
            self._settle(before.files)

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            explained = self._explain(error)
            if explained is None and not self.is_here():
                explained = RefusedError(f"{self.root} went away")
            if explained is None:
                raise
            raise explained from error

    @contextlib.contextmanager
    def _noted(self) -> Iterator[None]:
        """What fails in here is seen by `status`; another that is at work is no failure."""
        try:
            with self._explained():
                yield
        except LockTaken:
            raise
        except WaifusyncError as error:
            note_failure(self.state_directory, PURPOSE, error, wall_clock())
            raise


def _place(companion: Companion) -> tuple[tuple[int, int] | None, ...]:
    folders = (companion.root, companion.git.common_dir, companion.git.state_directory)
    return tuple(facts[:2] if (facts := _facts(each)) else None for each in folders)


def _facts(path: Path) -> _Facts | None:
    """Of the path itself, not of what a link leads to."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
