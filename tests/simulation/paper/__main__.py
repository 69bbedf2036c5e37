"""`python -m tests.simulation.paper --histories 1000000 [--seed N]`: as many as there is time for."""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.paper.history import run
from tests.simulation.paper.promises import check, timeless

# Histories that are told a second time, with all clocks standing still.
_AGAIN_EVERY = 5


def tried(seed: int) -> tuple[int, str]:
    """The seed, and what went wrong with it."""
    try:
        came_to = check(run(seed))
        if seed % _AGAIN_EVERY == 0 and timeless(came_to) != timeless(check(run(seed, clocks=(7,) * 4))):
            return seed, "other clocks, another result"
    except Exception as error:
        return seed, f"{type(error).__name__}: {error}"
    return seed, ""


def failing(histories: int, *, first: int = 0, jobs: int | None = None) -> list[tuple[int, str]]:
    """The seeds that broke a promise, and how."""
    with ProcessPoolExecutor(jobs) as pool:
        tries = pool.map(tried, range(first, first + histories), chunksize=64)
        return [(seed, why) for seed, why in tries if why]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.paper")
    parser.add_argument("--histories", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=None)
    options = parser.parse_args()
    failed = failing(options.histories, first=options.seed, jobs=options.jobs)
    for seed, why in failed[:20]:
        print(f"seed {seed}: {why[:300]}")
    print(f"{options.histories} histories on paper, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
