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
_COMMANDS = {kind: weight for kind, (weight, _) in {**VERBS, **CARELESS}.items()} | {"copy_folder": 3}
_WRITES = {kind: weight for kind, (weight, _) in PROGRAM.items()}
_MOST_COPIES = 1


def invent(seed: int) -> History:
    """The history of a seed: 8 to 14 commands, with up to three writes before each."""
    chance = Random(seed)
    kinds = []
    for command in chance.choices(list(_COMMANDS), list(_COMMANDS.values()), k=chance.randint(8, 14)):
        kinds += chance.choices(list(_WRITES), list(_WRITES.values()), k=chance.randint(0, 3))
        kinds.append(command)
    devices = len(NAMES)
    events = (
        Event(kind, chance.randrange(devices), chance.randrange(devices), chance.randrange(10**6))
        for kind in kinds
    )
    return History(seed, devices, tuple(events))


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
