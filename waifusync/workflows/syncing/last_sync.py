"""How the last exchange went on this device: `.git/waifusync/last_sync.json`, for `status` to tell.

Written at the end of every exchange, so that a sync that fails unattended, night after night, is seen. What
fails before there is an exchange is noted by whoever started it.
"""

from __future__ import annotations

import contextlib
import errno
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from waifusync.errors import ExitCode, WaifusyncError
from waifusync.repository.trouble import GitNotLetIn
from waifusync.values import NamedTuple
from waifusync.workflows.local_state import write_atomically
from waifusync.workflows.unchanged import forget_level, last_reached

_FILE = "last_sync.json"
_FULL = (errno.ENOSPC, errno.EDQUOT)
_NOTED = "noted"


class LastError(NamedTuple):
    """What stopped the last exchange; `since` is when the failures began, in milliseconds since 1970, and
    `times` how many came since. `will_last`: waiting alone does not end it, such as a key that is gone."""

    at: int
    since: int
    purpose: str
    error: str
    hint: str
    code: int
    times: int = 1
    will_last: bool = True


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
            success=facts["success"] if error else _later(facts["success"], last_reached(str(directory))),
            times=facts["times"],
            error=LastError(**error) if error else None,
            warnings=tuple(map(str, facts["warnings"])),
            untrusted=tuple(map(str, facts["untrusted"])),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return LastSync()


def _later(noted: int | None, reached: int | None) -> int | None:
    return max((each for each in (noted, reached) if each is not None), default=None)


def write_last_sync(directory: Path, last: LastSync) -> None:
    """Atomically, if the disk has room. It only informs, so a disk that does not take it stops nothing."""
    facts = last._asdict() | {"error": last.error._asdict() if last.error else None}
    if last.error is not None:
        forget_level(str(directory))
    if not directory.is_dir():  # moved away meanwhile: nothing may stand where it is put back
        return
    text = json.dumps(facts, ensure_ascii=False) + "\n"
    try:
        write_atomically(directory / _FILE, text)
    except OSError as error:
        if error.errno in _FULL:
            _write_in_place(directory / _FILE, text)


def _write_in_place(path: Path, text: str) -> None:
    """A full disk is what a person has to learn of, and the file has its block on it already."""
    with contextlib.suppress(OSError), path.open("r+", encoding="utf-8") as file:
        file.write(text)
        file.truncate()


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
def remembered(
    directory: Path, purpose: str, now: Callable[[], int], *, of_remote: bool = True
) -> Iterator[Callable[[Findings], None]]:
    """Notes how the block ends; it calls what it is given when it came to its end.

    `of_remote` False: with another side, whose failures whoever asked sees, and no answer of the remote ends.
    """
    before = read_last_sync(directory)
    found: list[Findings] = []
    try:
        yield found.append
    except WaifusyncError as error:
        if of_remote:
            note_failure(directory, purpose, error, now())
        raise
    for findings in found:
        reached = findings.asked_remote and of_remote
        write_last_sync(directory, _after(before, findings._replace(asked_remote=reached), now()))


def note_failure(directory: Path, purpose: str, error: WaifusyncError, now: int) -> None:
    """On top of what failed before, until an exchange reaches the remote. Once for each error."""
    if error.facts.get(_NOTED):
        return
    error.facts[_NOTED] = True
    before = read_last_sync(directory)
    since, times = (before.error.since, before.error.times) if before.error else (now, 0)
    will_last = error.code != ExitCode.UNREACHABLE or isinstance(error, GitNotLetIn)
    noted = LastError(now, since, purpose, error.message, error.hint, int(error.code), times + 1, will_last)
    write_last_sync(directory, before._replace(error=noted))


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
