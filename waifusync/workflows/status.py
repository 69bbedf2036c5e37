"""How things stand: this device, the others, what waits, what is wrong, and the one command to run next.

Looks only: two git processes, no network, no lock, nothing changed but sync_status.json, and that only when
it would say something else.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from waifusync.config import Layout
from waifusync.memory.standing import Standing
from waifusync.values import NamedTuple
from waifusync.workflows.companion import LINK, Companion, wall_clock
from waifusync.workflows.known_devices import Device, Known, iso, known_devices
from waifusync.workflows.local_state import write_atomically
from waifusync.workflows.looking import entries_outside_git, look_at_database, look_at_git
from waifusync.workflows.syncing.last_sync import LastSync, read_last_sync
from waifusync.workflows.trouble_here import Problem, find_problems, find_warnings, gravest

STATUS_FILE = "shared_memory/sync_status.json"
FORMAT = 1


class Status(NamedTuple):
    """`problems` need a person, `warnings` do not; `next` is the one command to run, None when there is
    nothing to do. `standing` is None when the live database cannot be read."""

    companion: Companion
    standing: Standing | None
    devices: list[Device]
    unsent: int
    unseen: int
    outbox: int
    last: LastSync
    problems: list[Problem]
    warnings: list[str]
    next: str | None
    layout: Layout
    # Whether something was said in a session of this device that is in no commit yet.
    has_new_turns: bool
    # What other devices left to this one; waifusync pickup takes it.
    handed_over: list[dict[str, str]]

    @property
    def snapshot_bytes(self) -> int | None:
        """What a commit adds to git, before compression; None where it adds only what is new."""
        place = self.companion.root / LINK
        is_there = self.layout is Layout.DATABASE and place.is_file()
        return place.stat().st_size if is_there else None

    @property
    def exit_code(self) -> int:
        """Damage before what was refused before what can wait."""
        return gravest(problem.code for problem in self.problems)

    @property
    def conflicts(self) -> int:
        return sum(self.standing.clashes.values()) if self.standing else 0


def read_status(companion: Companion, *, besides: Sequence[Problem] = ()) -> Status:
    """Raises nothing for what is wrong with the companion: that is in the status.

    `besides` are problems of what runs by itself, which the caller knows of.
    """
    problems: list[Problem] = []
    last = read_last_sync(companion.git.state_directory)
    standing = look_at_database(companion, problems)
    known = look_at_git(companion, problems)
    unsent, unseen = _unsent(companion, standing, known), _unseen(companion, standing, known)
    outbox = entries_outside_git(companion, standing, known)
    has_new_turns = _has_new_turns(companion, standing)
    is_busy = bool(unsent or unseen or outbox or has_new_turns)
    problems += find_problems(companion, known.layout, standing, last, now=wall_clock())
    problems += besides
    warnings = find_warnings(companion, standing, known, last)
    return Status(
        companion,
        standing,
        known_devices(companion, known, standing, unsent=unsent, unseen=unseen),
        unsent,
        unseen,
        outbox,
        last,
        problems,
        warnings,
        _next(companion, standing, known, problems, busy=is_busy, outbox=outbox or has_new_turns),
        known.layout,
        has_new_turns,
        known.handed_over,
    )


def _unsent(companion: Companion, standing: Standing | None, known: Known) -> int:
    """Changes of this device's that no known remote has, and rows that were touched since."""
    if standing is None:
        return 0
    folder, head = companion.state.folder, standing.heads.get(companion.state.id, 0)
    if any(numbers.get(folder, 0) >= head for numbers in known.remote_numbers):
        return standing.marked
    return max(0, standing.changes - standing.pushed_changes) + standing.marked


def _has_new_turns(companion: Companion, standing: Standing | None) -> bool:
    if standing is None or not (companion.git.state_directory / "sessions").is_dir():
        return False
    from waifusync.workflows.sessions.files import stamp_of_sessions

    stamp = stamp_of_sessions(companion.git, companion.state.folder)
    return bool(stamp) and stamp != standing.own_files


def _unseen(companion: Companion, standing: Standing | None, known: Known) -> int:
    """Entries in the branch or in what is known of the remote that the live database does not hold."""
    heads: Mapping[str, int] = standing.heads if standing else {}
    return sum(
        max(0, number - heads.get(folder.rpartition("-")[2], 0)) for folder, number in known.numbers.items()
    )


def _next(
    companion: Companion,
    standing: Standing | None,
    known: Known,
    problems: list[Problem],
    *,
    busy: bool,
    outbox: int,
) -> str | None:
    for problem in problems:
        if problem.command:
            return problem.command
    here = standing is not None and bool(standing.marked or standing.schema_changed)
    if not has_remote(companion):
        return "waifusync commit" if here or outbox else "git remote add origin URL"
    is_apart = known.branch != known.held or (known.held is not None and known.held not in known.remotes)
    is_older = standing is not None and standing.applied != known.held
    return "waifusync sync" if busy or here or is_apart or is_older else None


def has_remote(companion: Companion) -> bool:
    """Whether git's own settings name one; read without git, which would cost a process."""
    try:
        text = (companion.git.common_dir / "config").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return f'[remote "{companion.state.remote}"]' in text


def to_json(status: Status) -> dict[str, object]:
    """The documented shape of `status --json`, and of sync_status.json."""
    standing, state = status.standing, status.companion.state
    error = status.last.error
    return {
        "device": state.name,
        "id": state.id,
        "layout": status.layout.value,
        "digest": standing.digest if standing else None,
        "rows": standing.rows if standing else {},
        "unsent": status.unsent,
        "unseen": status.unseen,
        "conflicts": status.conflicts,
        "devices": [each.to_json() for each in status.devices],
        "waiting": {
            "marked": standing.marked if standing else 0,
            "outbox": status.outbox,
            "set_aside": [each._asdict() for each in standing.set_aside] if standing else [],
            "references": standing.waiting if standing else {},
        },
        "shelved": standing.shelved if standing else {},
        "handed_over": status.handed_over,
        "problems": [
            {"problem": each.text, "hint": each.hint, "code": each.code} for each in status.problems
        ],
        "warnings": status.warnings,
        "last_success": iso(status.last.success),
        "last_error": None
        if error is None
        else {
            "at": iso(error.at),
            "since": iso(error.since),
            "times": error.times,
            "by": error.purpose,
            "error": error.error,
            "hint": error.hint,
            "code": error.code,
        },
        "next": status.next,
        "code": status.exit_code,
    }


def write_sync_status(status: Status) -> bool:
    """shared_memory/sync_status.json, where it would say something else; False when nothing was written."""
    path = status.companion.root / STATUS_FILE
    text = json.dumps({"format": FORMAT, **to_json(status)}, ensure_ascii=False, indent=1) + "\n"
    try:
        if _content(path) == text:
            return False
        _put(text, status.companion.git.state_directory / path.name, path)
    except OSError:  # it only informs, and the answer is on the screen
        return False
    return True


def _put(text: str, staged: Path, path: Path) -> None:
    """Staged where git does not look, so that nothing is left among the person's files by a crash."""
    write_atomically(staged, text)
    try:
        os.replace(staged, path)
    except OSError:  # another file system
        write_atomically(path, text)


def _content(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
