"""`search`: looks through the memories, also through those of a second ago."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone

from waifusync.errors import RefusedError, UsageError
from waifusync.log.source import device_id
from waifusync.memory.duplicates import Duplicates
from waifusync.memory.live import LiveMemory
from waifusync.memory.private_search import search_private
from waifusync.memory.search import Found, Wanted, search
from waifusync.memory.search_index import COLUMNS
from waifusync.memory.shelved import shelved_counts
from waifusync.values import dataclass, field, replace
from waifusync.workflows.companion import Companion
from waifusync.workflows.device_facts import DeviceFacts, all_facts
from waifusync.workflows.remembering import memories_table
from waifusync.workflows.working import at_work

_INDEX = "search.db"


@dataclass(slots=True)
class Results:
    """What was found, the best first; names of devices by local numbers; what a person should know; and how
    many memories were not looked through, because they are in the log only."""

    found: list[Found] = field(default_factory=list)
    names: Mapping[int, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    shelved: int = 0

    def shapes(self) -> list[dict[str, object]]:
        """The documented shape of each line of `search --json`."""
        return [self._shape(each) for each in self.found]

    def _shape(self, found: Found) -> dict[str, object]:
        device = found.device if found.device is not None else self.names.get(found.born)
        facts = {"key": found.key, "timestamp": found.timestamp, "device": device}
        facts |= {"conversation": found.conversation, "model": found.model}
        texts = dict(zip(COLUMNS, found.texts, strict=True))
        more = {"rank": found.rank, "private": found.is_private, "duplicates": list(found.duplicates)}
        return {**facts, **texts, **more}


def search_memories(companion: Companion, wanted: Wanted, *, every: bool = False) -> Results:
    """Raises UsageError for an empty query. `wanted.devices` is filled in here. `every`: duplicates too."""
    if not wanted.query.strip():
        raise UsageError("there is nothing to look for", hint="waifusync search WORDS")
    results = Results()
    _tell_what_is_new(companion, results)
    with companion.memory() as memory:
        known = all_facts(companion)
        results.names = _device_names(known, memory)
        names = _names_of(known, wanted.device)
        devices = tuple(number for number, name in results.names.items() if name in names)
        table = memories_table(memory.catalog())
        results.shelved = shelved_counts(memory.ledger).get(table.name, 0)
        index = companion.git.state_directory / _INDEX
        query = wanted.query.encode("utf-8", "replace").decode()
        chosen = replace(wanted, devices=devices, also_called=names, query=query)

        def look(limit: int) -> list[Found]:
            within = replace(chosen, limit=limit)
            found = search(index, companion.live_path, memory.ledger, table, within)
            found += search_private(companion.live_path, memory.ledger, within)
            return sorted(found, key=lambda each: each.rank)[:limit]

        once = Duplicates(memory.connection, table)
        results.found = look(wanted.limit) if every else once.first(look, wanted.limit)
    return results


def _tell_what_is_new(companion: Companion, results: Results) -> None:
    """What was said a second ago gets its key, and so is found; searching goes on where that cannot be."""
    try:
        with at_work(companion, "search") as work:
            if work.memory.has_changes():
                work.collect()
    except RefusedError as error:
        results.warnings.append(f"what programs wrote lately was not looked through: {error.message}")


def _names_of(known: Sequence[DeviceFacts], name: str | None) -> tuple[str, ...]:
    """All that the device of this name was ever called; the name alone where no device has it."""
    if name is None:
        return ()
    found = next((each for each in known if name in (each.name, each.first_name, *each.aliases)), None)
    return (name,) if found is None else (name, found.name, found.first_name, *found.aliases)


def _device_names(known: Sequence[DeviceFacts], memory: LiveMemory) -> dict[int, str]:
    names = {device_id(each.folder): each.name for each in known}
    numbers = memory.connection.execute("SELECT id, device FROM waifusync_devices").fetchall()
    return {number: names.get(device, device) for number, device in numbers}


def instant(text: str, *, is_end: bool = False) -> str:
    """A date or a time as SQLite compares it; without a zone it is UTC. The end of a date is the next one.

    Raises UsageError.
    """
    try:
        moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        raise UsageError(
            f"{text!r} is no date", hint="write 2026-01-31, or 2026-01-31T18:30, or with a zone: …+01:00"
        ) from None
    if is_end and len(text.strip()) == len("2026-01-31"):
        moment += timedelta(days=1)
    in_utc = moment.replace(tzinfo=moment.tzinfo or timezone.utc).astimezone(timezone.utc)
    return in_utc.replace(tzinfo=None).isoformat(timespec="milliseconds")
