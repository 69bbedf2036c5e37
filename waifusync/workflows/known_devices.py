"""What git knows here of every device: how far its log goes, its last entry's time, what it had not seen."""

from __future__ import annotations

import json
import time

from waifusync.config import Layout
from waifusync.core import clock
from waifusync.memory.standing import Standing
from waifusync.values import NamedTuple
from waifusync.workflows.companion import Companion
from waifusync.workflows.log_trees import LogTrees
from waifusync.workflows.syncing.devices import created_in, name_devices, with_labels

# A device that pushed nothing in this many commits was away for long: how far it is behind is then unknown.
_MOST_COMMITS = 100


class Device(NamedTuple):
    """One device. `behind`: entries of others that it lacked as of its last push (this device: that it lacks
    now), `unsent`: changes it has not pushed; None where that cannot be known from here."""

    name: str
    id: str
    here: bool
    entries: int
    last_seen: int | None
    behind: int | None
    unsent: int | None

    def to_json(self) -> dict[str, object]:
        return self._asdict() | {"last_seen": iso(self.last_seen)}


class Known:
    """The commits that matter, and what their trees say; all empty when git cannot be read."""

    def __init__(
        self,
        *,
        held: str | None = None,
        branch: str | None = None,
        remotes: tuple[str, ...] = (),
        under_way: str | None = None,
        layout: Layout = Layout.LOG,
    ) -> None:
        self.layout = layout
        self.held = held
        self.branch = branch
        self.remotes = remotes
        self.under_way = under_way
        self.names: dict[str, str] = {}
        self.handed_over: list[dict[str, str]] = []
        self.numbers: dict[str, int] = {}
        self.remote_numbers: list[dict[str, int]] = []
        self.branch_lacks: dict[str, int] = {}
        self.last_times: dict[str, int] = {}
        self.behind: dict[str, int] = {}

    def read(self, trees: LogTrees, *, own: str) -> None:
        """Fills in everything below the constructor's arguments."""
        held = trees.last_numbers(self.held)
        branch = trees.last_numbers(self.branch)
        self.remote_numbers = [trees.last_numbers(sha) for sha in self.remotes]
        for numbers in (held, branch, *self.remote_numbers):
            for folder, number in numbers.items():
                self.numbers[folder] = max(number, self.numbers.get(folder, 0))
        self.branch_lacks = {f: n - branch.get(f, 0) for f, n in held.items() if n > branch.get(f, 0)}
        self._read_devices(trees, own)
        self._read_times(trees)
        self._read_behind(trees, own)

    @property
    def _commits(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(sha for sha in (self.held, self.branch, *self.remotes) if sha))

    def _read_devices(self, trees: LogTrees, own: str) -> None:
        files: dict[str, bytes] = {}
        for commit in reversed(self._commits):
            files |= trees.device_files(commit)
        folders = {*self.numbers, *files}
        names = with_labels(name_devices(folders, lambda folder: created_in(files.get(folder))), files)
        self.names = {folder: names[folder.rpartition("-")[2]] for folder in sorted(folders)}
        # Where nobody hands over, which is nearly always, nothing is imported for it.
        if any(b'"hand_over"' in content for content in files.values()):
            from waifusync.core.hand_over import waiting_for
            from waifusync.workflows.hand_overs import named, told_in

            found = waiting_for(own.rpartition("-")[2], told_in(files))
            self.handed_over = [named(each, names) for each in found]

    def _read_times(self, trees: LogTrees) -> None:
        for commit in self._commits:
            for folder, (segment, path) in trees.last_files(commit).items():
                if segment.last == self.numbers[folder] and folder not in self.last_times:
                    at = line_time(trees.last_line(commit, path))
                    if at is not None:
                        self.last_times[folder] = at

    def _read_behind(self, trees: LogTrees, own: str) -> None:
        """What the others' last commits did not have yet."""
        sought = {f"{name} (waifusync)": folder for folder, name in self.names.items() if folder != own}
        if self.held is None or not sought:
            return
        for commit in trees.history(self.held, most=_MOST_COMMITS):
            folder = sought.pop(commit.author, None)
            if folder is not None:
                had = trees.last_numbers(commit.sha)
                self.behind[folder] = sum(
                    max(0, number - had.get(each, 0))
                    for each, number in self.numbers.items()
                    if each != folder
                )
            if not sought:
                return


def known_devices(
    companion: Companion, known: Known, standing: Standing | None, *, unsent: int, unseen: int
) -> list[Device]:
    """This device first, then the others by name."""
    state = companion.state
    own = line_time((standing.last_line or "").encode()) if standing else None
    here = Device(
        name=state.name,
        id=state.id,
        here=True,
        entries=standing.heads.get(state.id, 0) if standing else known.numbers.get(state.folder, 0),
        last_seen=own if own is not None else known.last_times.get(state.folder),
        behind=unseen,
        unsent=unsent,
    )
    others = [_other(known, folder) for folder in known.names if folder != state.folder]
    return [here, *sorted(others, key=lambda each: (each.name, each.id))]


def _other(known: Known, folder: str) -> Device:
    return Device(
        name=known.names[folder],
        id=folder.rpartition("-")[2],
        here=False,
        entries=known.numbers.get(folder, 0),
        last_seen=known.last_times.get(folder),
        behind=known.behind.get(folder),
        unsent=None,
    )


def line_time(line: bytes) -> int | None:
    """The wall-clock part of a log line's time, in milliseconds since 1970."""
    try:
        return clock.milliseconds_of(clock.from_text(json.loads(line)["t"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def iso(milliseconds: int | None) -> str | None:
    """UTC, to the second."""
    if milliseconds is None:
        return None
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(milliseconds / 1000))
