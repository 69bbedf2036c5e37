"""`python -m tests.crashing --points 1500 [--seed N]`: points of every verb, in both layouts.

python -m tests.crashing --verb sync --at 12 --how KILL     one point, told in full
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.crashing import running, stopping
from tests.crashing.fates import Fate, How
from tests.crashing.ground import Ground
from tests.crashing.points import Point, Tried, attempt, changes, spread
from tests.crashing.verbs import VERBS, Verb

LAYOUTS = ("log", "database")
_grounds: dict[str, Ground] = {}


def _quick_folder() -> str | None:
    """In memory where there is such a place: syncing is counted and costs nothing."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def ground(layout: str, folder: str) -> Ground:
    """This process's own, made when it is first asked for."""
    if layout not in _grounds:
        running.prepare()
        place = Path(tempfile.mkdtemp(prefix=f"{layout}-", dir=folder))
        _grounds[layout] = Ground(place, layout)
    return _grounds[layout]


def count(task: tuple[str, str, Verb]) -> int:
    """How many changes there are."""
    layout, folder, verb = task
    return changes(ground(layout, folder), verb)


def try_one(task: tuple[str, str, Point]) -> Tried:
    """One point, in whichever process is free; what breaks the trying itself is told of it, too."""
    layout, folder, point = task
    try:
        return attempt(ground(layout, folder), point)
    except Exception as error:
        return Tried(point, "?", (f"{type(error).__name__}: {str(error)[:600]}",))


def main() -> int:
    options = _options()
    if reason := stopping.why_not():
        print(f"no points: {reason}")
        return 0
    folder = tempfile.mkdtemp(prefix="crashing-", dir=options.folder)
    begun = time.monotonic()
    try:
        with ProcessPoolExecutor(options.jobs) as pool:
            tasks = list(_tasks(pool, options, folder))
            tried = list(_told(pool.map(try_one, tasks), begun))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return _report(tried, options.seed)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crashing")
    parser.add_argument("--points", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=None)
    parser.add_argument("--folder", default=_quick_folder(), help="where the devices lie meanwhile")
    parser.add_argument("--layout", choices=LAYOUTS, action="append", help="both if left out")
    parser.add_argument("--verbs", type=int, help="only so many, by chance")
    parser.add_argument("--verb", action="append", help="only what begins with these words")
    parser.add_argument("--at", type=int, help="only this change")
    parser.add_argument("--how", choices=[how.name for how in How], action="append")
    return parser.parse_args()


def _tasks(
    pool: ProcessPoolExecutor, options: argparse.Namespace, folder: str
) -> Iterator[tuple[str, str, Point]]:
    chance = random.Random(options.seed)
    wanted = tuple(options.verb or [""])
    hows = [How[name] for name in options.how or [how.name for how in How]]
    verbs = [
        (layout, folder, verb)
        for layout in options.layout or LAYOUTS
        for verb in VERBS
        if verb.words.startswith(wanted)
    ]
    if options.verbs is not None:
        verbs = chance.sample(verbs, options.verbs)
    if options.at is not None:
        yield from (
            (layout, folder, Point(verb, Fate(options.at, how)))
            for layout, folder, verb in verbs
            for how in hows
        )
        return
    counts = list(pool.map(count, verbs))
    for (layout, folder, verb), share in zip(verbs, shares(counts, options.points), strict=True):
        total = counts[verbs.index((layout, folder, verb))]
        yield from ((layout, folder, point) for point in spread(verb, total, share, hows=hows, chance=chance))


def shares(counts: Sequence[int], points: int) -> list[int]:
    """Of so many points, how many each verb gets: as the square root of its changes, so that none has few."""
    weights = [number**0.5 for number in counts]
    return [round(points * weight / sum(weights)) + 1 for weight in weights]


def _told(tried: Iterator[Tried], begun: float) -> Iterator[Tried]:
    for number, each in enumerate(tried, 1):
        if each.wrong:
            print(f"\n{each.point}\n  met: {each.met}")
            print("\n".join(f"  {wrong}" for wrong in each.wrong), flush=True)
        if number % 50 == 0:
            print(f"… {number} points, {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
        yield each


def _report(tried: Sequence[Tried], seed: int) -> int:
    met = [each for each in tried if each.met]
    failed = [each for each in met if each.wrong]
    print(f"seed {seed}; {len(tried) - len(met)} runs were over before their point")
    for how, number in Counter(each.point.fate.how for each in met).items():
        print(f"  {how.value}: {number}")
    later = sum(each.was_later for each in met)
    print(f"{later} were whole an hour and a `doctor --fix` later, the others at once")
    verbs = len({each.point.verb.words for each in met})
    print(f"{len(met)} crash points of {verbs} verbs, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
