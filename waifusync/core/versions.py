"""Version vectors: for each device the number of its last entry; two of them compared say what is lacking."""

from __future__ import annotations

from collections.abc import Mapping

from waifusync.values import dataclass


@dataclass(frozen=True, slots=True)
class Head:
    """The end of one device's log: its last number, and the chain hash that vouches for all before it."""

    number: int = 0
    chain: str = ""


def lacking(mine: Mapping[str, int], theirs: Mapping[str, int]) -> dict[str, range]:
    """The entry numbers that `theirs` has and `mine` has not, by device."""
    return {
        device: range(mine.get(device, 0) + 1, number + 1)
        for device, number in sorted(theirs.items())
        if number > mine.get(device, 0)
    }


def merged(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    """What both together have."""
    return {device: max(one.get(device, 0), other.get(device, 0)) for device in sorted({*one, *other})}


def covers(one: Mapping[str, int], other: Mapping[str, int]) -> bool:
    """Whether `one` has everything that `other` has."""
    return all(one.get(device, 0) >= number for device, number in other.items())
