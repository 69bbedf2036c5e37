"""T18: settings and rights that break a plain git command, and a run that nobody watches."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.automation.scheduled import Unattended
from tests.companions import INSTALLED, Ran

ROOT_ONLY = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root and setpriv, to become another user"
)
SOMEBODY = 12345
SIGNING = "[commit]\n\tgpgsign = true\n[push]\n\tgpgSign = true\n[gpg]\n\tprogram = /nowhere/gpg\n"
SETTINGS = {
    "signing without a key": SIGNING,
    "line ends of Windows": "[core]\n\tautocrlf = true\n\tsafecrlf = true\n\teol = crlf\n",
    "pulls that rebase": "[pull]\n\trebase = true\n[rebase]\n\tautoStash = true\n",
    "programs that fail": "[core]\n\teditor = false\n\tfsmonitor = false\n\taskPass = false\n",
}


@pytest.mark.parametrize("text", SETTINGS.values(), ids=SETTINGS)
def test_a_persons_settings_do_not_stop_a_run(alone: Unattended, text: str) -> None:
    """T18, T29: and every byte arrives as it was written."""
    with (alone.world.home / "gitconfig").open("a") as file:
        file.write(text)
    alone.run("schedule", "install", "--every", "1m")
    said = "first line\nsecond line\r\nthird"
    alone.say(said)
    jetson = alone.world.devices["jetson"]
    jetson.say("from the jetson")
    jetson.sync()
    alone.by_cron()
    assert alone.world.remote_head() == alone.head()
    assert alone.run("status").code == 0
    jetson.sync()
    assert said in jetson.said() and "from the jetson" in alone.said()
    assert alone.run("verify").code == 0
    assert alone.git("status", "--porcelain") == ""


def test_foreign_hooks_are_not_run_and_stop_nothing(alone: Unattended) -> None:
    """T18: a team's core.hooksPath whose hooks refuse everything."""
    ran = alone.world.folder / "ran"
    for name in (
        "pre-commit",
        "pre-push",
        "commit-msg",
        "post-commit",
        "reference-transaction",
        "post-merge",
    ):
        hook = alone.world.folder / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\necho {name} >>'{ran}'\nexit 1\n")
        hook.chmod(0o755)
    alone.git("config", "core.hooksPath", str(alone.world.folder / "hooks"))
    alone.say("one")
    assert alone.by_nobody().out.endswith("Pushed 1 change.\n")
    assert not ran.exists()


@ROOT_ONLY
def test_somebody_elses_companion_is_named(alone: Unattended) -> None:
    """T18: git's safe.directory, as after `sudo`, or on a disk of another machine."""
    _give_away(alone.world.folder)
    ran = alone.by_nobody(code=3)
    assert "git does not trust" in ran.out and "safe.directory" in ran.out
    assert (ran.out.count("\n"), ran.err) == (1, "")


@ROOT_ONLY
@pytest.mark.parametrize("home", ["read-only", "missing", "a file"])
def test_a_home_that_cannot_be_written_stops_no_run(alone: Unattended, home: str) -> None:
    """T18: a service's user, or a card that became read-only."""
    alone.say("one")
    place = alone.world.folder / "another home"
    if home == "read-only":
        place.mkdir(mode=0o555)
    elif home == "a file":
        place.write_text("")
    _give_away(alone.world.folder)
    ran = _as_somebody(alone, HOME=str(place))
    assert ran.out.endswith("Pushed 1 change.\n"), ran
    assert ran.err == ""


@ROOT_ONLY
def test_a_companion_that_cannot_be_written_is_named(alone: Unattended) -> None:
    """T18: it stands on a disk that became read-only, say."""
    _open_for_all(alone.world.folder)
    with (alone.world.home / "gitconfig").open("a") as file:
        file.write("[safe]\n\tdirectory = *\n")
    ran = _as_somebody(alone, GIT_CONFIG_GLOBAL=str(alone.world.home / "gitconfig"))
    assert ran.code == 3 and "permission denied" in ran.out
    assert (ran.out.count("\n"), ran.err) == (1, "")


def _give_away(folder: Path) -> None:
    for place, folders, files in os.walk(folder):
        for name in (".", *folders, *files):
            os.chown(os.path.join(place, name), SOMEBODY, SOMEBODY, follow_symlinks=False)
    _open_for_all(folder)


def _open_for_all(folder: Path) -> None:
    """pytest's own folders are its user's alone."""
    for place in (folder, *folder.parents):
        if place == folder or place.name.startswith(("pytest-", "test_")):
            place.chmod(place.stat().st_mode | 0o055)


def _as_somebody(device: Unattended, **environment: str) -> Ran:
    become = ["setpriv", f"--reuid={SOMEBODY}", f"--regid={SOMEBODY}", "--clear-groups", "--", str(INSTALLED)]
    if subprocess.run([*become, "--version"], capture_output=True, cwd="/").returncode != 0:
        pytest.skip(f"{INSTALLED} cannot be run by another user")
    done = subprocess.run(
        [*become, "-C", str(device.directory), "run"],
        cwd="/",
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
