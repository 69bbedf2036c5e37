"""A device whose schedule is kept by stand-ins for `crontab` and `systemctl`, and its run as these start it.

The real crontab is the person's who runs the tests, so it is left alone.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

from tests.companions import INSTALLED, Device, Ran, World

_CRONTAB = """#!/bin/sh
tab="$0.tab"
case $1 in
-l) [ -f "$tab" ] || { echo "no crontab for ada" >&2; exit 1; }; cat "$tab" ;;
-r) rm "$tab" ;;
-) cat >"$tab" ;;
*) exit 64 ;;
esac
"""
# A systemd answers while there is a file `answers` beside it; what it is told is noted in `told`.
_SYSTEMCTL = """#!/bin/sh
here=$(dirname "$0")
[ -f "$here/answers" ] || { echo "Failed to connect to bus" >&2; exit 1; }
shift 2
case $* in
"show --property=Version") echo Version=252 ;;
"show "*) cat "$here/answers" ;;
*) echo "$*" >>"$here/told" ;;
esac
"""
_LOGGER = """#!/bin/sh
cat >>"$0.heard"
"""


class Unattended(Device):
    """A device with the programs that a schedule needs in `tools`, first on PATH."""

    def __init__(self, world: World, name: str, directory: Path, tools: Path) -> None:
        super().__init__(world, name, directory)
        self.tools = tools
        folders = os.pathsep.join([str(tools), os.environ["PATH"]])
        nowhere = {"XDG_CONFIG_HOME": "", "DBUS_SESSION_BUS_ADDRESS": "", "SSH_AUTH_SOCK": ""}
        self.environment = {"PATH": folders, **nowhere}

    @property
    def crontab(self) -> Path:
        return self.tools / "crontab.tab"

    @property
    def state_directory(self) -> Path:
        return self.directory / ".git/waifusync"

    @property
    def units(self) -> Path:
        return self.world.home / ".config/systemd/user"

    def tool(self, name: str, script: str) -> Path:
        file = self.tools / name
        file.write_text(script)
        file.chmod(0o755)
        return file

    def answering_systemd(self, *lines: str) -> None:
        """From here on a systemd is there, and says this of every unit."""
        (self.tools / "answers").write_text("".join(f"{line}\n" for line in lines))

    def told(self) -> list[str]:
        """What systemd was told to do."""
        file = self.tools / "told"
        return file.read_text().splitlines() if file.exists() else []

    def cron_line(self) -> str:
        """The command that the one line of ours has cron run."""
        [line] = [each for each in self.crontab.read_text().splitlines() if "--if-due" in each]
        return line.split(maxsplit=5)[5].replace("\\%", "%")

    def by_cron(self) -> Ran:
        """As cron runs its line: /bin/sh, the home folder, and next to no environment."""
        given = {"HOME": str(self.world.home), "LOGNAME": "ada", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
        command = re.sub(r"--delay \S+", "--delay 0s", self.cron_line())
        return _ran(["/bin/sh", "-c", command], environment=given, where=self.world.home)

    def by_timer(self) -> Ran:
        """As systemd runs ExecStart: no shell, the root folder, and here not even HOME or PATH."""
        [service] = self.units.glob("waifusync-*.service")
        return _ran(exec_start(service.read_text()), environment={}, where=Path("/"))

    def by_nobody(self, *options: str, code: int | None = 0) -> Ran:
        """`waifusync run` from an empty environment."""
        words = [str(INSTALLED), "-C", str(self.directory), "run", *options]
        ran = _ran(words, environment={}, where=Path("/"))
        assert code is None or ran.code == code, ran
        return ran

    def failure(self) -> dict[str, object]:
        """What `status` knows of the last one."""
        found = self.run("status", "--json", code=None).json["last_error"]
        assert isinstance(found, dict)
        return found


def unattended(world: World, name: str, directory: Path | None = None) -> Unattended:
    tools = world.folder / "tools"
    device = Unattended(world, name, directory or world.folder / name, tools)
    if not tools.exists():
        tools.mkdir()
        for tool, script in (("crontab", _CRONTAB), ("systemctl", _SYSTEMCTL), ("logger", _LOGGER)):
            device.tool(tool, script)
    return device


def exec_start(text: str) -> list[str]:
    """The words that systemd makes of it: quoted as for a shell, and `%` and `$` are written twice."""
    [line] = [each for each in text.splitlines() if each.startswith("ExecStart=")]
    words = shlex.split(line.removeprefix("ExecStart="))
    return [word.replace("%%", "%").replace("$$", "$") for word in words]


def _ran(command: list[str], *, environment: dict[str, str], where: Path) -> Ran:
    done = subprocess.run(
        command,
        cwd=where,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
