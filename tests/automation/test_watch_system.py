"""`watch` and the system: signals, systemd, notices, batteries and networks."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.automation.watched import Watch, exchanges, texts, until, watching
from tests.companions import Device, World

# SIOCSIFFLAGS, IFF_UP | IFF_RUNNING: the one interface of a new namespace gets its address.
LOOPBACK_UP = """
import fcntl, socket, struct
fcntl.ioctl(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0x8914, struct.pack("16sh", b"lo", 0x41))
"""


@pytest.fixture
def laptop(world: World) -> Device:
    return world.devices["laptop"]


def test_a_term_signal_lets_it_finish_what_it_began(world: World, laptop: Device) -> None:
    """The push is under way when the signal comes; it is seen to have arrived before the end."""
    hook, begun = world.remote / "hooks/pre-receive", world.folder / "begun"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ncat >/dev/null; touch '{begun}'; sleep 1.5\n")
    hook.chmod(0o755)
    with watching(laptop) as watch:
        watch.settled()
        laptop.say("at the last moment")
        until(begun.exists)
        watch.stop(signal.SIGTERM, code=0)
    assert [each["event"] for each in watch.events[-2:]] == ["synced", "stopped"]
    assert "at the last moment" in texts(world)
    assert laptop.run("status", "--json").json["next"] is None
    assert laptop.lock_files() == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130), (signal.SIGHUP, 0)])
def test_a_remote_that_does_not_answer_keeps_nobody_waiting(
    world: World, laptop: Device, number: int, code: int
) -> None:
    """T28: what is only asked is broken off, and until then others may sync."""
    ssh, asked = world.folder / "ssh", world.folder / "asked"
    ssh.write_text(f"#!/bin/sh\ntouch '{asked}'\nexec sleep 60\n")
    ssh.chmod(0o755)
    laptop.git("remote", "set-url", "origin", "ssh://example.org/companion.git")
    with watching(laptop, GIT_SSH_COMMAND=str(ssh), GIT_SSH_VARIANT="ssh") as watch:
        watch.wait_for("watching")
        until(asked.exists)
        laptop.say("one")
        assert laptop.run("commit").last_line == "Committed 1 change."
        began = time.monotonic()
        watch.stop(number, code=code)
        assert time.monotonic() - began < 10


def test_systemd_hears_that_it_is_ready_alive_and_stopping(laptop: Device, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(30)
        heard = []
        address = str(tmp_path / "notify")
        with watching(laptop, NOTIFY_SOCKET=address, WATCHDOG_USEC="400000") as watch:
            while not {"READY=1", "WATCHDOG=1"} <= set(heard):
                heard.append(listener.recv(100).decode())
            watch.stop()
            while "STOPPING=1" not in heard:
                heard.append(listener.recv(100).decode())
        assert heard.count("READY=1") == 1 and heard[0] == "READY=1"
        assert heard[-1] == "STOPPING=1"


@contextmanager
def watching_apart(laptop: Device, *words: str, interval: str) -> Iterator[Watch]:
    """In a namespace of its own: what is changed there is changed for no other program."""
    before = ("unshare", "--user", "--map-root-user", *words)
    if shutil.which("unshare") is None or subprocess.run([*before, "true"], capture_output=True).returncode:
        pytest.skip("this system makes no namespaces")
    with watching(laptop, "--interval", interval, before=before) as watch:
        yield watch


def test_where_the_systems_notices_are_used_up_looking_is_enough(world: World, laptop: Device) -> None:
    no_notices = 'echo 0 >/proc/sys/user/max_inotify_instances && exec "$@"'
    with watching_apart(laptop, "sh", "-c", no_notices, "sh", interval="0.5") as watch:
        assert "no notices of changes" in watch.wait_for("polling")["text"]
        watch.settled()
        laptop.say("seen all the same")
        until(lambda: "seen all the same" in texts(world))
        assert len(watch.told("polling")) == 1


def test_a_battery_that_runs_low_stretches_the_interval_until_it_is_charged(
    world: World, laptop: Device
) -> None:
    battery = world.folder / "class/power_supply/BAT0"
    battery.mkdir(parents=True)
    for name, text in {"type": "Battery", "status": "Discharging", "capacity": "50"}.items():
        (battery / name).write_text(f"{text}\n")
    show = f"mount --bind '{world.folder / 'class'}' /sys/class && exec \"$@\""
    with watching_apart(laptop, "--mount", "sh", "-c", show, "sh", interval="0.5") as watch:
        watch.settled()
        (battery / "capacity").write_text("19\n")
        assert watch.wait_for("power")["interval"] == 3.0
        (battery / "status").write_text("Charging\n")
        assert watch.wait_for("power", count=2)["interval"] == 0.5


def test_when_the_network_changes_a_remote_that_was_away_is_tried_at_once(
    world: World, laptop: Device
) -> None:
    """After the second failure it would wait for six seconds, a quarter more or less."""
    away = world.remote.with_name("away.git")
    with watching_apart(laptop, "--net", interval="1.5") as watch:
        watch.settled()
        world.remote.rename(away)
        watch.wait_for("failed")
        first = exchanges(laptop)
        until(lambda: exchanges(laptop) > first)
        away.rename(world.remote)
        enter = ["nsenter", "--target", str(watch.pid), "--user", "--net", "--preserve-credentials"]
        subprocess.run([*enter, sys.executable, "-c", LOOPBACK_UP], check=True)
        began = time.monotonic()
        watch.wait_for("recovered")
        assert time.monotonic() - began < 4
