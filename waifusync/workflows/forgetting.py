"""`forget`, `restore`, `undo`: nothing is ever lost by them, since all they do is tell one entry more.

forget KEY       a deletion that has seen all that was said of the record; a private memory is put away here
restore KEY      all its fields anew, having seen the deletion; for one that is in the log only, no entry
restore --table  rows that went since the last commit, put back as if nothing had been; none went: all deleted
undo             the entries of the last deed, each answered by its opposite
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from waifusync.core.entry import Entry
from waifusync.errors import RefusedError, UsageError
from waifusync.memory.catalog import Catalog
from waifusync.memory.operations import Operation, last_operation
from waifusync.memory.private import forget_private, is_private, knows, restore_private
from waifusync.memory.records import Record, State
from waifusync.memory.reviving import Reviver
from waifusync.memory.rows import LiveTable
from waifusync.memory.settler import Settler
from waifusync.values import dataclass, field
from waifusync.workflows.companion import Companion
from waifusync.workflows.working import Work, at_work

_DELETED_ROWS = "SELECT key FROM waifusync_records WHERE tbl = ? AND state = 1 ORDER BY id"


class UnknownKey(UsageError):
    """No record on this device has this key."""


class NothingToUndo(RefusedError):
    """A person's verbs did nothing on this device that could be undone."""


@dataclass(slots=True)
class Changes:
    """Keys of records that went and that came back; `aside`: alive, but a constraint keeps its row out;
    `unchanged`: were so already; `left`: deleted earlier, and left so; `taken_back`: as before an edit."""

    verb: str = ""
    forgotten: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    left: int = 0
    taken_back: list[str] = field(default_factory=list)


def forget(companion: Companion, keys: Iterable[str]) -> Changes:
    """Deletes records on every device; all of the keys or, when one is unknown, none. Raises UnknownKey."""
    changes, (shared, private) = Changes("forget"), _apart(keys)
    with at_work(companion, "forget") as work:
        work.collect()
        with work.deed("forget") as catalog, work.reviver(catalog) as reviver:
            for record in _records(work, reviver, shared):
                _delete(reviver, record, changes)
            for key in _private(work, private):
                done = forget_private(work.memory.ledger, key)
                (changes.forgotten if done else changes.unchanged).append(key)
    return changes


def restore(companion: Companion, keys: Iterable[str], *, verb: str = "restore") -> Changes:
    """Brings back what was deleted, or is in the log only; all of the keys or none. Raises UnknownKey."""
    changes, (shared, private) = Changes(verb), _apart(keys)
    with at_work(companion, verb) as work:
        work.collect()
        with work.deed(verb) as catalog, work.reviver(catalog) as reviver:
            for record in _records(work, reviver, shared):
                _revive(reviver, record, changes)
            for key in _private(work, private):
                done = restore_private(work.memory.ledger, key)
                (changes.restored if done else changes.unchanged).append(key)
    return changes


def restore_table(companion: Companion, name: str) -> Changes:
    """Rows that were deleted since the last commit; if there are none, every deleted row of the table."""
    changes = Changes("restore")
    with at_work(companion, "restore") as work:
        if not _put_back(work, name, changes):
            work.collect()
            with work.deed("restore") as catalog, work.reviver(catalog) as reviver:
                for record in _deleted(work, _table(catalog, name)):
                    _revive(reviver, record, changes)
    return changes


def undo(companion: Companion) -> Changes:
    """Reverts the last thing that remember, forget, restore, import, resolve or undo did on this device."""
    with at_work(companion, "undo") as work:
        work.collect()
        with work.deed("undo") as catalog, work.settler(catalog) as settler:
            operation = _last(work)
            changes = Changes(operation.verb)
            for entry in _entries(work, operation):
                _answer(settler, operation, entry, changes)
    return changes


def _put_back(work: Work, name: str, changes: Changes) -> bool:
    """Without collecting first, which would tell the deletions, or refuse to."""
    with work.memory_transaction() as catalog, work.reviver(catalog) as reviver:
        table = _table(catalog, name)
        changes.restored = reviver.put_back(table)
        changes.left = len(_deleted(work, table)) if changes.restored else 0
    return bool(changes.restored)


