"""A history: devices and events out of one seed, run in a folder; and a failing one made shorter."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from tests.simulation.device import Device
from tests.simulation.events import PROGRAM, Event
from tests.simulation.program import start_program
from tests.simulation.promises import check_at_rest
from tests.simulation.world import START_MILLISECONDS, World

_AROUND = {
    "collect": 10,
    "sync": 26,
    "fail": 4,
    "clock": 4,
    "back_up": 3,
    "restore_backup": 2,
    "rebuild": 1,
    "shelve": 5,
    "unshelve": 2,
}
# No history pulls the plug, so its files need not reach a disk.
_IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
_CLOCKS = (1_000, 60_000, START_MILLISECONDS, 4_070_908_800_000)


@dataclass(frozen=True, slots=True)
class History:
    seed: int
    devices: int
    events: tuple[Event, ...]

    def __str__(self) -> str:
        lines = (f"    {event}" for event in self.events)
        return "\n".join([f"seed {self.seed}, {self.devices} devices, {len(self.events)} events:", *lines])


def invent(seed: int) -> History:
    """The history of a seed, always the same."""
    chance = Random(seed)
    weights = {kind: weight for kind, (weight, _) in PROGRAM.items()} | _AROUND
    devices = chance.randint(2, 5)
    kinds = chance.choices(list(weights), list(weights.values()), k=chance.randint(15, 60))
    events = (
        Event(kind, chance.randrange(devices), chance.randrange(devices), chance.randrange(10**6))
        for kind in kinds
    )
    return History(seed, devices, tuple(events))


def run(history: History) -> None:
    """Raises BrokenPromise, or whatever else went wrong."""
    with tempfile.TemporaryDirectory(dir=_IN_MEMORY) as folder:
        world = World(Path(folder))
        devices = [Device(world, f"{chr(97 + number) * 8}") for number in range(history.devices)]
        try:
            for device in devices:
                start_program(device)
            for event in history.events:
                _happen(devices, event)
            check_at_rest(world, devices)
        finally:
            for device in devices:
                device.stop()


def _happen(devices: Sequence[Device], event: Event) -> None:
    device, other = devices[event.device % len(devices)], devices[event.other % len(devices)]
    chance = Random(event.chance)
    device.now += chance.randrange(5_000)
    if event.kind in PROGRAM:
        with device.transaction():
            PROGRAM[event.kind][1](device, chance)
    elif event.kind == "fail":
        _fail(device, chance)
    elif event.kind == "sync":
        _sync(device, other, chance)
    elif event.kind == "clock":
        device.now = chance.choice(_CLOCKS)
    elif event.kind == "shelve":
        device.shelve(chance)
    elif event.kind == "restore_backup":
        device.restore_backup(event.chance)
    else:
        getattr(device, event.kind)()


def _fail(device: Device, chance: Random) -> None:
    """The program breaks off in the middle of a transaction."""
    try:
        with device.transaction():
            for kind in chance.choices(list(PROGRAM), k=3):
                PROGRAM[kind][1](device, chance)
            raise InterruptedError
    except InterruptedError:
        pass


def _sync(device: Device, other: Device, chance: Random) -> None:
    """Both commit; one takes what the other has, sometimes only up to some time; sometimes both do."""
    device.collect()
    other.collect()
    upto = None
    if chance.random() < 0.3:
        lines = list(other.store.in_order())
        upto = chance.choice(lines).entry.time if lines else None
    device.store.take_from(other.store, upto=upto)
    device.apply()
    if chance.random() < 0.5:
        other.store.take_from(device.store)
        other.apply()


def shrink(history: History, fails: Callable[[History], object] | None = None) -> History:
    """A failure with as few events as leaving some out can reach; `fails` is `failure` if not given."""
    fails = fails or failure
    size = max(len(history.events) // 2, 1)
    while size:
        start = 0
        while start < len(history.events):
            events = history.events[:start] + history.events[start + size :]
            shorter = replace(history, events=events)
            if fails(shorter) is not None:
                history = shorter
            else:
                start += size
        size //= 2
    return history


def failure(history: History) -> Exception | None:
    """What goes wrong in a history, if anything does."""
    try:
        run(history)
    except Exception as error:
        return error
    return None
