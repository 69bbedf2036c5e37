"""The record of calls, `.git/waifusync/calls.jsonl`: this machine's own, bounded, without a text.

A line is appended in one write; a line cut short by a power cut is passed over. Losing the file loses
nothing but measurements.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

from waifusync.core.calls import Call, Outcome

_FILE = "calls.jsonl"
MOST_CALLS = 500
# Of which type each member is.
_LIKE = Call(0, "", "", Outcome.AWAY)
# Rewritten when it has grown to twice of what is kept; a line takes about 250 bytes.
_MOST_BYTES = 2 * MOST_CALLS * 256


def read_calls(directory: Path) -> list[Call]:
    """The newest calls, the oldest of them first; none where there is no record."""
    try:
        lines = (directory / _FILE).read_bytes().splitlines()
    except FileNotFoundError:
        return []
    return [call for call in map(_call, lines[-MOST_CALLS:]) if call is not None]


def note_calls(directory: Path, calls: Iterable[Call]) -> None:
    """Adds calls, and drops the oldest where there are too many."""
    path = directory / _FILE
    text = "".join(json.dumps(each._asdict()) + "\n" for each in calls).encode()
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, text)
        size = os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)
    if size > _MOST_BYTES:
        _cut(path)


def _cut(path: Path) -> None:
    """A call noted by another process at this very moment may go: a measurement, no more."""
    kept = path.read_bytes().splitlines(keepends=True)[-MOST_CALLS:]
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(b"".join(kept))
    beside.chmod(0o600)
    os.replace(beside, path)


def task_hash(device_id: str, task: str) -> str:
    """The same for the same task on this machine; keyed, so that lists of hashes are of no use elsewhere."""
    keyed = hashlib.blake2b(task.encode("utf-8", "replace"), key=device_id.encode()[:64], digest_size=8)
    return keyed.hexdigest()


def _call(line: bytes) -> Call | None:
    try:
        told = json.loads(line)
        call = Call(**{**told, "outcome": Outcome(told["outcome"])})
    except (ValueError, TypeError, LookupError):
        return None
    fits = all(_fits(value, like) for value, like in zip(call, _LIKE, strict=True))
    return call if fits else None


def _fits(value: object, like: object) -> bool:
    wanted = (int, float) if isinstance(like, float) else type(like)
    return isinstance(value, wanted) and not isinstance(value, bool)
