"""`python -m tests.simulation --histories 10000 [--seed N]`: more histories than a test run has time for."""

from __future__ import annotations

import argparse
import sys
import traceback
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.history import failure, invent, shrink


def tried(seed: int) -> tuple[int, str]:
    """The seed, and what went wrong with it."""
    error = failure(invent(seed))
    return seed, "" if error is None else f"{type(error).__name__}: {error}"


def explain(seed: int) -> str:
    """A failing seed's shortest history, with the error."""
    shortest = shrink(invent(seed))
    error = failure(shortest)
    assert error is not None
    return f"{shortest}\n{''.join(traceback.format_exception(error)[-6:])}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--histories", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=None)
    parser.add_argument("--explain", type=int, default=1, help="how many failures are shrunk and shown")
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + options.histories)
    with ProcessPoolExecutor(options.jobs) as pool:
        failed = [(seed, why) for seed, why in pool.map(tried, seeds, chunksize=4) if why]
    for seed, why in failed[:20]:
        print(f"seed {seed}: {why[:200]}")
    for seed, _ in failed[: options.explain]:
        print(explain(seed))
    print(f"{options.histories} histories, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
