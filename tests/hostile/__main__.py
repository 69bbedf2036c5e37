"""`python -m tests.hostile` tries every case; `--cases DIR` makes them as remotes instead.

Those that do their harm in places of their own are tried together, and each alone with `--only WORD …`.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.hostile.cases import Case
from tests.hostile.companion import Surroundings
from tests.hostile.corpus import alone, together
from tests.hostile.trying import Tried, read_everything, try_case, try_shared


def main() -> int:
    options = _options()
    cases = _all() if options.cases or options.only else alone()
    cases = [case for case in cases if not options.only or any(word in case.title for word in options.only)]
    with tempfile.TemporaryDirectory() as folder:
        around = Surroundings(Path(folder))
        try:
            if options.cases:
                return _make(cases, around, options.cases)
            return _report(_try(cases, around), _groups(around, options.only))
        finally:
            around.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.hostile")
    parser.add_argument("--cases", type=Path, metavar="DIR", help="make the remotes, and try none")
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="WORD", help="cases with one of these in their names"
    )
    return parser.parse_args()


def _all() -> list[Case]:
    return [*alone(), *(each.alone for group in together().values() for each in group)]


def _groups(around: Surroundings, only: Sequence[str]) -> list[Tried]:
    """Afterwards everything that was taken in is looked at by every command that shows any of it."""
    found = []
    for shared in [] if only else together().values():
        some = [try_shared(shared, around), *read_everything(around)]
        for each in some:
            _tell(each)
        found += some
    return found


def _make(cases: Sequence[Case], around: Surroundings, target: Path) -> int:
    for case in cases:
        around.remote.restore()
        case.make(around.remote)
        place = target / case.family / (re.sub(r"\W+", "-", case.name).strip("-") + ".git")
        place.parent.mkdir(parents=True, exist_ok=True)
        if around.remote.path.is_dir():
            shutil.copytree(around.remote.path, place, symlinks=True)
        else:
            shutil.copy(around.remote.path, place)
    print(f"{len(cases)} remotes in {target}")
    return 0


def _try(cases: Sequence[Case], around: Surroundings) -> list[Tried]:
    """What fails is told at once."""
    found = []
    for case in cases:
        found.append(try_case(case, around))
        _tell(found[-1])
    return found


def _tell(tried: Tried) -> None:
    if tried.faults:
        print(f"{tried.title}: {', '.join(tried.faults)}\n    {tried.ran.err[:500]!a}", flush=True)


def _report(alone: Sequence[Tried], at_once: Sequence[Tried]) -> int:
    """What many take at once is told apart: the limits are those of one case."""
    wrong = [each for each in (*alone, *at_once) if each.faults]
    took = f"one case at most {_most(alone)}"
    took += f", many at once at most {_most(at_once)}" if at_once else ""
    print(f"{len(alone) + len(at_once)} meetings with what is hostile, {len(wrong)} failed; {took}")
    return 1 if wrong else 0


def _most(tried: Sequence[Tried]) -> str:
    seconds, most = (max(getattr(each.ran, name) for each in tried) for name in ("seconds", "mebibytes"))
    return f"{seconds:.1f} s of processor and {most:.0f} MiB"


if __name__ == "__main__":
    sys.exit(main())
