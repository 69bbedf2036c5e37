"""The file that an internal error leaves behind: places in the program and kinds of errors, nothing else.

An error's message may quote a memory or a secret ("invalid literal for int(): 'dear diary…'"), and the file
is made to be sent to strangers. It lies with the companion's local state, else with the temporary files.
"""

from __future__ import annotations

import os
import platform
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

from waifusync import __version__


def describe(error: BaseException, *, command: str, arguments: Sequence[str]) -> tuple[str, str]:
    """The message and the hint for a person; writes the file that the hint names."""
    message = f"internal error: {_kind(error)}{_place(error)}"
    try:
        path = _write(_text(error, command), _folder(arguments))
    except OSError:
        return message, "this is a bug in waifusync; please report this line"
    return message, f"this is a bug in waifusync; what to report is in {path} (it quotes no memory)"


def _text(error: BaseException, command: str) -> str:
    system = f"{platform.system()} {platform.machine()}"
    lines = [
        f"waifusync {__version__}, Python {platform.python_version()}, {system}",
        f"command: {command or 'none'}",
    ]
    link: BaseException | None = error
    told: list[BaseException] = []
    while link is not None and link not in told:
        told.append(link)
        lines += ["", _kind(link), *_frames(link)]
        link = link.__cause__ or link.__context__
    return "\n".join(lines) + "\n"


def _frames(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)
    return [f"  {_short(each.filename)} line {each.lineno} in {each.name}" for each in frames]


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f" in {_short(frames[-1].filename)} line {frames[-1].lineno}" if frames else ""


def _kind(error: BaseException) -> str:
    number = f" {error.errno}" if isinstance(error, OSError) else ""
    return f"{type(error).__name__}{number}"


def _short(filename: str) -> str:
    """From the package on: where it is installed names the person."""
    parts = Path(filename).parts
    return "/".join(parts[-3:])


def _write(text: str, folder: str | None) -> str:
    descriptor, path = tempfile.mkstemp(prefix="waifusync-bug-", suffix=".txt", dir=folder)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def _folder(arguments: Sequence[str]) -> str | None:
    """The local state of the companion we are in; None, the temporary files, where there is none."""
    asked = arguments[arguments.index("-C") + 1] if "-C" in arguments[:-1] else "."
    here = Path(asked).absolute()
    for place in (here, *here.parents):
        state = place / ".git" / "waifusync"
        if state.is_dir() and os.access(state, os.W_OK):
            return str(state)
    return None
