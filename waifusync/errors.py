"""One family of errors: what happened, a hint, the facts as attributes, and an exit code.

Raised low, printed once (in cli/). Messages are lower case, without a full stop, and never hold a secret
or the text of a memory. A conflict is a result, not an error.
"""

from __future__ import annotations

import enum


class ExitCode(enum.IntEnum):
    """What a command's exit status tells a script."""

    DONE = 0
    CONFLICTS = 1
    USAGE = 2
    REFUSED = 3
    UNREACHABLE = 4
    UNTRUSTED = 5
    BUG = 70
    INTERRUPTED = 130


class WaifusyncError(Exception):
    """Anything a person can be told in one line, with what to do about it."""

    code = ExitCode.REFUSED

    def __init__(self, message: str, *, hint: str = "", **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.facts = facts


class UsageError(WaifusyncError):
    """Asked for wrongly: nothing was done."""

    code = ExitCode.USAGE


class RefusedError(WaifusyncError):
    """Possible, but it could cost data: nothing was done."""

    code = ExitCode.REFUSED


class UnreachableError(WaifusyncError):
    """The other side could not be reached; everything is safe here."""

    code = ExitCode.UNREACHABLE


class UntrustedError(WaifusyncError):
    """Stored data is not what it was when it was written."""

    code = ExitCode.UNTRUSTED
