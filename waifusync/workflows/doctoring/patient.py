"""The companion that is looked at, and the machine under it: each fact is found out once, when asked for.

A companion may be broken in any way: what cannot be found out raises, and only the checks that need it fail.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from waifusync import config
from waifusync.config import Layout
from waifusync.errors import UntrustedError, WaifusyncError
from waifusync.memory.examining import Look, look_over
from waifusync.memory.standing import Standing
from waifusync.repository.git import Git, discover
from waifusync.repository.lock import hold_lock
from waifusync.repository.objects import ObjectReader
from waifusync.repository.remote import remote_tip
from waifusync.values import NamedTuple
from waifusync.workflows.companion import Companion, NoCompanion, wall_clock
from waifusync.workflows.known_devices import Known
from waifusync.workflows.local_state import read_local_state
from waifusync.workflows.log_trees import LogTrees
from waifusync.workflows.looking import look_at_database, look_at_git
from waifusync.workflows.syncing.last_sync import LastSync, read_last_sync
from waifusync.workflows.trouble_here import Problem, of_database

_MOST_COMMITS = 100
_REMOTE_SECONDS = 20.0
_WROTE = " (waifusync)"


def _free_bytes(path: Path) -> int:
    return shutil.disk_usage(path).free


class System(NamedTuple):
    """The machine, as checks see it. `root` is where its own files are read."""

    root: Path = Path("/")
    machine: str = os.uname().machine
    python: tuple[int, ...] = tuple(sys.version_info[:3])
    sqlite: tuple[int, ...] = sqlite3.sqlite_version_info
    free_bytes: Callable[[Path], int] = _free_bytes

    def read(self, path: str) -> str:
        """One of the machine's own files; "" where there is none."""
        try:
            return (self.root / path).read_bytes().decode("utf-8", "replace").strip("\0\n ")
        except OSError:
            return ""


class Patient:
    """Raises NotARepository and NoCompanion; `broken` is what else kept the companion from being opened."""

    def __init__(
        self, directory: Path, system: System, by_itself: Callable[[Git], Sequence[Problem]]
    ) -> None:
        self.git: Git = discover(directory)
        self.system = system
        self.by_itself = by_itself
        self.now = wall_clock()
        self.broken: WaifusyncError | None = None
        self._companion = self._open()
        self.database_problems: list[Problem] = []
        self.git_problems: list[Problem] = []

    def _open(self) -> Companion | None:
        try:
            return Companion.find(self.git.directory)
        except NoCompanion:
            raise
        except UntrustedError as error:
            self.broken = error
            return None
        except WaifusyncError as error:
            self.broken = error
            state = read_local_state(self.git.state_directory)
            return state and Companion(self.git, state, config.Config(companion=state.companion))

    @property
    def companion(self) -> Companion:
        """For looking only: with a config of defaults where the person's cannot be read. Raises `broken`."""
        if self._companion is None:
            assert self.broken is not None
            raise self.broken
        return self._companion

    @property
    def sound(self) -> Companion:
        """As the person chose it, for all that tells or judges rows: an `exclude` that cannot be read would
        send what was to stay at home. Raises `broken`."""
        if self.broken is not None:
            raise self.broken
        return self.companion

    @property
    def name(self) -> str | None:
        return self._companion.state.name if self._companion else None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """No other waifusync is at work meanwhile. Raises LockTaken."""
        with hold_lock(self.git.state_directory, wait_seconds=10.0, purpose="doctor"):
            yield

    @cached_property
    def standing(self) -> Standing | None:
        return look_at_database(self.companion, self.database_problems)

    @cached_property
    def overview(self) -> Look:
        """Nothing is found where the database itself is what is wrong. Raises `broken`."""
        is_ours = self.standing is not None and not of_database(self.sound, self.standing)
        return look_over(self.sound.live_path, self.sound.config.exclude) if is_ours else Look()

    @cached_property
    def known(self) -> Known:
        return look_at_git(self.companion, self.git_problems)

    @property
    def layout(self) -> Layout:
        return self.known.layout

    @cached_property
    def last(self) -> LastSync:
        return read_last_sync(self.git.state_directory)

    @cached_property
    def settings(self) -> dict[str, str]:
        """git's settings that hold here, in lower case, without those of our own command line."""
        listed = self.git.run("config", "--list", "--show-scope", "-z").text.split("\0")
        pairs = zip(listed[0::2], listed[1::2], strict=False)
        return dict(pair.partition("\n")[::2] for scope, pair in pairs if scope != "command")

    @cached_property
    def commit_times(self) -> dict[str, int]:
        """When each device by its name last committed, by its own clock, in milliseconds since 1970."""
        found: dict[str, int] = {}
        with ObjectReader(self.git) as reader:
            trees = LogTrees(self.git, reader)
            for tip in dict.fromkeys((*self.known.remotes, self.known.held)):
                for commit in trees.history(tip, most=_MOST_COMMITS) if tip else ():
                    if commit.author.endswith(_WROTE):
                        # The newest comes first; an older one may bear a later time, of a clock since mended.
                        found.setdefault(commit.author.removesuffix(_WROTE), commit.time * 1000)
        return found

    @property
    def remote(self) -> str:
        return self.companion.state.remote

    @property
    def has_remote(self) -> bool:
        return f"remote.{self.remote}.url" in self.settings

    @property
    def patience_seconds(self) -> float:
        """For the remote; nobody waits for a doctor as long as for a sync."""
        return min(_REMOTE_SECONDS, self.companion.config.remote_timeout_seconds)

    @cached_property
    def remote_answer(self) -> str | WaifusyncError | None:
        """Where the remote's branch is (None: it has none), or why it could not be asked."""
        state = self.companion.state
        try:
            return remote_tip(self.git, state.remote, state.branch, self.patience_seconds)
        except WaifusyncError as error:
            return error
