"""The companion that meets what is hostile, and a small process that runs and measures commands in it."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.companions import INSTALLED, World, clean_environment
from tests.hostile.remotes import Remote

SECONDS, MEBIBYTES = 2.0, 256
_ADDRESS_SPACE = 4 << 30  # so that what fails does not take the machine with it
# What a terminal would obey, or what would show a line otherwise than it is.
_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LONGEST_LINE = 2_000

# A child counts the memory of who started it until it runs something else, so this stays small. What a
# process took holds what the processes took that it waited for.
_RUNNER = """
import json, os, resource, sys
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
resource.setrlimit(resource.RLIMIT_CPU, (600, 600))
for line in sys.stdin:
    words, environment, folder, out, err = json.loads(line)
    os.chdir(folder)
    to = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)]
    anew = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    to += [(os.POSIX_SPAWN_OPEN, number, path, anew, 0o600) for number, path in ((1, out), (2, err))]
    process = os.posix_spawn(words[0], words, environment, file_actions=to)
    _, status, used = os.wait4(process, 0)
    told = os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss
    print(json.dumps(told), flush=True)
"""


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it took: processor time, and memory of the largest of its processes."""

    words: tuple[str, ...]
    code: int
    out: str
    err: str
    seconds: float
    mebibytes: float

    @property
    def errors(self) -> list[str]:
        return [line for line in self.err.splitlines() if line.startswith("error: ")]

    @property
    def warnings(self) -> list[str]:
        return [line for line in self.err.splitlines() if line.startswith("warning: ")]

    @property
    def faults(self) -> list[str]:
        """What no command may do, whatever it meets."""
        told = self.out + self.err
        wrong = {
            "it is a bug": (self.code in (70, 1) and "bug" in self.err) or self.code < 0 or self.code == 70,
            "a traceback": "Traceback" in told,
            "what a terminal would obey": _COMMANDS.search(told) is not None,
            "several errors": len(self.errors) > 1,
            "lines beside the hint": any(not line.startswith(_BEGINNINGS) for line in self.err.splitlines()),
            "a long line": any(len(line) > _LONGEST_LINE for line in self.err.splitlines()),
            "too slow": self.seconds >= SECONDS,
            "too much memory": self.mebibytes >= MEBIBYTES,
        }
        return [fault for fault, is_so in wrong.items() if is_so]


_BEGINNINGS = ("error: ", "hint: ", "warning: ", "repaired: ")


class Surroundings:
    """A home folder, the remote, and one companion: all that there is on a machine."""

    def __init__(self, folder: Path) -> None:
        world = World(folder)
        laptop = world.device("laptop")
        laptop.say("of the laptop")
        laptop.run("push")
        (world.folder / "tmp").mkdir()
        self.folder, self.world, self.laptop = folder, world, laptop
        self.remote = Remote(world.remote)
        self._kept = folder / "kept"
        shutil.copytree(laptop.directory, self._kept, symlinks=True)
        self.canary = folder / "canary"
        self.measured = folder / "measured"
        self.measured.mkdir()
        self._runner = subprocess.Popen(
            [sys.executable, "-S", "-E", "-c", _RUNNER, str(_ADDRESS_SPACE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, where: Path | None = None) -> Ran:
        """`waifusync WORDS` in the companion, measured."""
        out, err = self.measured / "out", self.measured / "err"
        environment = clean_environment(self.world.home, TMPDIR=str(self.folder / "tmp"))
        told = [
            [str(INSTALLED), *words],
            environment,
            str(where or self.laptop.directory),
            str(out),
            str(err),
        ]
        assert self._runner.stdin is not None and self._runner.stdout is not None
        self._runner.stdin.write(json.dumps(told) + "\n")
        self._runner.stdin.flush()
        code, seconds, most = json.loads(self._runner.stdout.readline())
        texts = (file.read_bytes().decode("utf-8", "surrogateescape") for file in (out, err))
        return Ran(words, code, *texts, seconds, most / (1 << (20 if sys.platform == "darwin" else 10)))

    def restore(self) -> None:
        """The remote and the companion as they were before anybody did harm."""
        self.remote.restore()
        shutil.rmtree(self.laptop.directory)
        shutil.copytree(self._kept, self.laptop.directory, symlinks=True)

    def close(self) -> None:
        assert self._runner.stdin is not None
        self._runner.stdin.close()
        self._runner.wait()

    def outside(self) -> dict[str, object]:
        """Every file that is not the companion's, with when and how it was written."""
        return _listing(self.folder, without={self.laptop.directory, self.measured})

    def inside(self) -> dict[str, object]:
        """The companion without git's own folder: what a person sees."""
        return _listing(self.laptop.directory, without={self.laptop.directory / ".git"})

    def settings(self) -> dict[str, object]:
        """What git would run something for, and where its branch is."""
        git_dir = self.laptop.directory / ".git"
        names = ("config", "HEAD", "info/attributes", "info/exclude", "refs/heads/main", "hooks")
        return {name: _state(git_dir / name) for name in names}

    def rows(self) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.laptop.database)) as connection:
            connection.text_factory = lambda data: data.decode("utf-8", "replace")
            return connection.execute("SELECT id, user_input FROM memories ORDER BY 1").fetchall()


def _listing(folder: Path, *, without: set[Path]) -> dict[str, object]:
    found: dict[str, object] = {}
    for place, folders, files in os.walk(folder):
        here = Path(place)
        folders[:] = [each for each in folders if here / each not in without]
        found |= {str(here / each): _state(here / each) for each in (*folders, *files)}
    return found


def _state(path: Path) -> object:
    try:
        facts = path.lstat()
    except FileNotFoundError:
        return None
    if path.is_dir() and not path.is_symlink():
        return facts.st_mode
    return facts.st_mode, facts.st_size, facts.st_mtime_ns, facts.st_ino
