"""Mistakes in the log, the union and the fold, one at a time, that histories on paper must notice."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from unittest.mock import patch

from tests.simulation.paper import device
from waifusync.core import clock
from waifusync.core.fold import fold
from waifusync.core.relog import NewName
from waifusync.log import writing
from waifusync.log.union import unite

MISTAKES: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "a deletion does not count": lambda: patch.object(
        device, "fold", lambda touches: fold([each for each in touches if each.fields is not None])
    ),
    "a deletion counts whatever had seen it": lambda: patch.object(
        device, "fold", lambda touches: _dead_for_good(list(touches))
    ),
    "what loses is not listed": lambda: patch.object(
        device, "fold", lambda touches: replace(fold(touches), clashes=())
    ),
    "of two edits the older one wins": lambda: patch.object(
        device, "fold", lambda touches: fold([replace(each, time=-each.time) for each in touches])
    ),
    "what somebody's merge left out is let go": lambda: patch.object(
        device, "unite", lambda held, *others: unite(others[0])
    ),
    "the last line is left out when files are packed": lambda: patch.object(
        writing, "_join_lines", lambda pieces: b"".join(data for _, data in pieces[:-1])
    ),
    "time is the wall clock's": lambda: patch.object(
        device.clock, "tick", lambda last, wall: clock.at_milliseconds(wall) + 1
    ),
    "a record keeps its name when its device takes another": lambda: patch.object(
        NewName, "key", lambda self, key: key
    ),
    "what a device had seen of itself stays with its old name": lambda: patch.object(
        NewName, "seen", lambda self, seen: dict(seen)
    ),
}


def _dead_for_good(touches: list[device.Entry]) -> object:
    found = fold(touches)
    return replace(found, alive=found.alive and all(each.fields is not None for each in touches))
