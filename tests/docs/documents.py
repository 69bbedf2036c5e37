"""Reads the examples out of a document, and runs them as a person would who follows it from top to bottom.

```console blocks hold `$ command` lines, and what each prints where that is shown. `…` stands for anything
within a line, a line of `…` alone for any lines. A command whose output shows `error:` must fail; every other
one must succeed. `<!-- console … -->` is the same, for what a reader of the page need not see.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

BIN = Path(sys.executable).parent
STAND_INS = Path(__file__).parent / "bin"
_BLOCK = re.compile(
    r"^(?:```(console|python)\n(.*?)^```$|<!-- (console)\n(.*?)^-->$)", re.MULTILINE | re.DOTALL
)


@dataclass(slots=True)
class Command:
    """One command (a Python block is one too), and the lines that the document says it prints."""

    line: str
    shown: list[str] = field(default_factory=list)

    @property
    def must_fail(self) -> bool:
        return any(line.startswith("error:") or '{"error":' in line for line in self.shown)


def commands_of(text: str) -> list[Command]:
    """Every example of a document, in order."""
    found: list[Command] = []
    for kind, block, _, hidden_block in _BLOCK.findall(text):
        if kind == "python":
            found.append(Command(f"python3 - <<'END'\n{block}END"))
        else:
            found += _console(block or hidden_block)
    return found


def _console(block: str) -> Iterator[Command]:
    command: Command | None = None
    for line in block.splitlines():
        if line.startswith("$ "):
            if command:
                yield command
            command = Command(line[2:])
        elif command and command.line.endswith("\\"):
            command.line += "\n" + line
        elif command and line:
            command.shown.append(line)
    if command:
        yield command


@dataclass(slots=True)
class Reader:
    """Somebody who follows a document in an empty home folder; `cd` is remembered."""

    home: Path
    place: Path = field(init=False)

    def __post_init__(self) -> None:
        self.place = self.home

    def follow(self, command: Command) -> None:
        """Raises AssertionError with what was printed instead."""
        if command.line.startswith("cd "):
            self.place = self._moved(command.line[3:])
            return
        done = subprocess.run(
            ["/bin/sh", "-c", command.line],
            cwd=self.place,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        printed = done.stdout.replace(str(self.home), "~")
        told = f"\n$ {command.line}\n{printed}[exit {done.returncode}]"
        assert (done.returncode != 0) == command.must_fail, told
        if command.shown:
            assert is_shown("\n".join(command.shown), printed.strip("\n")), told

    def _moved(self, target: str) -> Path:
        place = self.home / target[2:] if target.startswith("~/") else self.place / target
        assert place.is_dir(), target
        return place.resolve()

    def _environment(self) -> Mapping[str, str]:
        path = os.pathsep.join([str(BIN), os.environ["PATH"], str(STAND_INS)])
        name = {"GIT_AUTHOR_NAME": "Mika", "GIT_AUTHOR_EMAIL": "mika@example.org"}
        committer = {key.replace("AUTHOR", "COMMITTER"): value for key, value in name.items()}
        return {
            "PATH": path,
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
            **name,
            **committer,
        }


def is_shown(shown: str, printed: str) -> bool:
    """Whether what was printed is what the document shows, `…` standing for anything."""
    lines = [
        r"(?:.*\n)*?" if line == "…" else ".*".join(map(re.escape, line.rstrip().split("…"))) + r" *\n"
        for line in shown.splitlines()
    ]
    return re.fullmatch("".join(lines), printed + "\n") is not None
