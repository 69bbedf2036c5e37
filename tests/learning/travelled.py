"""Records as they come out of logs: told as lines, parsed, and folded, in whatever order they arrive."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.simulation.device import Device
from tests.simulation.world import World
from waifusync.core.entry import Entry, format_line, parse_line
from waifusync.core.fold import fold
from waifusync.core.values import Travel
from waifusync.memory.connection import transaction
from waifusync.memory.learned import Learning

DEVICES = ("llllllll", "jjjjjjjj", "tttttttt")

# Who tells it, the record's key, and its fields or None where it is taken away.
Told = tuple[str, str, "Mapping[str, Travel] | None"]


def lines_of(told: Iterable[Told], collection: str) -> list[tuple[str, bytes]]:
    """Each device's log, as (device, line). A deletion has seen what was told of its record before it."""
    numbers: dict[str, int] = {}
    written: dict[str, dict[str, int]] = {}
    lines = []
    for time, (device, key, fields) in enumerate(told, 1):
        number = numbers[device] = numbers.get(device, 0) + 1
        seen = dict(written.get(key, {})) if fields is None else {}
        entry = Entry(device, number, time << 16, collection, key, fields, seen)
        written.setdefault(key, {})[device] = number
        lines.append((device, format_line(entry, "")[0].encode()))
    return lines


def arrived(lines: Iterable[tuple[str, bytes]]) -> dict[str, dict[str, Travel]]:
    """The living records that these lines come to."""
    by_key: dict[str, list[Entry]] = {}
    for device, line in lines:
        entry = parse_line(line, device)
        by_key.setdefault(entry.key, []).append(entry)
    folded = {key: fold(entries).winners for key, entries in by_key.items()}
    return {
        key: {name: touch.fields[name] for name, touch in winners.items()}
        for key, winners in folded.items()
        if winners
    }


def shuffled(lines: list[tuple[str, bytes]], seed: int) -> list[tuple[str, bytes]]:
    """In another order, and some of them again."""
    chance = random.Random(seed)
    again = lines + chance.choices(lines, k=len(lines) // 2) if lines else []
    chance.shuffle(again)
    return again


class Minds:
    """Devices of one companion in this process; each has a database and a log of its own."""

    def __init__(self, directory: Path, count: int) -> None:
        self.world = World(directory)
        self.devices = [Device(self.world, letter * 8) for letter in "ljtpx"[:count]]

    @contextmanager
    def lesson(self, which: int) -> Iterator[Learning]:
        """One transaction in which a device learns; its log has it afterwards."""
        device = self.devices[which % len(self.devices)]
        device.now += 1
        with device.memory() as memory, transaction(memory.connection):
            learning = Learning(memory.ledger, wall_milliseconds=device.now)
            yield learning
            learning.close()
        device.collect()

    def pull(self, which: int, other: int) -> None:
        """What one has of all logs, the other takes in."""
        taker, giver = (self.devices[each % len(self.devices)] for each in (which, other))
        taker.store.take_from(giver.store)
        taker.apply()

    def settle(self) -> None:
        """Until all have everything; what was taken in before is delivered again."""
        for _ in range(2):
            for which in range(len(self.devices)):
                self.pull(which, which + 1)
                self.pull(which + 1, which)

    def digests(self) -> set[str]:
        found = set()
        for device in self.devices:
            with device.memory() as memory:
                found.add(memory.digest())
        return found

    def stop(self) -> None:
        for device in self.devices:
            device.stop()
