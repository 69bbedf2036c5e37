"""Every way a command can fail, as one line for a person and one exit code. Nothing else prints an error.

    WaifusyncError       what it says
    interrupted          130
    reader gone          141, silently, as every Unix tool under `| head`
    full disk, rights…   the tables below
    anything else        70: a bug. What to report goes into a file, never on the screen.

The file names places in the program and kinds of errors, not their messages: those may quote a memory.
"""

from __future__ import annotations

import errno
import itertools
import os
import sys
from collections.abc import Sequence

from waifusync.cli import output
from waifusync.errors import ExitCode, RefusedError, UntrustedError, WaifusyncError

READER_GONE = 141  # 128 + SIGPIPE


class _Interrupted(WaifusyncError):
    code = ExitCode.INTERRUPTED


class _Bug(WaifusyncError):
    code = ExitCode.BUG


_SYSTEM_ERRORS = {
    errno.ENOSPC: ("no space left on the device", "make room, then run the command again: nothing was lost"),
    errno.EDQUOT: ("the disk quota is used up", "make room, then run the command again: nothing was lost"),
    errno.EFBIG: ("no file may grow that large here", "raise the limit (ulimit -f), then run it again"),
    errno.EROFS: ("the file system is read-only", "mount it writable, or work in another place"),
    errno.EACCES: ("permission denied", "check who owns the file and its directory"),
    errno.EPERM: ("permission denied", "check who owns the file and its directory"),
    errno.EIO: ("the disk failed to read or write", "check the disk before anything else, and have a copy"),
    errno.EMFILE: ("too many open files", "raise the limit (ulimit -n), then run the command again"),
}

# By how sqlite3's messages begin: its error codes have names only since Python 3.11.
_SQLITE_ERRORS: tuple[tuple[str, type[WaifusyncError], str, str], ...] = (
    ("database or disk is full", RefusedError, *_SYSTEM_ERRORS[errno.ENOSPC]),
    (
        "attempt to write a readonly database",
        RefusedError,
        "the database is read-only",
        "check who owns the file and its directory",
    ),
    (
        "unable to open database file",
        RefusedError,
        "the database cannot be opened",
        "check that its directory exists and is writable",
    ),
    (
        "database is locked",
        RefusedError,
        "another program keeps the database locked",
        "wait until it has finished writing, then run the command again",
    ),
    (
        "database disk image is malformed",
        UntrustedError,
        "the database is damaged",
        "run 'waifusync doctor' before anything writes to it",
    ),
    (
        "file is not a database",
        UntrustedError,
        "the file is not an SQLite database, or it is encrypted",
        "check that this is the file you meant",
    ),
    ("disk I/O error", RefusedError, *_SYSTEM_ERRORS[errno.EIO]),
    ("locking protocol", RefusedError, *_SYSTEM_ERRORS[errno.EIO]),
)


def report(error: BaseException, *, command: str, arguments: Sequence[str]) -> int:
    """Says once what went wrong, in the way asked for; returns the exit code."""
    if isinstance(error, output.ReaderGone):
        code = READER_GONE
    else:
        known_error = known(error, command=command, arguments=arguments)
        _print(known_error, is_json=_wants_json(arguments))
        code = int(known_error.code)
    _settle_stdout()
    return code


def known(error: BaseException, *, command: str, arguments: Sequence[str]) -> WaifusyncError:
    """Any failure as one of the family; for a bug, what to report is written into a file."""
    return _known(error) or _bug(error, command, arguments)


def _known(error: BaseException) -> WaifusyncError | None:
    if isinstance(error, KeyboardInterrupt):
        return _Interrupted("interrupted")
    return error if isinstance(error, WaifusyncError) else explain(error)


def _bug(error: BaseException, command: str, arguments: Sequence[str]) -> WaifusyncError:
    from waifusync.cli import bug_report

    message, hint = bug_report.describe(error, command=command, arguments=arguments)
    return _Bug(message, hint=hint)


def _wants_json(arguments: Sequence[str]) -> bool:
    """Asked of the arguments themselves, since reading them may be what failed."""
    return "--json" in itertools.takewhile(lambda argument: argument != "--", arguments)


def _print(error: WaifusyncError, *, is_json: bool) -> None:
    """With --json the error is the answer, so it goes to stdout as one object, if stdout takes anything."""
    if is_json:
        try:
            output.answer_json({"error": error.message, "hint": error.hint, "code": int(error.code)})
            output.flush()
            return
        except (OSError, output.ReaderGone):
            pass
    output.complain(error.message, error.hint)


def explain(error: BaseException) -> WaifusyncError | None:
    """What the system refused, told as ours; None for what nobody foresaw."""
    if isinstance(error, MemoryError):
        return RefusedError(
            "there is not enough memory", hint="close other programs, then run the command again"
        )
    if isinstance(error, OSError) and error.errno in _SYSTEM_ERRORS:
        message, hint = _SYSTEM_ERRORS[error.errno]
        return RefusedError(f"{message}{_where(error)}", hint=hint)
    sqlite3 = sys.modules.get("sqlite3")  # who raised its error has imported it
    if sqlite3 is not None and isinstance(error, sqlite3.Error):
        return _translate_sqlite(str(error))
    return None


def _translate_sqlite(text: str) -> WaifusyncError | None:
    for beginning, family, message, hint in _SQLITE_ERRORS:
        if text.startswith(beginning):
            return family(message, hint=hint)
    return None


def _where(error: OSError) -> str:
    return (
        f": {output.plain(os.fsdecode(error.filename))}" if isinstance(error.filename, (str, bytes)) else ""
    )


def _settle_stdout() -> None:
    """Python flushes stdout once more as it ends; where that would fail, it would complain on stderr."""
    try:
        output.flush()
    except (OSError, output.ReaderGone):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
