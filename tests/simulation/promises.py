"""What must hold when every device has everything."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

from tests.simulation.device import Device
from tests.simulation.view import Placed, View
from tests.simulation.world import BrokenPromise, Line, World
from waifusync.core import digest
from waifusync.core.fold import Folded, fold
from waifusync.core.learning.collections import TABLES
from waifusync.memory.catalog import load_catalog
from waifusync.memory.collections import TableCollection
from waifusync.memory.ledger import Ledger
from waifusync.memory.placing import Placer
from waifusync.memory.records import Records, StoredTouch


def check_at_rest(world: World, devices: Sequence[Device]) -> None:
    """Raises BrokenPromise."""
    _bring_together(devices)
    fresh = Device(world, "zzzzzzzz")
    try:
        fresh.store.take_from(devices[0].store)
        fresh.apply()
        _check_digests((*devices, fresh))
        _bring_back(devices)
        views = {device.id: View(device) for device in (*devices, fresh)}
        for view in views.values():
            view.check_itself()
        check_equal(views)
        check_against_pure_fold(fresh, views[devices[0].id])
    finally:
        fresh.stop()


def _bring_together(devices: Sequence[Device]) -> None:
    """Rounds of syncing; after two, nothing may be left to say."""
    for round_number in range(1, 5):
        made = sum(device.collect() for device in devices)
        for device in devices:
            for other in devices:
                device.store.take_from(other.store)
        for device in devices:
            device.apply()
        if made == 0:
            return
        if round_number > 2:
            raise BrokenPromise(f"round {round_number} of syncing without edits made {made} entries")


def check_equal(views: Mapping[str, View]) -> None:
    first_name, *others = views
    first = views[first_name]
    for name in others:
        _same(f"{first_name} and {name}: clashes", first.clashes, views[name].clashes)
        for table in sorted({*first.visible, *views[name].visible}):
            mine, theirs = first.visible.get(table, {}), views[name].visible.get(table, {})
            _same(f"{first_name} and {name}: {table}", mine, theirs)
        _same(f"{first_name} and {name}: set aside", first.aside, views[name].aside)


def _check_digests(devices: Sequence[Device]) -> None:
    digests = set()
    for device in devices:
        with device.memory() as memory:
            digests.add(memory.digest())
    if len(digests) != 1:
        raise BrokenPromise(f"digests differ: {digests}")


def _bring_back(devices: Sequence[Device]) -> None:
    """What was kept in the log only is in the tables again, and nobody has anything to say of it."""
    for device in devices:
        device.unshelve()
        if device.collect():
            raise BrokenPromise(f"{device.id}: a row that came back was told as something new")


def _same(what: str, mine: object, theirs: object) -> None:
    if mine == theirs:
        return
    if isinstance(mine, dict) and isinstance(theirs, dict):
        different = [key for key in sorted({*mine, *theirs}) if mine.get(key) != theirs.get(key)]
        shown = [(key, mine.get(key), theirs.get(key)) for key in different[:3]]
        raise BrokenPromise(f"{what} differ: {shown}")
    assert isinstance(mine, set) and isinstance(theirs, set)
    raise BrokenPromise(f"{what} differ: {sorted(mine - theirs)[:3]} {sorted(theirs - mine)[:3]}")


def check_against_pure_fold(fresh: Device, view: View) -> None:
    """The state that was carried from entry to entry is the fold of all entries at once."""
    by_record: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in fresh.store.in_order():
        by_record[line.entry.collection, line.entry.key].append(line)
    hasher = _Hasher(fresh)
    known = {(name, place.key): place for name, places in view.records.items() for place in places}
    clashes = set()
    for (name, key), lines in by_record.items():
        folded = fold(hasher.touch(line) for line in lines)
        clashes |= {_clash_row(key, clash) for clash in folded.clashes}
        if not name.startswith("waifusync:"):
            _check_record(view, name, known[name, key], folded)
            _check_accounted(lines, folded, key)
    _same("clashes carried and folded", view.clashes, clashes)


def _clash_row(key: str, clash: object) -> tuple[object, ...]:
    winner, loser = clash.winner, clash.loser  # type: ignore[attr-defined]
    return key, clash.field, winner.device, winner.number, loser.device, loser.number  # type: ignore[attr-defined]


def _check_record(view: View, name: str, placed: Placed, folded: Folded) -> None:
    if folded.alive != (placed.state != 1):
        raise BrokenPromise(
            f"{name} {placed.key} lives here: {placed.state != 1}, by the fold: {folded.alive}"
        )
    if not folded.alive:
        return
    hashes = view.catalog.tables[name].unpack(placed.fields)
    told = {field: each.hex() for field, each in hashes.items() if any(each)}
    expected = {field: winner.fields[field] for field, winner in folded.winners.items() if winner.fields}
    _same(
        f"{name} {placed.key}", told, {field: each for field, each in expected.items() if int(str(each), 16)}
    )


def _check_accounted(lines: Sequence[Line], folded: Folded, key: str) -> None:
    """Every field of every entry: it won, somebody who had seen it went on, or it is listed."""
    listed = {(clash.loser.device, clash.loser.number, clash.field) for clash in folded.clashes}
    for line in lines:
        for name in line.entry.fields or ():
            if not _is_accounted(line, name, lines, folded, listed):
                raise BrokenPromise(f"{key}.{name}: {line.entry.device} {line.entry.number} is nowhere")


def _is_accounted(
    line: Line, name: str, lines: Sequence[Line], folded: Folded, listed: set[tuple[str, int, str]]
) -> bool:
    entry, winner = line.entry, folded.winners.get(name)
    return (
        (winner is not None and (winner.device, winner.number) == (entry.device, entry.number))
        or any(other.entry.seen.get(entry.device, 0) >= entry.number for other in lines)
        or not listed.isdisjoint((entry.device, entry.number, each) for each in (name, ""))
        or _equal_value(lines, folded, name, entry.fields)
    )


def _equal_value(
    lines: Sequence[Line], folded: Folded, name: str, fields: Mapping[str, object] | None
) -> bool:
    winner = folded.winners.get(name)
    found = [
        line.entry.fields
        for line in lines
        if winner and (line.entry.device, line.entry.number) == (winner.device, winner.number)
    ]
    return bool(found and found[0] and fields and json.dumps(found[0][name]) == json.dumps(fields[name]))


class _Hasher:
    """Entries as the fold takes them, values as hashes, by way of a device's table definitions."""

    def __init__(self, device: Device) -> None:
        records = Records(Ledger(device.program))
        catalog = load_catalog(device.program, device.choices)  # type: ignore[arg-type]
        placer = Placer(records, catalog)
        self._collections = {
            name: TableCollection(table, placer, device.sources.vector)
            for name, table in catalog.tables.items()
        }

    def touch(self, line: Line) -> StoredTouch:
        entry = line.entry
        fields = None if entry.fields is None else {name: self._hash(line, name) for name in entry.fields}
        return StoredTouch(entry.device, entry.number, entry.time, entry.adopted, entry.seen, fields)

    def _hash(self, line: Line, name: str) -> str:
        value = (line.entry.fields or {})[name]
        if line.entry.collection == TABLES:
            return digest.field_hash(json.dumps(value, ensure_ascii=False, sort_keys=True)).hex()
        return self._collections[line.entry.collection].resolve(name, value, line.entry.device).hash.hex()
