"""A point: one verb, one change of it, and how it ends there; tried, and looked at."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tests.companions import Ran
from tests.crashing import whole
from tests.crashing.fates import Fate, How, Met
from tests.crashing.ground import Ground
from tests.crashing.verbs import Verb


class Point(NamedTuple):
    """Where and how."""

    verb: Verb
    fate: Fate

    def __str__(self) -> str:
        return f"{self.verb.words} --at {self.fate.at} --how {self.fate.how.name}"


class Tried(NamedTuple):
    """What was met there ("" when the run was over before), everything that was not whole, and whether it was
    only an hour later, and after `doctor --fix`."""

    point: Point
    met: str
    wrong: tuple[str, ...]
    was_later: bool = False


def changes(ground: Ground, verb: Verb) -> int:
    """How many changes the verb makes when nothing happens to it."""
    ran, met = _run(ground, verb, None)
    assert ran.code in (0, 1), f"{verb.words}: {ran}"
    return met.changes


def attempt(ground: Ground, point: Point) -> Tried:
    """Runs the verb to its fate, and once more."""
    ran, met = _run(ground, point.verb, point.fate)
    hours = ground.hours
    wrong = tuple(_wrong(ground, point, ran, met))
    return Tried(point, met.met, wrong, ground.hours > hours)


def _wrong(ground: Ground, point: Point, ran: Ran, met: Met) -> Iterator[str]:
    verb = point.verb
    if met.met and not point.fate.how.is_death:
        yield from whole.refused_well(ran, verb)
    yield from whole.at_once(ground, verb, ran)
    ground.clear_remote()
    again = ground.run(verb)
    yield from whole.in_the_end(ground, verb, again)


def _run(ground: Ground, verb: Verb, fate: Fate | None) -> tuple[Ran, Met]:
    ground.put_back(verb.stage)
    return ground.run_to(verb, fate)


def spread(
    verb: Verb, count: int, points: int, *, hows: Sequence[How], chance: random.Random
) -> Iterator[Point]:
    """So many points of a verb that makes `count` changes: evenly over the changes, all ends in turn."""
    points = min(points, count * len(hows))
    turn = chance.randrange(len(hows))
    for number in range(points):
        at = 1 + int((number + chance.random()) * count / points)
        yield Point(verb, Fate(at, hows[(turn + number) % len(hows)]))
