"""The command in a process of its own, forked from one that has imported it: fifteen times as many an hour.

What a process would do at its start is done before the fork, and writes nothing; everything else is the
command's own: its arguments, its files, its git.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TextIO

from tests.companions import INSTALLED, Ran, World, clean_environment
from tests.crashing.fates import Fate, Met, meet

# Imported only for --help and for mistakes.
_RARE = ("waifusync.__main__", "waifusync.cli.typed")


def prepare() -> None:
    """Imports what commands import when they need it."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    import numpy  # noqa: F401

    import waifusync

    for found in pkgutil.walk_packages(waifusync.__path__, "waifusync."):
        if found.name not in _RARE:
            importlib.import_module(found.name)


class ForkedWorld(World):
    """A world whose commands are forked."""

    def run(
        self,
        *words: str,
        where: Path | None = None,
        code: int | None = 0,
        timeout: float = 120.0,
        **environment: str,
    ) -> Ran:
        place = where or self.folder

        def plainly(main: Callable[[], int]) -> int:
            pid = os.fork()
            if pid == 0:
                _end(main)
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

        ran = _captured(words, place, clean_environment(self.home, **environment), plainly)
        assert code is None or ran.code == code, f"waifusync {' '.join(words)}: {ran}"
        return ran

    def run_to(self, fate: Fate | None, *words: str, where: Path, **environment: str) -> tuple[Ran, Met]:
        """The command, until it meets its fate in a file of this world."""
        met: list[Met] = []

        def doomed(main: Callable[[], int]) -> int:
            servers = (str(self.remote), str(self.folder / "second.git"))
            met.append(meet(main, f"{self.folder}{os.sep}", fate, elsewhere=servers))
            return met[0].status

        ran = _captured(words, where, clean_environment(self.home, **environment), doomed)
        return ran, met[0]


def _captured(
    words: tuple[str, ...],
    where: Path,
    environment: Mapping[str, str],
    run: Callable[[Callable[[], int]], int],
) -> Ran:
    out, err = os.memfd_create("out"), os.memfd_create("err")
    with closing(os.fdopen(out, "rb")) as said, closing(os.fdopen(err, "rb")) as told:
        code = run(lambda: _command(words, where, environment, (out, err)))
        said.seek(0)
        told.seek(0)
        return Ran(code, said.read().decode(), told.read().decode())


def _command(
    words: tuple[str, ...], where: Path, environment: Mapping[str, str], outputs: tuple[int, int]
) -> int:
    """In the child: becomes what a shell would have started."""
    from waifusync.cli.main import main

    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDONLY)
    for descriptor, number in zip((nowhere, *outputs), range(3), strict=True):
        os.dup2(descriptor, number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(where)
    sys.argv = [str(INSTALLED), *words]
    sys.stdin, sys.stdout, sys.stderr = open(0, closefd=False), _writer(1), _writer(2)  # noqa: SIM115
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    return status


def _writer(descriptor: int) -> TextIO:
    return open(descriptor, "w", closefd=False)


def _end(main: Callable[[], int]) -> None:
    """Never returns."""
    status = 97
    try:
        status = main()
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)
