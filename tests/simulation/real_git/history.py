"""A history out of one seed: what programs write, waifusync's verbs, and somebody's git, in turns."""

from __future__ import annotations

import itertools
import os
import tempfile
from pathlib import Path
from random import Random

from tests.forked import Waiting
from tests.simulation.events import PROGRAM, Event
from tests.simulation.history import History
from tests.simulation.real_git.careless import CARELESS
from tests.simulation.real_git.device import Device
from tests.simulation.real_git.place import NAMES, Place, place
from tests.simulation.real_git.promises import check_at_rest
from tests.simulation.real_git.verbs import VERBS

IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
_VERBS = {kind: weight for kind, (weight, _) in VERBS.items()}
_CARELESS = {kind: weight for kind, (weight, _) in CARELESS.items()} | {"copy_folder": 3}
_WRITES = {kind: weight for kind, (weight, _) in PROGRAM.items()}
_MOST_COPIES = 1
_LAYOUTS = {"log": 3, "database": 1}


def invent(seed: int) -> History:
    """The history of a seed: 3 to 6 commands of waifusync's; before each, and at the end, up to five writes
    and two commands of somebody's git.

    What a history costs are its commands, and five of them bring all together at rest: much lies between two.
    """
    chance = Random(seed)
    kinds = _between(chance)
    for verb in chance.choices(list(_VERBS), list(_VERBS.values()), k=chance.randint(3, 6)):
        kinds += [verb, *_between(chance)]
    devices = len(NAMES)
    events = (
        Event(kind, chance.randrange(devices), chance.randrange(devices), chance.randrange(10**6))
        for kind in kinds
    )
    return History(seed, devices, tuple(events))


def _between(chance: Random) -> list[str]:
    kinds = chance.choices(list(_WRITES), list(_WRITES.values()), k=chance.randint(0, 5))
    kinds += chance.choices(list(_CARELESS), list(_CARELESS.values()), k=chance.randint(0, 2))
    chance.shuffle(kinds)
    return kinds


def layout_of(seed: int) -> str:
    """What git keeps when a history begins; some change it on the way."""
    [layout] = Random(f"layout {seed}").choices(list(_LAYOUTS), list(_LAYOUTS.values()))
    return layout


def run(history: History, template: Path, waiting: Waiting, *, layout: str = "log") -> None:
    """Raises BrokenPromise, BadEnding, or whatever else went wrong."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        where = Path(folder) / "w"
        with place(where, template, waiting, seed=history.seed, layout=layout) as world:
            devices = [Device(world, name) for name in NAMES]
            try:
                for event in history.events:
                    _happen(world, devices, event)
                check_at_rest(world, devices, Random(history.seed))
            finally:
                for device in devices:
                    device.stop()


def _happen(world: Place, devices: list[Device], event: Event) -> None:
    device, chance = devices[event.device % len(devices)], Random(event.chance)
    if event.kind in PROGRAM:
        with device.transaction():
            PROGRAM[event.kind][1](device, chance)  # type: ignore[arg-type]  # it has all that they ask for
    elif event.kind != "copy_folder":
        {**VERBS, **CARELESS}[event.kind][1](device, chance)
    elif len(devices) < len(NAMES) + _MOST_COPIES:
        names = (f"copy{number}" for number in itertools.count(1))
        devices.append(device.copied(next(names)))
