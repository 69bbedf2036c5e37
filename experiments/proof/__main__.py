"""`scripts/proof [--length quick|usual|long] [--only NAME …]`, or `--traps`, or `--guards [TRAP …]`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from experiments.proof import without
from experiments.proof.bars import bars, times_tried
from experiments.proof.guards import chosen
from experiments.proof.parts import PARTS, Part
from experiments.proof.report import Tried, page
from experiments.proof.traps import NOT_YET, TRAPS, by_trap

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "experiments" / "proof" / "results"
LENGTHS = ("quick", "usual", "long")


def main() -> int:
    options = _options()
    if options.guards is not None:
        return 1 if without.show(ROOT, chosen(options.guards)) else 0
    covered = by_trap(ROOT / "tests")
    if options.traps:
        return _list_traps(covered)
    parts = [part for part in PARTS if not options.only or part.name in options.only]
    tried = [_try(part, LENGTHS.index(options.length)) for part in parts]
    text = page(tried, covered, length=options.length, commit=_commit())
    RESULTS.mkdir(exist_ok=True)
    report = RESULTS / f"{options.length}.md"
    report.write_text(text, encoding="utf-8")
    counts = {each.part.name: times_tried(each.figure) for each in tried}
    report.with_suffix(".svg").write_text(bars(counts, "How often each part tried"), encoding="utf-8")
    print(f"{sum(each.is_whole for each in tried)} of {len(tried)} parts found nothing; {report}")
    return 0 if all(each.is_whole for each in tried) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/proof", description="Tries to lose a mind.")
    parser.add_argument("--length", choices=LENGTHS, default="quick", help="minutes, an hour, a night")
    parser.add_argument("--only", nargs="+", choices=[part.name for part in PARTS], default=[])
    parser.add_argument("--traps", action="store_true", help="which test stands at which trap")
    told = "take each guard out, or those of these traps, and see which test notices"
    guarded = [trap for trap in TRAPS if trap not in NOT_YET]
    parser.add_argument("--guards", nargs="*", metavar="TRAP", choices=guarded, help=told)
    return parser.parse_args()


def _list_traps(covered: dict[str, list[str]]) -> int:
    for trap, tests in covered.items():
        print(f"{trap}: {TRAPS[trap]}{' (not yet)' if trap in NOT_YET else ''}")
        for test in tests:
            print(f"    {test}")
    bare = [trap for trap, tests in covered.items() if not tests and trap not in NOT_YET]
    if bare:
        print(f"error: no test stands at {', '.join(bare)}", file=sys.stderr)
    return 1 if bare else 0


def _try(part: Part, length: int) -> Tried:
    """Runs it to its end; what it prints is kept where it failed."""
    command, added = part.call(length)
    print(f"{part.name}: {part.what} …", flush=True)
    begun = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **added}, capture_output=True, text=True)
    found = part.figure.search(done.stdout)
    tried = Tried(part, done.returncode == 0, found["figure"] if found else "", time.monotonic() - begun)
    print(f"    {tried.figure or 'it did not end'} ({tried.seconds:.0f} s)", flush=True)
    if not tried.is_whole:
        print(done.stdout[-3000:], done.stderr[-1000:], file=sys.stderr)
    return tried


def _commit() -> str:
    words = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    return subprocess.run(words, capture_output=True, text=True).stdout.strip() or "no commit"


if __name__ == "__main__":
    sys.exit(main())
