"""A companion on this machine, opened: its repository, what the person chose, and its live database."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from waifusync import config
from waifusync.config import Layout
from waifusync.errors import RefusedError, UsageError
from waifusync.repository.gc_lock import without_gc
from waifusync.repository.git import Git, discover
from waifusync.values import NamedTuple
from waifusync.workflows.local_state import LocalState, read_local_state

if TYPE_CHECKING:  # imported where used: `status` and `path` open no live database, and it is half their time
    from waifusync.core.events import Fact
    from waifusync.memory.live import LiveMemory
    from waifusync.memory.terms import Choices

HELD = "refs/waifusync/held"
# The commit whose logs the live database holds; an older copy of the database names an older one.
APPLIED = "applied"
SEEN = "refs/waifusync/seen"
# What is being taken in: until HELD has moved, the live database may hold more of it than HELD does.
TAKING = "refs/waifusync/taking"
LINK = "shared_memory/memory.db"
# In our state: which commit is being shown in the work tree, while that may have broken off.
SHOWING = "showing"
# What `embed` makes goes into vector files, in companions from before it too.
OWN_VECTORS = {"memory_vectors.vector": "source"}
_LOCK_WAIT_SECONDS = 30.0


class NoCompanion(UsageError):
    """A git repository, but no companion lives in it on this machine."""


class Companion(NamedTuple):
    """Everything a workflow needs to start; holds no open file and no process."""

    git: Git
    state: LocalState
    config: config.Config

    @classmethod
    def find(cls, directory: Path) -> Companion:
        """The companion that `directory` lies in. Raises NoCompanion, ConfigError, RefusedError."""
        git = discover(directory)
        state = read_local_state(git.state_directory)
        if state is None:
            raise _not_set_up(git)
        return cls(git, state, _read_config(git, state))

    @property
    def root(self) -> Path:
        return self.git.directory

    @property
    def live_path(self) -> Path:
        """Where the live database is; absolute."""
        return self.git.state_directory / self.state.live

    @property
    def layout(self) -> Layout:
        """What the branch says: an edit of waifusync.toml counts when it is committed. One process."""
        found = self.git.run("show", f"{self.branch_ref}:{config.FILE_NAME}", check=False)
        try:
            return config.parse(found.text).layout if found.status == 0 else self.config.layout
        except config.ConfigError:
            return self.config.layout

    @property
    def choices(self) -> Choices:
        from waifusync.memory.terms import Choices

        chosen = self.config
        return Choices(chosen.exclude, {**OWN_VECTORS, **chosen.vectors}, chosen.references, chosen.atomic)

    @property
    def branch_ref(self) -> str:
        return f"refs/heads/{self.state.branch}"

    def with_remote(self, remote: str) -> Companion:
        """The same companion, talking to another remote or URL for a while."""
        return self._replace(state=self.state._replace(remote=remote))

    @contextmanager
    def memory(self) -> Iterator[LiveMemory]:
        """The live database, opened for as long as the block lasts."""
        from waifusync.memory.live import LiveMemory

        with LiveMemory.open(self.live_path, self.choices, wall_clock) as memory:
            yield memory

    @contextmanager
    def locked(self, purpose: str, *, wait_seconds: float = _LOCK_WAIT_SECONDS) -> Iterator[None]:
        """One waifusync at a time, and no `git gc`; raises LockTaken."""
        from waifusync.repository.lock import hold_lock

        state = self.git.state_directory
        with (
            hold_lock(state, wait_seconds=wait_seconds, purpose=purpose),
            without_gc(self.git.common_dir, state),
        ):
            yield

    def emit(self, name: str, facts: Mapping[str, Fact]) -> None:
        """Tells an event of what is committed already; never fails, and waits for nobody."""
        from waifusync.events.telling import emit

        emit(self.git.state_directory, name, facts, companion=self.state.companion)


def wall_clock() -> int:
    """Milliseconds since 1970. WAIFUSYNC_CLOCK_OFFSET (seconds) moves it, to try out wrong clocks."""
    return int((time.time() + clock_offset_seconds()) * 1000)


def now_text() -> str:
    """This moment in UTC, as programs write it: 2026-01-31T12:00:00.000+00:00."""
    milliseconds = wall_clock()
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(milliseconds // 1000))
    return f"{seconds}.{milliseconds % 1000:03}+00:00"


def clock_offset_seconds() -> float:
    """How far WAIFUSYNC_CLOCK_OFFSET moves the clock; 0 unless it is set to a number."""
    try:
        return float(os.environ.get("WAIFUSYNC_CLOCK_OFFSET", "") or 0)
    except ValueError:
        return 0.0


def _read_config(git: Git, state: LocalState) -> config.Config:
    """From the work tree, or where a checkout took the file away, or wrote half of it, from the branch; where
    somebody's commit took it away, as this device had it last."""
    try:
        if not _is_half_shown(git):
            return config.read(git.directory / config.FILE_NAME)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise RefusedError(f"{config.FILE_NAME}: {error.strerror}") from error
    for ref in (f"refs/heads/{state.branch}", HELD):
        found = git.run("show", f"{ref}:{config.FILE_NAME}", check=False)
        if found.status == 0:
            return config.parse(found.text)
    return config.Config(companion=state.companion)


def _is_half_shown(git: Git) -> bool:
    note = git.state_directory / SHOWING
    if not note.exists():
        return False
    from waifusync.repository.half_shown import is_cut_off, noted_showing

    shown = noted_showing(git, note)
    return shown is not None and is_cut_off(git, config.FILE_NAME, shown)


def _not_set_up(git: Git) -> NoCompanion:
    if (git.directory / config.FILE_NAME).exists():
        return NoCompanion(
            f"{git.directory} holds a companion that is not set up on this machine",
            hint="run: waifusync join --device NAME",
        )
    return NoCompanion(f"{git.directory} holds no companion", hint="run: waifusync init --device NAME")
