"""`python -m tests.simulation.real_git --histories 2000 [--seed N] [--layout database]`.

Where no layout is named, each history draws one.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import traceback
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

from tests.forked import Waiting
from tests.simulation.history import History, shrink
from tests.simulation.real_git.history import IN_MEMORY, invent, layout_of, run
from tests.simulation.real_git.place import make_template


class Trials:
    """Runs histories in one process, with one template of each layout; another starts the commands."""

    def __init__(self, folder: Path, waiting: Waiting, layout: str | None = None) -> None:
        """Templates come below `folder`; a layout of None is each history's own."""
        self._folder, self._waiting, self._layout = folder, waiting, layout

    def failure(self, history: History, layout: str | None = None) -> Exception | None:
        """What goes wrong in a history, if anything does."""
        layout = layout or self._layout or layout_of(history.seed)
        try:
            run(history, self._template(layout), self._waiting, layout=layout)
        except Exception as error:
            return error
        return None

    def _template(self, layout: str) -> Path:
        folder = self._folder / layout
        if not folder.exists():
            folder.mkdir()
            make_template(folder, layout)
        return folder

    def explain(self, seed: int) -> str:
        """A failing seed's shortest history, with the error."""
        shortest = shrink(invent(seed), self.failure)
        error = self.failure(shortest)
        told = traceback.format_exception(error)[-4:] if error else ["it did not fail again\n"]
        return f"{shortest}\n{''.join(told)}"


@contextmanager
def trials(layout: str | None = None, *, around: str = "") -> Iterator[Trials]:
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder, closing(Waiting(around=around)) as waiting:
        yield Trials(Path(folder), waiting, layout)


def tried(seeds: Iterable[int], layout: str | None) -> list[tuple[int, str]]:
    """The seeds that failed, and why; told at once, since there may be hours to go."""
    failed = []
    with trials(layout) as trial:
        for seed in seeds:
            if error := trial.failure(invent(seed)):
                failed.append((seed, f"{type(error).__name__}: {error}"))
                print(f"seed {seed}: {failed[-1][1][:400]}", flush=True)
    return failed


def try_all(first: int, histories: int, *, jobs: int, layout: str | None = None) -> list[tuple[int, str]]:
    """Each job takes every so-manieth seed."""
    shares = [range(first + job, first + histories, jobs) for job in range(jobs)]
    with ProcessPoolExecutor(jobs) as pool:
        return sorted(each for found in pool.map(tried, shares, [layout] * jobs) for each in found)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.real_git")
    parser.add_argument("--histories", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--layout", choices=("log", "database"), help="of all of them")
    parser.add_argument("--explain", type=int, default=1, help="how many failures are shrunk and shown")
    options = parser.parse_args()
    failed = try_all(options.seed, options.histories, jobs=options.jobs, layout=options.layout)
    if failed and options.explain:
        with trials(options.layout) as trial:
            for seed, _ in failed[: options.explain]:
                print(trial.explain(seed))
    print(f"{options.histories} histories through git, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
