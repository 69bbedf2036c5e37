"""One page about a run: what was tried, how often, how long it took, what was found, and how to repeat it."""

from __future__ import annotations

import platform
import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from experiments.proof.parts import Part
from experiments.proof.traps import NOT_YET, TRAPS


class Tried(NamedTuple):
    """A part as it ended; `figure` is the line it printed, "" where it printed none."""

    part: Part
    is_whole: bool
    figure: str
    seconds: float


def page(tried: Sequence[Tried], covered: Mapping[str, list[str]], *, length: str, commit: str) -> str:
    """Markdown."""
    found = [each.part.name for each in tried if not each.is_whole]
    told = f"Found: {', '.join(found)}." if found else "Nothing was found."
    rows = [f"| {e.part.what} | {e.figure or 'it did not end'} | {e.seconds:.0f} s |" for e in tried]
    return "\n".join(
        [
            "# What was tried, to lose a mind",
            "",
            f"`scripts/proof --length {length}` at {commit}, on {_machine()}. {told}",
            "",
            "| what | figure | time |",
            "|---|---|---|",
            *rows,
            "",
            f"![How often each part tried]({length}.svg)",
            "",
            *_traps(covered),
        ]
    )


def _traps(covered: Mapping[str, list[str]]) -> list[str]:
    rows = [f"| {trap} | {TRAPS[trap]} | {_tests(trap, tests)} |" for trap, tests in covered.items()]
    return ["| trap | what goes wrong | tests |", "|---|---|---|", *rows, ""]


def _tests(trap: str, tests: Sequence[str]) -> str:
    return "not yet: there is nothing to guard" if trap in NOT_YET else str(len(tests))


def _machine() -> str:
    git = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout.split()[2]
    return (
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()},"
        f" SQLite {sqlite3.sqlite_version}, git {git}"
    )
