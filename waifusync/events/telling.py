"""`emit`: one event to the file of this companion and to whoever subscribed in this process; never fails."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Mapping
from pathlib import Path

from waifusync.core.events import Event, Fact, checked_facts, is_name

_KEY_FILE = "events.key"
_KEY_BYTES = 32


def emit(state_directory: Path, name: str, facts: Mapping[str, Fact], *, companion: str = "") -> None:
    """After the commit of what it tells. A disk that is full or read-only is no reason to fail."""
    from waifusync.events import record, subscribing

    if not is_name(name):
        raise ValueError(f"{name!r} is no name of an event")
    with contextlib.suppress(OSError):
        told = checked_facts(facts, lambda text: hashed(state_directory, text))
        event = Event(name, time.time_ns() // 1_000_000, told, companion)
        subscribing.offer(event)
        record.note(state_directory, event)


def hashed(state_directory: Path, text: str) -> str:
    """The same for the same text on this machine; without the key, lists of hashes are of no use."""
    keyed = hashlib.blake2b(text.encode("utf-8", "replace"), key=_key(state_directory), digest_size=8)
    return f"#{keyed.hexdigest()}"


def _key(state_directory: Path) -> bytes:
    path = state_directory / _KEY_FILE
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        found = b""
    return found if len(found) == _KEY_BYTES else _new_key(path)


def _new_key(path: Path) -> bytes:
    """Written beside and linked, so that two processes agree on one; a damaged one is replaced."""
    key, beside = os.urandom(_KEY_BYTES), path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, key)
    finally:
        os.close(descriptor)
    try:
        os.link(beside, path)
    except FileExistsError:
        found = path.read_bytes()
        if len(found) == _KEY_BYTES:
            return found
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    return key
