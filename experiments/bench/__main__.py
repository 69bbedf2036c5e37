"""`scripts/bench`: measures, checks, and writes what came of it.

Exit codes: 0 all limits that were measured are kept · 1 some are not · 2 asked for wrongly · 5 wrong result ·
130 interrupted.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from experiments.bench import report
from experiments.bench.figure import QUICK, SMOKE, WHOLE, Figure, Measured, Verdict
from experiments.bench.figures import FIGURES
from experiments.bench.ground import Setting
from experiments.bench.peers import Peers, install
from experiments.bench.timing import WrongResult

_HERE = Path(__file__).parent
_BAR = 24


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    if asked.list:
        print("\n".join(f"{figure.name:16} {figure.title}" for figure in FIGURES))
        return 0
    scale = SMOKE if asked.smoke else QUICK if asked.quick else WHOLE
    scale = replace(scale, many=asked.many or scale.many)
    chosen = [figure for figure in FIGURES if not asked.only or figure.name in asked.only]
    if asked.scratch is not None:
        asked.scratch.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="bench-", dir=asked.scratch))
    try:
        peers = Peers() if asked.no_peers else install(asked.peers)
        results = _measure(chosen, scratch, lambda folder, tick: Setting(scale, peers, folder, tick))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if asked.only:
        results = report.with_earlier(results, scale, asked.out, FIGURES)
    report.write(results, scale, peers, asked.out)
    print(report.to_markdown(results, scale, peers), end="")
    for figure, measured in results:
        for name, told in measured.wrong.items():
            print(f"error: {figure.name}, {name}: {told}", file=sys.stderr)
    if any(measured.wrong for _, measured in results):
        return 5
    verdicts = [judged.verdict for figure, measured in results for judged in figure.judge(measured)]
    return 1 if Verdict.MISSED in verdicts else 0


def _measure(
    figures: Sequence[Figure], scratch: Path, setting_in: Callable[[Path, Callable[[str], None]], Setting]
) -> report.Results:
    results: list[tuple[Figure, Measured]] = []
    progress = _Progress(len(figures))
    setting = setting_in(scratch, progress.tell)
    for figure in figures:
        progress.begin(figure.name)
        results.append((figure, _measured(figure, setting)))
    progress.end()
    return results


def _measured(figure: Figure, setting: Setting) -> Measured:
    """One figure that goes wrong before its candidates take turns does not end the others."""
    try:
        measured: Measured = import_module(figure.module).measure(setting)
        return measured
    except WrongResult as error:
        return Measured(wrong={"the figure": str(error)})


class _Progress:
    """One line on a terminal; elsewhere a line for each figure."""

    def __init__(self, figures: int) -> None:
        self._figures, self._done, self._name = figures, -1, ""
        self._start, self._is_drawn = time.monotonic(), sys.stderr.isatty()

    def begin(self, name: str) -> None:
        self._done, self._name = self._done + 1, name
        if self._is_drawn:
            self.tell("")
        else:
            print(f"{self._done + 1}/{self._figures} {name}", file=sys.stderr, flush=True)

    def tell(self, what: str) -> None:
        if self._is_drawn:
            full = _BAR * self._done // self._figures
            seconds = time.monotonic() - self._start
            line = f"[{'#' * full}{'.' * (_BAR - full)}] {seconds:4.0f} s  {self._name}: {what}"
            print(
                f"\r\033[K{line[: shutil.get_terminal_size().columns - 1]}",
                end="",
                file=sys.stderr,
                flush=True,
            )

    def end(self) -> None:
        if self._is_drawn:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="How fast waifusync is beside what else there is."
    )
    names = [figure.name for figure in FIGURES]
    parser.add_argument(
        "--only",
        action="append",
        choices=names,
        metavar="NAME",
        help="this figure alone, the others as they were reported; may be repeated",
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of the memories, some minutes")
    parser.add_argument(
        "--many", type=int, metavar="N", help="other than a million, where time or disk is short"
    )
    parser.add_argument("--list", action="store_true", help="the figures, and nothing else")
    parser.add_argument("--no-peers", action="store_true", help="waifusync, git and SQLite alone")
    parser.add_argument(
        "--out", type=Path, default=_HERE / "results", metavar="DIR", help="where the report goes"
    )
    parser.add_argument("--scratch", type=Path, metavar="DIR", help="where to work; needs some gigabytes")
    parser.add_argument("--peers", type=Path, default=Path(".bench"), metavar="DIR", help=argparse.SUPPRESS)
    parser.add_argument("--smoke", action="store_true", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\ninterrupted: nothing was reported", file=sys.stderr)
        sys.exit(130)
