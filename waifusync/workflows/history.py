"""`log`: what each device did, newest first, read backwards only as far as is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from waifusync.core import clock
from waifusync.core.entry import Entry
from waifusync.core.learning.collections import TABLES
from waifusync.values import dataclass
from waifusync.workflows.past import Past, iso_milliseconds, shown, what_was_done


@dataclass(frozen=True, slots=True)
class Wanted:
    """Filters; None is no filter. Times in milliseconds since 1970, both included."""

    device: str | None = None
    table: str | None = None
    key: str | None = None
    since: int | None = None
    until: int | None = None
    most: int | None = None


def history(past: Past, wanted: Wanted) -> Iterator[Entry]:
    """The entries that pass, newest first. Raises UsageError for a device that is not known."""
    devices = None if wanted.device is None else past.ids_of(wanted.device)
    return islice(_passing(past.newest_first(devices), wanted), wanted.most)


def _passing(entries: Iterator[Entry], wanted: Wanted) -> Iterator[Entry]:
    for entry in entries:
        at = clock.milliseconds_of(entry.time)
        if wanted.since is not None and at < wanted.since:
            return
        if (
            (wanted.until is None or at <= wanted.until)
            and wanted.table in (None, entry.collection)
            and wanted.key in (None, entry.key)
        ):
            yield entry


def to_json(past: Past, entry: Entry, *, text: bool) -> dict[str, object]:
    """The documented shape of a line of `log --json`."""
    told: dict[str, object] = {
        "device": past.name(entry.device),
        "id": entry.device,
        "number": entry.number,
        "time": iso_milliseconds(clock.milliseconds_of(entry.time)),
        "table": entry.collection,
        "key": entry.key,
        "what": what_was_done(entry),
        "fields": sorted(entry.fields or ()),
    }
    return told | {"text": text_of(entry)} if text else told


def text_of(entry: Entry) -> str:
    """What was written, in the order of the line; descriptions of tables have none."""
    if entry.collection == TABLES:
        return ""
    told = ((name, value) for name, value in (entry.fields or {}).items() if value is not None)
    return " · ".join(f"{name}: {shown(value)}" for name, value in told)
