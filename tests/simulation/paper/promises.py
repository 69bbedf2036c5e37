"""What must hold when every device has everything; the rules of docs/formats.md in their plainest form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tests.simulation.paper.device import BrokenPromise, Record, State
from tests.simulation.paper.history import World
from waifusync.core.entry import Entry
from waifusync.core.fold import Folded


class Plain(NamedTuple):
    """A record by the rules: whether it lives, and for each field the heads, the one that is shown first."""

    alive: bool
    heads: Mapping[str, tuple[object, ...]]
    overruled: frozenset[tuple[str, int]]


def check(world: World) -> dict[Record, Plain]:
    """Raises BrokenPromise; what it all came to, by the rules."""
    first = world.devices[0].state
    entries = {record: _facts(each.values()) for record, each in first.entries.items()}
    for device in world.devices[1:]:
        mine = {record: _facts(each.values()) for record, each in device.state.entries.items()}
        if mine != entries or device.held != world.devices[0].held:
            raise BrokenPromise(f"{device.id} and {world.devices[0].id} hold different entries")
    _check_written(world, first)
    for record, each in first.entries.items():
        _check_known(world, record, list(each.values()))
    plain = {record: plainly(list(each.values())) for record, each in first.entries.items()}
    for record, expected in plain.items():
        _check_fold(record, first.folded(record), expected)
    return plain


def _facts(entries: Iterable[Entry]) -> set[tuple[str, int, int]]:
    return {(each.device, each.number, each.time) for each in entries}


def _check_written(world: World, state: State) -> None:
    """Every text that was acknowledged stands in exactly one entry, and no other text does."""
    told = [
        value
        for each in state.entries.values()
        for entry in each.values()
        for value in set((entry.fields or {}).values())
    ]
    if sorted(map(str, told)) != sorted(world.written):
        lost, doubled = set(world.written) - set(told), [each for each in told if told.count(each) > 1]
        raise BrokenPromise(f"lost {sorted(lost)}, twice {doubled}, new {set(told) - set(world.written)}")


def _check_known(world: World, record: Record, entries: list[Entry]) -> None:
    """A record is born once, and an entry saw another exactly if its writer had it."""
    told = [(each, str(next(iter(each.fields.values())))) for each in entries if each.fields]
    if sum(not each.seen for each, _ in told) > 1:
        raise BrokenPromise(f"{record} was born twice")
    for later, text in told:
        for earlier, known in told:
            if later is not earlier and _saw(later, earlier) != (known in world.written[text]):
                raise BrokenPromise(f"{record}: {text} saw {known}: {_saw(later, earlier)}, which is not so")


def plainly(entries: list[Entry]) -> Plain:
    """A record's state, with no thought of speed."""
    deletions = [each for each in entries if each.fields is None]
    edits = [each for each in entries if each.fields is not None]
    counting = [each for each in edits if all(_saw(each, other) for other in deletions)]
    heads = {}
    for name in sorted({name for each in counting for name in each.fields or ()}):
        writers = [each for each in counting if name in (each.fields or ())]
        open_ones = [
            each for each in writers if not any(_saw(other, each) for other in writers if other is not each)
        ]
        shown = max(writers, key=lambda each: each.rank)
        if shown not in open_ones:
            raise BrokenPromise(f"{shown.key}.{name}: what is shown had been seen by who wrote another")
        values = {(each.fields or {})[name] for each in open_ones}
        heads[name] = ((shown.fields or {})[name], *sorted(map(str, values)))
    overruled = frozenset(
        (each.device, each.number)
        for each in edits
        if not any(_saw(other, each) for other in entries if other is not each)
        and any(not _saw(each, other) and not _saw(other, each) for other in deletions)
    )
    return Plain(bool(counting), heads, overruled)


def _saw(later: Entry, earlier: Entry) -> bool:
    return later.seen.get(earlier.device, 0) >= earlier.number


def _check_fold(record: Record, folded: Folded, plain: Plain) -> None:
    shown = {name: (winner.fields or {})[name] for name, winner in folded.winners.items()}
    listed = {
        name: {(each.loser.fields or {})[name] for each in folded.clashes if each.field == name}
        for name in shown
    }
    overruled = {(each.loser.device, each.loser.number) for each in folded.clashes if not each.field}
    if folded.alive != plain.alive or shown != {name: heads[0] for name, heads in plain.heads.items()}:
        raise BrokenPromise(f"{record}: folded {shown}, by the rules {plain}")
    for name, heads in plain.heads.items():
        if listed[name] != set(heads[1:]) - {heads[0]}:
            raise BrokenPromise(f"{record}.{name}: listed {listed[name]}, by the rules {heads}")
    if overruled != plain.overruled:
        raise BrokenPromise(f"{record}: overruled {overruled}, by the rules {plain.overruled}")


def timeless(plain: Mapping[Record, Plain]) -> dict[Record, tuple[bool, dict[str, set[object]]]]:
    """What no clock may decide: who lives, and which values are left to choose from."""
    return {
        record: (each.alive, {name: set(heads[1:]) for name, heads in each.heads.items()})
        for record, each in plain.items()
    }
