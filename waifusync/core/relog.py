"""Entries told again under another name, for a machine that finds its log continued by somebody else.

A copied card makes two machines with one identity. The one that pushes second takes a new id: what it had not
sent becomes entries 1, 2, 3, … of the new device, and everything in them that named the old numbers follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from waifusync.core.entry import Entry, format_line
from waifusync.core.values import Travel, reference, reference_key, vector_address
from waifusync.values import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class MovedVector:
    """A vector of an entry that was told again: where its bytes were, and where they are to be."""

    number: int
    group: str
    old_ordinal: int
    new_ordinal: int
    digest: str


@dataclass(slots=True)
class Relogged:
    """The lines by number, ready for the outbox, and what moved with them."""

    lines: list[tuple[int, str]] = field(default_factory=list)
    vectors: list[MovedVector] = field(default_factory=list)
    chain: str = ""


@dataclass(frozen=True, slots=True)
class NewName:
    """`old` kept its entries up to `fork`; what came after is `new`'s, counted from 1.

    `following` are keys made of keys, which change with them: rows that a reference is part of the name of.
    """

    old: str
    new: str
    fork: int
    following: Mapping[str, str] = field(default_factory=dict)

    def key(self, key: str) -> str:
        """A record that was born after the fork is named after the new device."""
        if key in self.following:
            return self.following[key]
        device, _, number = key.rpartition("-")
        if device != self.old or not number.isdecimal() or int(number) <= self.fork:
            return key
        return f"{self.new}-{int(number) - self.fork}"

    def seen(self, seen: Mapping[str, int]) -> dict[str, int]:
        """What was seen of our own entries after the fork was seen of the new device's."""
        upto = seen.get(self.old, 0)
        if upto <= self.fork:
            return dict(seen)
        renamed = {**seen, self.new: upto - self.fork}
        renamed[self.old] = self.fork
        return {device: number for device, number in renamed.items() if number}


def relog(entries: Iterable[Entry], name: NewName) -> Relogged:
    """The entries after the fork, in order, as the new device's log."""
    told = Relogged()
    ordinals: dict[str, int] = {}
    for entry in entries:
        number = entry.number - name.fork
        fields = entry.fields and {
            field_name: _moved(value, name, number, ordinals, told)
            for field_name, value in entry.fields.items()
        }
        again = replace(
            entry,
            device=name.new,
            number=number,
            key=name.key(entry.key),
            seen=name.seen(entry.seen),
            fields=fields,
        )
        line, told.chain = format_line(again, told.chain)
        told.lines.append((number, line))
    return told


def _moved(value: Travel, name: NewName, number: int, ordinals: dict[str, int], told: Relogged) -> Travel:
    key = reference_key(value)
    if key is not None:
        return reference(name.key(key))
    address = vector_address(value)
    if address is None:
        return value
    group, old, digest = address
    ordinal = ordinals.get(group, 0)
    ordinals[group] = ordinal + 1
    told.vectors.append(MovedVector(number, group, old, ordinal, digest))
    return {"v": [group, ordinal, digest]}
