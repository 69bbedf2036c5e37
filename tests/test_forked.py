"""What tests start is the installed command: forked or not, nobody can tell."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tests.companions import World, clean_environment
from tests.forked import INSTALLED, Waiting, run_installed

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="nothing is forked there")


@pytest.fixture(scope="module")
def waiting():
    with closing(Waiting()) as found:
        yield found


@pytest.mark.parametrize(
    "words",
    [
        ["--version"],
        ["status"],
        ["verify", "--json"],
        ["forget", "--help"],
        ["no-such-command"],
        ["log", "-C", "/"],
    ],
)
def test_a_forked_command_says_and_ends_as_one_that_a_person_starts(
    words: list[str], waiting: Waiting, tmp_path_factory: pytest.TempPathFactory
) -> None:
    where = _companion(tmp_path_factory)
    ours = clean_environment(where.parent / "home", COLUMNS="80")
    forked = waiting.run(words, where=where, environment=ours, timeout=60)
    plain = subprocess.run([INSTALLED, *words], cwd=where, env=ours, capture_output=True, text=True)
    assert (forked.returncode, forked.stdout, forked.stderr) == (plain.returncode, plain.stdout, plain.stderr)


def test_commands_at_once_do_not_get_each_others_answers(waiting: Waiting, tmp_path: Path) -> None:
    world = World(tmp_path)
    devices = [world.device("laptop"), world.device("jetson"), world.device("phone")] * 3
    ours = clean_environment(world.home)

    def answered(place: Path) -> str:
        return waiting.run(["status", "--json"], where=place, environment=ours, timeout=60).stdout

    with ThreadPoolExecutor(len(devices)) as threads:
        told = list(threads.map(lambda device: answered(device.directory), devices))
    assert all(device.name in text for device, text in zip(devices, told, strict=True))


def test_a_command_leaves_nothing_to_the_next(
    waiting: Waiting, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    where = _companion(tmp_path_factory)
    ours = clean_environment(where.parent / "home")
    before = waiting.run(["status"], where=where, environment=ours, timeout=60)
    refused = waiting.run(["status"], where=tmp_path, environment={**ours, "HOME": "/nowhere"}, timeout=60)
    assert refused.returncode == 2 and "error: " in refused.stderr
    after = waiting.run(["status"], where=where, environment=ours, timeout=60)
    assert (before.returncode, before.stdout, before.stderr) == (0, after.stdout, after.stderr)


def test_a_command_that_takes_too_long_is_killed(waiting: Waiting, tmp_path: Path) -> None:
    laptop = World(tmp_path).device("laptop")
    ours = clean_environment(tmp_path / "home")
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.run(["watch"], where=laptop.directory, environment=ours, timeout=1)
    assert not _running_in(laptop.directory)


def test_modules_that_cannot_be_read_are_said(tmp_path: Path) -> None:
    """As when somebody's edit of a module does not parse."""
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['waifusync'] = None\n")
    broken = Waiting({**os.environ, "PYTHONPATH": str(tmp_path)})
    with pytest.raises(AssertionError, match="waifusync"):
        broken.run(["--version"], where=tmp_path, environment=dict(os.environ), timeout=60)


def test_what_python_reads_at_its_start_is_never_forked(tmp_path: Path) -> None:
    """Twice, because the first of each command is never forked."""
    told = [
        run_installed(
            ["--version"],
            where=tmp_path,
            environment=clean_environment(tmp_path, PYTHONPROFILEIMPORTTIME="1"),
        ).stderr
        for _ in range(2)
    ]
    assert all("import time:" in text for text in told)


def _companion(factory: pytest.TempPathFactory) -> Path:
    made = factory.getbasetemp() / "forked"
    if not made.exists():
        made.mkdir()
        World(made).device("laptop").say("tea")
    return made / "laptop"


def _running_in(folder: Path) -> list[str]:
    """Processes whose folder this is."""
    return [
        process.name
        for process in Path("/proc").glob("[0-9]*")
        if os.path.islink(process / "cwd") and _folder_of(process) == str(folder)
    ]


def _folder_of(process: Path) -> str:
    try:
        return os.readlink(process / "cwd")
    except OSError:
        return ""
