"""`python -m tests.soak --seconds 3600 [--seed N]`: each journal mode for half of it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.simulation.real_git.history import IN_MEMORY
from tests.soak.soaking import MODES, soak
from tests.soak.turns import lacking


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--folder", default=IN_MEMORY, help="where; in memory, if not given, where there is room"
    )
    parser.add_argument(
        "--no-syncs", action="store_true", help="only programs write: what triggers alone make them wait"
    )
    options = parser.parse_args()
    broken, writes, wrong = list[str](), 0, 0
    for mode in MODES:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            report = soak(
                Path(folder),
                mode,
                seconds=options.seconds / len(MODES),
                seed=options.seed,
                syncs=not options.no_syncs,
            )
            print(report, flush=True)
            broken += report.broken()
            writes, wrong = writes + report.writes, wrong + len(report.wrong)
    for each in lacking():
        print(f"not installed here, so it did not write: {each}")
    for each in broken:
        print(f"broken: {each}", file=sys.stderr)
    told = f"{writes} writes acknowledged, {wrong} lost or wrong, {len(broken)} promises broken"
    print(f"{options.seconds:g} seconds of soak: {told}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
