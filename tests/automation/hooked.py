"""A device whose plain git commands are followed by hooks, and how often these start waifusync."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.companions import INSTALLED, Device, Ran, World, clean_environment


class Laptop(Device):
    """`program` is the installed command, which notes each start in `starts`."""

    def __init__(self, world: World, name: str, directory: Path, program: Path) -> None:
        super().__init__(world, name, directory)
        self.program = program

    @property
    def jetson(self) -> Device:
        return self.world.devices["jetson"]

    @property
    def hooks(self) -> Path:
        return self.directory / ".git/hooks"

    def call(self, *words: str, code: int = 0) -> Ran:
        """`waifusync WORDS`, by the program that the hooks call too."""
        return run([str(self.program), *words], where=self.directory, home=self.world.home, code=code)

    def starts(self) -> int:
        """How often hooks started it since the last look."""
        file = self.program.with_name("starts")
        lines = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return len([line for line in lines if line.startswith("hooks run")])

    def plain_git(self, *words: str, code: int = 0, stdin: str = "", **environment: str) -> Ran:
        """Plain git, with all that it said."""
        command = ["git", "-C", str(self.directory), *words]
        return run(command, where=self.directory, home=self.world.home, code=code, stdin=stdin, **environment)

    def commit(self, name: str = "notes.md", text: str | None = None) -> Ran:
        """A person's own file in a commit of a person's own."""
        file = self.directory / name
        file.write_text(text if text is not None else f"{self.head()}\n")
        self.git("add", name)
        return self.plain_git("commit", "-q", "-m", f"change {name}")

    def settled(self) -> None:
        """Python was started once, saw that there is nothing to do, and noted it."""
        self.call("hooks", "run", "post-commit")
        self.starts()

    def foreign_hook(self, name: str, script: str, *, folder: Path | None = None) -> Path:
        file = (folder or self.hooks) / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
        return file

    def committed(self, revision: str = "main") -> str:
        """Everything that the branch's log files say."""
        return self.git("grep", "-h", "-I", "-e", "", revision, "--", "shared_memory/log")

    def is_clean(self) -> bool:
        return self.git("status", "--porcelain") == ""


def run(
    command: list[str], *, where: Path, home: Path, code: int = 0, stdin: str = "", **environment: str
) -> Ran:
    done = subprocess.run(
        command,
        cwd=where,
        env=clean_environment(home, **{"GIT_EDITOR": "true", **environment}),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == code, f"{command} ended with {done.returncode}: {done.stdout}{done.stderr}"
    return Ran(done.returncode, done.stdout, done.stderr)


def counting_program(world: World) -> Path:
    """A copy of the installed command that writes down its arguments first."""
    program = world.folder / "a program/waifusync"
    program.parent.mkdir()
    first, rest = INSTALLED.read_text().split("\n", 1)
    note = (
        f"import sys\nopen({str(program.with_name('starts'))!r}, 'a').write(' '.join(sys.argv[1:]) + '\\n')"
    )
    program.write_text(f"{first}\n{note}\n{rest}")
    shutil.copymode(INSTALLED, program)
    return program


def copied(template: World, folder: Path) -> World:
    shutil.copytree(template.folder, folder, symlinks=True)
    world = object.__new__(World)
    world.folder, world.home, world.remote = folder, folder / "home", folder / "remote.git"
    world.layout = template.layout
    world.devices = {name: Device(world, name, folder / name) for name in template.devices}
    for device in world.devices.values():
        device.git("remote", "set-url", "origin", str(world.remote))
        device.git("status")  # the copies' files are younger than the index says
    return world