def _table(catalog: Catalog, name: str) -> LiveTable:
    table = catalog.tables.get(name)
    if table is None:
        known = ", ".join(sorted(catalog.tables))
        raise UsageError(f"{name!r} is no table that is synced here", hint=f"tables: {known}")
    return table


def _deleted(work: Work, table: LiveTable) -> list[Record]:
    keys = work.memory.connection.execute(_DELETED_ROWS, (table.id,)).fetchall()
    return [record for (key,) in keys if (record := work.records.by_key(key)) is not None]


def _apart(keys: Iterable[str]) -> tuple[list[str], list[str]]:
    """Keys of what all devices know, and of what only this one does; each once."""
    once = list(dict.fromkeys(keys))
    return [key for key in once if not is_private(key)], [key for key in once if is_private(key)]


def _private(work: Work, keys: Sequence[str]) -> Sequence[str]:
    for key in keys:
        if not knows(work.memory.connection, key):
            raise _unknown(key)
    return keys


def _unknown(key: str) -> UnknownKey:
    return UnknownKey(f"no row here has the key {key!r}", hint="waifusync search and waifusync log show keys")


def _records(work: Work, reviver: Reviver, keys: Iterable[str]) -> Sequence[Record]:
    """Parents before children, which is how they were born."""
    found = []
    for key in keys:
        record = work.records.by_key(key)
        if record is None or not reviver.is_row(record):
            raise _unknown(key)
        found.append(record)
    return sorted(found, key=lambda record: record.age)


def _delete(reviver: Reviver, record: Record, changes: Changes) -> None:
    if record.state == State.DELETED:
        changes.unchanged.append(record.key)
        return
    reviver.delete(record)
    changes.forgotten.append(record.key)


def _revive(reviver: Reviver, record: Record, changes: Changes) -> None:
    if record.state not in (State.DELETED, State.SHELVED):
        changes.unchanged.append(record.key)
        return
    bring = reviver.revive if record.state == State.DELETED else reviver.take_shelved
    if bring(record) == State.ASIDE:
        changes.aside.append(record.key)
    else:
        changes.restored.append(record.key)


def _last(work: Work) -> Operation:
    operation = last_operation(work.memory.ledger)
    if operation is None or operation.device != work.memory.ledger.device:
        raise NothingToUndo(
            "there is nothing to undo on this device",
            hint="undo reverts remember, forget, restore, import, resolve and undo; pushes and pulls only "
            "carry what was done, and what came with one can be forgotten by its key: waifusync log",
        )
    return operation


def _entries(work: Work, operation: Operation) -> list[Entry]:
    """What the deed told. Raises RefusedError when a part of it is not here any more."""
    found = [work.sources.entry(operation.device, n) for n in range(operation.first, operation.last + 1)]
    entries = [entry for entry in found if entry is not None]
    if len(entries) < len(found):
        raise RefusedError(
            f"a part of what {operation.verb} did is not in the log of this device",
            hint="nothing was changed; waifusync verify shows what is missing",
        )
    return entries


def _answer(settler: Settler, operation: Operation, entry: Entry, changes: Changes) -> None:
    """The opposite of one entry; whoever did the same since, or the contrary, is left in peace."""
    record = settler.records.by_key(entry.key)
    if record is None:
        return
    if operation.verb != "import" and record.state != State.DELETED and settler.is_edit(entry):
        (changes.taken_back if settler.take_back(record, entry) else changes.unchanged).append(entry.key)
    elif not settler.is_row(record):
        return
    elif operation.verb == "resolve" and entry.fields is None and not settler.lived_before(entry):
        changes.unchanged.append(entry.key)
    elif entry.fields is None:
        _revive(settler, record, changes)
    elif operation.verb != "import" or (entry.adopted and record.number == entry.number):
        _delete(settler, record, changes)
