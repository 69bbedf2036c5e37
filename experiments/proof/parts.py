"""What is run, how long each part is at three lengths, and which figure it prints."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import NamedTuple

_PYTEST = ("-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "-n", "auto")
_COUNT = re.compile(r"^(?P<figure>(?:\d+ passed|\d+ failed).*) in [0-9.:]+s", re.M)


class Part(NamedTuple):
    """`lengths` are what stands for {length} in the command and the environment: quick, usual, long."""

    name: str
    what: str
    command: tuple[str, ...]
    lengths: tuple[str, str, str]
    figure: re.Pattern[str] = _COUNT
    environment: Mapping[str, str] = {}

    def call(self, length: int) -> tuple[list[str], dict[str, str]]:
        """The command, without what comes to nothing at this length, and what is added to the environment."""
        chosen = self.lengths[length]
        words = [filled for word in self.command if (filled := word.format(length=chosen))]
        return [sys.executable, *words], {n: v.format(length=chosen) for n, v in self.environment.items()}


def _simulation(module: str, found: str) -> tuple[tuple[str, ...], re.Pattern[str]]:
    command = ("-m", module, "--histories", "{length}")
    return command, re.compile(rf"^(?P<figure>\d+ {found}, \d+ failed)$", re.M)


_ON_PAPER = _simulation("tests.simulation.paper", "histories on paper")
_ON_SQLITE = _simulation("tests.simulation", "histories")
_LONG = {"WAIFUSYNC_LONG_TESTS": "{length}"}

PARTS: tuple[Part, ...] = (
    Part(
        "paper",
        "Histories of two to six devices around the log, the union and the fold, on paper",
        _ON_PAPER[0],
        ("1000", "10000", "1000000"),
        _ON_PAPER[1],
    ),
    Part(
        "sqlite",
        "Histories of two to five devices with live databases",
        _ON_SQLITE[0],
        ("50", "300", "20000"),
        _ON_SQLITE[1],
    ),
    Part(
        "mistakes",
        "Mistakes put into our own code, each of which the simulations must notice",
        (*_PYTEST, "tests/simulation/test_mistakes.py", "tests/simulation/paper", "-k", "mistake"),
        ("", "", ""),
    ),
    Part(
        "guards",
        "Guards at the traps taken out of our own code, each of which its tests must miss",
        ("-m", "experiments.proof", "--guards", "{length}"),
        ("T4", "", ""),
        re.compile(r"^(?P<figure>\d+ of \d+ guards noticed)$", re.M),
    ),
    Part(
        "kills",
        "kill -9 at random moments of every command, real git, both layouts",
        (*_PYTEST, "tests/traps/test_killed.py"),
        ("", "", "1"),
        environment=_LONG,
    ),
    Part(
        "crash-points",
        "Killed, cut from its power or refused by its disk at a change, every command that makes any",
        ("-m", "tests.crashing", "--points", "{length}"),
        ("100", "400", "1500"),
        re.compile(r"^(?P<figure>\d+ crash points of \d+ verbs, \d+ failed)$", re.M),
    ),
    Part(
        "writers",
        "Programs that write while everything is pushed, pulled and rebuilt",
        (*_PYTEST, "tests/traps/test_writers.py"),
        ("", "", "1"),
        environment=_LONG,
    ),
    Part(
        "git",
        "Histories of three devices through git and the commands, with somebody's careless git in between",
        ("-m", "tests.simulation.real_git", "--histories", "{length}"),
        ("20", "200", "5000"),
        re.compile(r"^(?P<figure>\d+ histories through git, \d+ failed)$", re.M),
    ),
    Part(
        "soak",
        "Python, the sqlite3 shell and apsw that write and are killed, beside syncs and somebody's git",
        ("-m", "tests.soak", "--seconds", "{length}"),
        ("60", "600", "21600"),
        re.compile(r"^(?P<figure>[0-9.e+]+ seconds of soak: .*)$", re.M),
    ),
    Part(
        "watches",
        "Three devices that sync by themselves, killed at random, with writers",
        (*_PYTEST, "tests/automation/test_watch_for_long.py"),
        ("", "", "1"),
        environment=_LONG,
    ),
    Part(
        "merges",
        "Random schemas and histories through the merge driver",
        (*_PYTEST, "tests/merging/sqlite/test_laws.py"),
        ("20", "60", "2000"),
        environment={"WAIFUSYNC_HISTORIES": "{length}"},
    ),
    Part(
        "servers",
        "Every server that people have, and a bundle, with everything that goes wrong",
        (*_PYTEST, "tests/servers"),
        ("", "1", "1"),
        environment=_LONG,
    ),
    Part(
        "hostile",
        "Repositories made to do harm, each met by a companion",
        ("-m", "tests.hostile"),
        ("", "", ""),
        re.compile(r"^(?P<figure>\d+ meetings .*, \d+ failed; .*)$", re.M),
    ),
    Part(
        "databases",
        "Databases and vector files made to do harm",
        (
            *_PYTEST,
            "tests/merging/sqlite",
            "tests/traps/test_bad_input.py",
            "-k",
            "hostile or damaged or bad",
        ),
        ("", "", ""),
    ),
    Part(
        "fuzzing",
        "Inputs that find their way into every line of every parser",
        ("-m", "tests.fuzzing", "--seconds", "{length}"),
        ("5", "60", "1200"),
        re.compile(r"^(?P<figure>\d+ inputs for .*)$", re.M),
    ),
)
