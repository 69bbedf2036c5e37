"""Where a history happens: three companions, copied from ones made once, and how commands start there.

A hundred histories are a thousand commands, so what is no part of any promise is spared: a start of
Python for each, and the garbage collection that git begins after each push, to find that there is none.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests import companions
from tests.companions import INSTALLED, Ran, clean_environment
from tests.forked import Waiting
from tests.simulation.program import SCHEMA

NAMES = ("laptop", "jetson", "tablet")
# What a command may end with; 70 is a bug, and 2 is for who types something wrong.
ENDINGS = {0, 1, 3, 4, 5}
_INSTALLED_SHARE = 0.03
_GITCONFIG = (
    "[user]\n\tname = Ada\n\temail = ada@example.org\n[init]\n\ttemplateDir =\n[receive]\n\tautogc = false\n"
)


class BadEnding(AssertionError):
    """A command ended as none may."""


def make_template(folder: Path, layout: str) -> None:
    """Three level companions and their remote, below `folder`; remotes are named by relative paths."""
    world = companions.World(folder, layout)
    (world.home / "gitconfig").write_text(_GITCONFIG)
    first, *_ = devices = [world.device(name) for name in NAMES]
    for statement in SCHEMA.split(";")[:-1]:
        first.sql(statement)
    world.settle(first, *devices[1:])
    for device in devices:
        device.git("remote", "set-url", "origin", "../remote.git")


@dataclass
class Told:
    """What was acknowledged, and by which commands; and what nobody may have written."""

    issued: dict[str, tuple[str, str]] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    revived: set[str] = field(default_factory=set)


class Place(companions.World):
    """A world whose commands are forked; a few, by chance, are the installed command itself."""

    def __init__(self, folder: Path, layout: str, waiting: Waiting, seed: int) -> None:
        self.folder, self.layout = folder, layout
        self.home, self.remote = folder / "home", folder / "remote.git"
        self.devices = {}
        self.told = Told()
        self.tokens = 0
        self._waiting, self._chance = waiting, Random(seed)

    def new_value(self) -> str:
        """A text that nobody wrote before."""
        self.tokens += 1
        return f"v{self.tokens}"

    def run(
        self,
        *words: str,
        where: Path | None = None,
        code: int | None = 0,
        timeout: float = 120.0,
        **environment: str,
    ) -> Ran:
        start = _installed if self._chance.random() < _INSTALLED_SHARE else self._waiting.run
        clean = clean_environment(self.home, **environment)
        done = start(list(words), where=where or self.folder, environment=clean, timeout=timeout)
        ran = Ran(done.returncode, done.stdout, done.stderr)
        _check_ending(words, ran)
        return ran


def _installed(
    words: list[str], *, where: Path, environment: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [INSTALLED, *words], cwd=where, env=environment, capture_output=True, text=True, timeout=timeout
    )


def _check_ending(words: tuple[str, ...], ran: Ran) -> None:
    """Whatever a person did before: no traceback, no bug, and who is refused is told why."""
    told = ran.out or "error: " in ran.err or "warning: " in ran.err
    if ran.code not in ENDINGS or "Traceback" in ran.err or (ran.code > 1 and not told):
        raise BadEnding(f"waifusync {' '.join(words)}: {ran}")


@contextmanager
def place(folder: Path, template: Path, waiting: Waiting, *, seed: int, layout: str) -> Iterator[Place]:
    subprocess.run(["cp", "-a", template, folder], check=True)  # a fifth of what shutil.copytree takes
    try:
        yield Place(folder, layout, waiting, seed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
