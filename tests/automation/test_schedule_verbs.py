"""`waifusync schedule install`, `show` and `remove`, with stand-ins for the programs that keep a schedule."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.automation.scheduled import Unattended, unattended

OTHERS = "MAILTO=ada\n0 4 * * * backup '100\\%'\n"


def test_a_schedule_pushes_from_an_empty_environment_by_cron(alone: Unattended) -> None:
    """T18: cron gives HOME, and a PATH of two folders."""
    alone.crontab.write_text(OTHERS)
    installed = alone.run("schedule", "install", "--every", "1m")
    assert installed.out == "Installed: every 1m, by your crontab.\n"
    alone.say("one")
    alone.by_cron()
    assert (alone.tools / "logger.heard").read_text() == f"{alone.directory}: Pushed 1 change.\n"
    assert alone.world.remote_head() == alone.head()
    shown = alone.run("schedule", "show")
    assert "exit 0: Pushed 1 change." in shown.out
    alone.run("schedule", "remove")
    assert alone.crontab.read_text() == OTHERS


def test_a_schedule_pushes_from_an_empty_environment_by_systemd(alone: Unattended) -> None:
    """T18: and here not even that."""
    alone.answering_systemd(
        "ActiveState=active", "UnitFileState=enabled", "NextElapseUSecRealtime=@1900000000"
    )
    alone.run("schedule", "install")
    alone.say("one")
    ran = alone.by_timer()
    assert (ran.code, ran.out, ran.err) == (0, f"{alone.directory}: Pushed 1 change.\n", "")
    assert alone.world.remote_head() == alone.head()
    assert "next run: 2030-03-17T17:46:40Z" in alone.run("schedule", "show").out
    assert not alone.crontab.exists()


def test_installing_twice_is_as_once(alone: Unattended) -> None:
    alone.crontab.write_text(OTHERS)
    alone.run("schedule", "install")
    before = alone.crontab.read_bytes()
    assert alone.run("schedule", "install").out == "All was installed: every 15m, by your crontab.\n"
    assert alone.crontab.read_bytes() == before
    alone.run("schedule", "install", "--cron", "30 7 * * 1-5")
    assert 'by "30 7 * * 1-5"' in alone.crontab.read_text()
    assert alone.crontab.read_text().count("--if-due") == 1
    assert alone.crontab.read_text().startswith(OTHERS)


def test_what_a_run_needs_is_written_down_for_its_owner_alone(alone: Unattended) -> None:
    """T18: and nothing that may be a secret."""
    proxy = {"https_proxy": "http://ada:hunter2@proxy:3128", "GIT_SSH_COMMAND": "sshpass -p hunter2 ssh"}
    installed = alone.run("schedule", "install", LANG="de_DE.UTF-8", **proxy)
    file = alone.state_directory / "environment.json"
    written = file.read_text()
    assert json.loads(written)["environment"]["LANG"] == "de_DE.UTF-8"
    assert "hunter2" not in written and file.stat().st_mode & 0o777 == 0o600
    assert "https_proxy looks as if it held a secret" in installed.err and "hunter2" not in installed.err
    everything = alone.crontab.read_text() + (alone.state_directory / "schedule.json").read_text()
    assert "hunter2" not in everything


@pytest.mark.parametrize("starter", ["systemd", "crontab"])
def test_a_dry_run_shows_all_and_writes_nothing(alone: Unattended, starter: str) -> None:
    before = sorted(path.name for path in alone.state_directory.iterdir())
    shown = alone.run("schedule", "install", "--dry-run", "--with", starter)
    assert str(alone.directory) in shown.out and "environment.json" in shown.out
    told = alone.run("schedule", "install", "--dry-run", "--with", starter, "--json").json
    assert told["dry_run"] and not told["new"] and bool(told["files"]) == (starter == "systemd")
    assert sorted(path.name for path in alone.state_directory.iterdir()) == before
    assert not alone.crontab.exists() and not alone.units.exists()


def test_two_companions_live_beside_each_other(alone: Unattended) -> None:
    other = unattended(alone.world, "jetson")
    alone.run("schedule", "install")
    other.run("schedule", "install", "--every", "1h")
    assert alone.crontab.read_text().count("--if-due") == 2
    other.run("schedule", "remove")
    assert str(alone.directory) in alone.cron_line()


@pytest.mark.parametrize("starter", ["systemd", "crontab"])
def test_a_copy_never_takes_out_the_schedule_of_the_original(alone: Unattended, starter: str) -> None:
    """T22"""
    alone.answering_systemd("ActiveState=active")
    alone.run("schedule", "install", "--with", starter)
    there = _everything(alone)
    copy = unattended(alone.world, "copy")
    shutil.copytree(alone.directory, copy.directory, symlinks=True)
    shown = copy.run("schedule", "show", code=1)
    assert "this is a copy of it" in shown.out
    assert copy.run("schedule", "remove").out == "No schedule of ours was there.\n"
    assert _everything(alone) == there
    copy.run("schedule", "install", "--with", starter)
    assert there.items() <= _everything(alone).items() or starter == "crontab"
    assert alone.run("schedule", "show").code == 0


def _everything(device: Unattended) -> dict[str, str]:
    files = [*device.units.glob("*"), *device.tools.glob("crontab.tab")]
    return {path.name: path.read_text() for path in files if path.is_file()}


@pytest.mark.parametrize("starter", ["systemd", "crontab"])
def test_a_companion_that_moved_says_so_and_installing_again_mends_it(
    alone: Unattended, starter: str
) -> None:
    """T18: the old line would fail for ever, where nobody looks."""
    alone.answering_systemd("ActiveState=active")
    alone.run("schedule", "install", "--with", starter)
    moved = unattended(alone.world, "moved", alone.directory.with_name("moved here"))
    alone.directory.rename(moved.directory)
    status = moved.run("status", code=3)
    assert "it moved" in status.out and "next: waifusync schedule install" in status.out
    assert "it moved" in moved.run("schedule", "show", code=1).out
    moved.run("schedule", "install", "--with", starter)
    assert moved.run("schedule", "show").code == 0
    assert not any(str(alone.directory) in text for text in _everything(moved).values())


def test_a_program_that_is_gone_turns_status_red(alone: Unattended) -> None:
    """T18: a venv that was made anew elsewhere."""
    alone.run("schedule", "install")
    record = alone.state_directory / "schedule.json"
    facts = json.loads(record.read_text())
    record.write_text(json.dumps({**facts, "program": ["/gone/waifusync"]}))
    for words in (("status",), ("schedule", "show")):
        shown = alone.run(*words, code=None)
        assert (
            shown.code != 0 and "the program that the schedule starts is gone: /gone/waifusync" in shown.out
        )
    alone.run("schedule", "install")
    assert alone.run("status").code == 0


def test_what_somebody_took_out_is_found(alone: Unattended) -> None:
    alone.run("schedule", "install")
    alone.crontab.unlink()
    assert "is gone" in alone.run("schedule", "show", code=1).out
    alone.answering_systemd("ActiveState=inactive", "UnitFileState=disabled")
    alone.run("schedule", "install")
    shown = alone.run("schedule", "show", code=1).out
    assert "is stopped" in shown and "is disabled" in shown
    next(alone.units.glob("*.timer")).unlink()
    told = alone.run("schedule", "show", "--json", code=1).json
    assert told["wrong"][0].endswith(".timer is gone") and told["next_run"] is None
    (alone.tools / "answers").unlink()
    assert alone.run("schedule", "remove").out.startswith("Took out ")
    assert not list(alone.units.glob("waifusync-*"))


def test_going_over_to_systemd_takes_the_crontabs_line_out(alone: Unattended) -> None:
    """Otherwise both would start it."""
    alone.crontab.write_text(OTHERS)
    alone.run("schedule", "install")
    alone.answering_systemd("ActiveState=active")
    alone.run("schedule", "install")
    assert alone.crontab.read_text() == OTHERS
    timer = next(alone.units.glob("*.timer")).name
    assert alone.told() == ["daemon-reload", f"enable {timer}", f"restart {timer}"]
    alone.run("schedule", "install", "--with", "crontab")
    assert not list(alone.units.glob("waifusync-*")) and "--if-due" in alone.crontab.read_text()
    assert alone.told()[3:] == [f"disable --now {timer}", "daemon-reload"]


def test_where_nothing_starts_programs_it_says_so(alone: Unattended) -> None:
    alone.tool("crontab", "#!/bin/sh\necho 'ada may not use this' >&2\nexit 1\n")
    for options in ((), ("--with", "systemd"), ("--with", "crontab")):
        refused = alone.run("schedule", "install", *options, code=3)
        assert "hint: " in refused.err and "Traceback" not in refused.err
    assert not (alone.state_directory / "schedule.json").exists()
    told = alone.run("schedule", "show", "--json").json
    assert told == {"installed": False, "next": "waifusync schedule install", "code": 0}


def test_a_home_that_cannot_be_written_is_named(alone: Unattended, tmp_path: Path) -> None:
    alone.answering_systemd("ActiveState=active")
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    refused = alone.run("schedule", "install", XDG_CONFIG_HOME=str(in_the_way / "config"), code=3)
    assert str(in_the_way) in refused.err and "hint: " in refused.err


@pytest.mark.parametrize(
    "words",
    [
        ("--every", "15"),
        ("--every", "30s"),
        ("--every", "0m"),
        ("--cron", "* * * *"),
        ("--every", "1h", "--cron", "* * * * *"),
        ("--limit", "soon"),
        ("--with", "launchd"),
    ],
)
def test_what_was_asked_wrongly_changes_nothing(alone: Unattended, words: tuple[str, ...]) -> None:
    refused = alone.run("schedule", "install", *words, code=2)
    assert refused.err.startswith("error: ")
    assert not alone.crontab.exists() and not (alone.state_directory / "environment.json").exists()
