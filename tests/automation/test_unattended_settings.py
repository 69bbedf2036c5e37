"""T18: settings and rights that break a plain git command, and a run that nobody watches."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.automation.hooked import copied
from tests.automation.scheduled import Unattended, unattended
from tests.companions import INSTALLED, Ran, World

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


@pytest.fixture
def shown(template: World) -> Iterator[Unattended]:
    """A laptop where other users may look: pytest's own folders are its user's alone."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield unattended(copied(template, Path(folder) / "world"), "laptop")


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
def test_a_home_that_cannot_be_written_stops_no_run(shown: Unattended, home: str) -> None:
    """T18: a service's user, or a card that became read-only."""
    shown.say("one")
    place = shown.world.folder / "another home"
    if home == "read-only":
        place.mkdir(mode=0o555)
    elif home == "a file":
        place.write_text("")
    _give_away(shown.world.folder)
    ran = _as_somebody(shown, HOME=str(place))
    assert ran.out.endswith("Pushed 1 change.\n"), ran
    assert ran.err == ""


@ROOT_ONLY
def test_a_companion_that_others_may_not_even_see_is_one_line(shown: Unattended) -> None:
    shown.world.folder.chmod(0o700)
    ran = _as_somebody(shown)
    assert ran.code == 3 and ran.out.startswith(f"{shown.directory}: failed with 3: permission denied")
    assert (ran.out.count("\n"), ran.err) == (1, "")


@ROOT_ONLY
def test_a_companion_that_cannot_be_written_is_named(shown: Unattended) -> None:
    """T18: it stands on a disk that became read-only, say."""
    with (shown.world.home / "gitconfig").open("a") as file:
        file.write("[safe]\n\tdirectory = *\n")
    ran = _as_somebody(shown, GIT_CONFIG_GLOBAL=str(shown.world.home / "gitconfig"))
    assert ran.code == 3 and "permission denied" in ran.out
    assert (ran.out.count("\n"), ran.err) == (1, "")


FULL_DISK = """
mount -t tmpfs -o size=8m none "$1" && cp -a "$2/." "$1" || exit 99
dd if=/dev/zero of="$1/filler" bs=1k 2>/dev/null
"$3" -C "$1" run; echo "run $?"
"$3" -C "$1" status --porcelain; echo "status $?"
rm "$1/filler"
"$3" -C "$1" run; echo "run $?"
"$3" -C "$1" status --porcelain; echo "status $?"
"$3" -C "$1" verify >/dev/null; echo "verify $?"
"""


def _may_mount() -> bool:
    words = ["unshare", "-rm", "sh", "-c", "mount -t tmpfs -o size=1m none /mnt"]
    try:
        return subprocess.run(words, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def test_a_disk_that_is_really_full_is_named_and_survived(alone: Unattended, tmp_path: Path) -> None:
    """T14: not even the note of the failure finds room, but in the place of the one that is there."""
    if not _may_mount():
        pytest.skip("unshare may not mount a small disk here")
    alone.by_nobody()
    alone.say(*(f"{number} {'x' * 2000}" for number in range(100)))
    disk = tmp_path / "disk"
    disk.mkdir()
    words = ["unshare", "-rm", "sh", "-c", FULL_DISK, "sh", str(disk), str(alone.directory), str(INSTALLED)]
    done = subprocess.run(words, env=_environment(alone), capture_output=True, text=True, timeout=120)
    full, healed = done.stdout.split("status 3\n")
    assert "failed with 3: " in full and "\nrun 3\n" in full and "\nfailures 1\n" in full, done
    assert "no space left" in full or "the disk is full" in full
    assert "Pushed 100 changes.\nrun 0\n" in healed and healed.endswith("status 0\nverify 0\n"), done
    assert "Traceback" not in done.stderr


def _environment(device: Unattended) -> dict[str, str]:
    settings = str(device.world.home / "gitconfig")
    return {"PATH": os.environ["PATH"], "HOME": str(device.world.home), "GIT_CONFIG_GLOBAL": settings}


def _give_away(folder: Path) -> None:
    for place, folders, files in os.walk(folder):
        for name in (".", *folders, *files):
            os.chown(os.path.join(place, name), SOMEBODY, SOMEBODY, follow_symlinks=False)


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
