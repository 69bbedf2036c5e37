"""What belongs to this machine alone: who it is here and where its live database lies. Never committed."""

from __future__ import annotations

import json
import os
from pathlib import Path

from waifusync.errors import UntrustedError, UsageError
from waifusync.values import NamedTuple

_FILE = "device.json"
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_ID_LENGTH = 8
_NAME_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_LONGEST_NAME = 32


class LocalState(NamedTuple):
    """`folder` names this device's folders, `<first name>-<id>`, and stays when the name changes.
    `live` is the live database's path, relative to the state directory unless it lies elsewhere."""

    id: str
    name: str
    folder: str
    companion: str
    branch: str = "main"
    remote: str = "origin"
    live: str = "memory.db"
    format: int = 1


def new_device_id() -> str:
    """Forty random bits in lower-case letters and digits that every file system tells apart."""
    import secrets  # 9 ms, for what happens once

    return "".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH))


def check_device_name(name: str) -> str:
    """The name as it is stored; raises UsageError for one that some file system could not hold."""
    lowered = name.strip().lower()
    ends_well = lowered[:1].isalnum() and lowered[-1:].isalnum()
    if not ends_well or len(lowered) > _LONGEST_NAME or not _NAME_LETTERS.issuperset(lowered):
        raise UsageError(
            f"{name!r} cannot be a device's name",
            hint="use up to 32 letters a to z, digits and hyphens, such as jetson or work-laptop",
        )
    return lowered


def read_local_state(directory: Path) -> LocalState | None:
    """None where no companion was set up on this machine; raises UntrustedError for a damaged file."""
    try:
        text = (directory / _FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        return LocalState(**json.loads(text))
    except (ValueError, TypeError):
        raise UntrustedError(
            f"{directory / _FILE} cannot be read",
            hint="put it back from a backup, or move it aside and run: waifusync join",
        ) from None


def write_local_state(directory: Path, state: LocalState) -> None:
    write_atomically(directory / _FILE, json.dumps(state._asdict(), indent=1) + "\n")


def write_atomically(path: Path, text: str, *, beside: Path | None = None) -> None:
    """A reader sees the old file or the new one, also after the power went.

    Meanwhile it lies in the folder `beside`, of the same file system; the file's own unless given.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = (beside or path.parent) / f".{path.name}.{os.getpid()}"
    try:
        with new.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)
