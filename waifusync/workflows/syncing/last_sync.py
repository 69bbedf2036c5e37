"""How the last exchange went on this device: `.git/waifusync/last_sync.json`, for `status` to tell.

Written at the end of every exchange, so that a sync that fails unattended, night after night, is seen.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from waifusync.errors import WaifusyncError
from waifusync.workflows.local_state import write_atomically

_FILE = "last_sync.json"


class LastError(NamedTuple):
    """What stopped the last exchange; `since` is when the failures began, in milliseconds since 1970."""

    at: int
    since: int
    purpose: str
    error: str
    hint: str
    code: int


class LastSync(NamedTuple):
    """`success`: when the remote was last reached, in milliseconds since 1970; `times`: how often it was."""

    success: int | None = None
    times: int = 0
    error: LastError | None = None
    warnings: tuple[str, ...] = ()
    untrusted: tuple[str, ...] = ()


def read_last_sync(directory: Path) -> LastSync:
    """What is remembered; nothing, where there is no file or a damaged one."""
    try:
        facts = json.loads((directory / _FILE).read_text(encoding="utf-8"))
        error = facts.pop("error")
        return LastSync(
            success=facts["success"],
            times=facts["times"],
            error=LastError(**error) if error else None,
            warnings=tuple(map(str, facts["warnings"])),
            untrusted=tuple(map(str, facts["untrusted"])),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return LastSync()


def write_last_sync(directory: Path, last: LastSync) -> None:
    """Atomically. It only informs, so a disk that does not take it stops nothing."""
    facts = last._asdict() | {"error": last.error._asdict() if last.error else None}
    if not directory.is_dir():  # moved away meanwhile: nothing may stand where it is put back
        return
    with contextlib.suppress(OSError):
        write_atomically(directory / _FILE, json.dumps(facts, ensure_ascii=False) + "\n")


def note_reached(directory: Path, now: int) -> None:
    """The remote answered, and had nothing new."""
    last = read_last_sync(directory)
    if last.error is None:
        write_last_sync(directory, last._replace(success=now))


class Findings(NamedTuple):
    """What an exchange that came to its end has to say."""

    asked_remote: bool
    warnings: list[str]
    untrusted: list[str]


@contextlib.contextmanager
def remembered(directory: Path, purpose: str, now: Callable[[], int]) -> Iterator[Callable[[Findings], None]]:
    """Notes how the block ends; it calls what it is given when it came to its end."""
    before = read_last_sync(directory)
    found: list[Findings] = []
    try:
        yield found.append
    except WaifusyncError as error:
        since = before.error.since if before.error else now()
        noted = LastError(now(), since, purpose, error.message, error.hint, int(error.code))
        write_last_sync(directory, before._replace(error=noted))
        raise
    for findings in found:
        write_last_sync(directory, _after(before, findings, now()))


def _after(before: LastSync, findings: Findings, now: int) -> LastSync:
    """A commit without the remote proves nothing about the remote: what that said last still stands."""
    reached = findings.asked_remote
    return LastSync(
        success=now if reached else before.success,
        times=before.times + reached,
        error=None if reached else before.error,
        warnings=tuple(findings.warnings),
        untrusted=tuple(findings.untrusted),
    )
