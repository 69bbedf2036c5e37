"""`waifusync run`, as a timer starts it: one line, an exit code, a time limit, and what it leaves to see."""

from __future__ import annotations

import contextlib
import fcntl
import json
import resource
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.automation.scheduled import Unattended
from tests.companions import INSTALLED, Ran, clean_environment

NOTIFY = """#!/bin/sh
echo "$*" >>"$0.shown"
"""


@contextlib.contextmanager
def _black_hole(device: Unattended) -> Iterator[None]:
    """A remote that takes connections, and never says a word."""
    before = device.git("remote", "get-url", "origin")
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/companion.git"
        device.git("remote", "set-url", "origin", url)
        yield
        device.git("remote", "set-url", "origin", before)


def _children() -> list[str]:
    """gits that talk to a black hole on this machine, by their command lines."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
    return found


def test_a_run_says_one_line_and_keeps_its_exit_code(alone: Unattended) -> None:
    """T18: a journal gets one line, also of a failure."""
    place = alone.directory
    alone.say("one")
    assert alone.by_nobody().out == f"{place}: Pushed 1 change.\n"
    assert alone.by_nobody().out == f"{place}: Nothing new here or on the remote.\n"
    alone.world.remote.rename(alone.world.folder / "away.git")
    failed = alone.by_nobody(code=4)
    assert failed.out.startswith(f"{place}: failed with 4: the remote could not be reached")
    assert (failed.out.count("\n"), failed.err) == (1, "")
    told = json.loads(alone.by_nobody("--json", code=4).out)
    assert (told["code"], told["outcome"]) == (4, None) and told["error"] and told["hint"]


def test_no_time_at_all_is_no_limit_to_run_by(alone: Unattended) -> None:
    """T28: to the system's clock, nought would mean for ever."""
    refused = alone.run("run", "--limit", "0s", code=2)
    assert refused.err.startswith("error: --limit '0s'")


def test_a_remote_that_never_answers_ends_with_the_time_limit(alone: Unattended) -> None:
    """T28: what is here is committed all the same, no git is left behind, and the lock goes back."""
    with _black_hole(alone):
        alone.say("in the dark")
        began = time.monotonic()
        ran = alone.by_nobody("--limit", "1500ms", code=4)
        assert time.monotonic() - began < 20
        assert "the time limit of 1500ms was up" in ran.out
        assert "in the dark" in alone.git("grep", "-h", "-e", "", "main", "--", "shared_memory/log")
        assert not [each for each in _children() if str(alone.directory) in each]
        assert alone.failure()["by"] == "scheduled run"
    assert alone.by_nobody().out.endswith("Pushed 1 change.\n")
    assert alone.run("status").code == 0


@pytest.mark.parametrize("milliseconds", [1, 60, 120, 200, 300])
def test_a_limit_that_is_up_at_any_moment_leaves_all_whole(alone: Unattended, milliseconds: int) -> None:
    """T20: be it in the middle of collecting or committing."""
    alone.say("one", "two")
    ran = alone.by_nobody("--limit", f"{milliseconds}ms", code=None)
    assert ran.code in (0, 4) and ran.out.count("\n") == 1 and ran.err == ""
    assert alone.by_nobody().code == 0
    assert alone.world.remote_head() == alone.head()
    assert alone.run("verify").code == 0 and alone.lock_files() == []


def test_local_commands_do_not_notice_a_run_that_hangs(alone: Unattended) -> None:
    """T28: a chat that begins while a timer's run waits for a remote."""
    words = [str(INSTALLED), "-C", str(alone.directory), "run", "--limit", "60s"]
    with _black_hole(alone):
        run = subprocess.Popen(words, env=clean_environment(alone.world.home), stdout=subprocess.PIPE)
        try:
            _wait_for(
                lambda: any("ls-remote" in each and str(alone.directory) in each for each in _children())
            )
            began = time.monotonic()
            alone.run("remember", "the fern wants water")
            assert "fern" in alone.run("search", "fern").out
            assert alone.run("commit").out == "Committed 1 change.\n"
            alone.run("status"), alone.run("log", "-n", "3"), alone.run("conflicts"), alone.run("diff")
            assert time.monotonic() - began < 15
        finally:
            run.send_signal(signal.SIGTERM)
            out, _ = run.communicate(timeout=30)
    assert (run.returncode, out) == (130, b"")
    assert not [each for each in _children() if str(alone.directory) in each]
    assert alone.by_nobody().out.endswith("Pushed 1 change.\n")


def test_without_a_run_that_hangs_a_commit_asks_no_remote_either(alone: Unattended) -> None:
    """T28"""
    with _black_hole(alone):
        alone.run("remember", "one")
        began = time.monotonic()
        assert alone.run("commit").out == "Committed 1 change.\n"
        assert time.monotonic() - began < 15


def _wait_for(condition: object) -> None:
    deadline = time.monotonic() + 30
    assert callable(condition)
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)


def test_a_lock_that_is_taken_gets_a_note_and_no_failure(alone: Unattended) -> None:
    """T12: a sync by hand is at work: the run is none, and that is no error."""
    alone.say("one")
    with (alone.state_directory / "lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ran = alone.by_nobody()
    assert "left a note, because another process is at work" in ran.out
    assert (alone.state_directory / "note").read_text() == "scheduled run\n"
    assert alone.run("status", "--json").json["last_error"] is None
    alone.by_nobody()
    assert not (alone.state_directory / "note").exists()


def test_two_runs_at_once_both_end_well(alone: Unattended) -> None:
    """T12"""
    alone.say(*map(str, range(50)))
    words = [str(INSTALLED), "-C", str(alone.directory), "run"]
    runs = [subprocess.Popen(words, env={}, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = [run.communicate(timeout=60)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0], told
    assert sum("Pushed 50 changes" in each for each in told) == 1
    assert alone.world.remote_head() == alone.head()


def test_failures_are_counted_until_one_run_goes_well(alone: Unattended) -> None:
    """T18: the last success, since when, how often, by what."""
    alone.by_nobody()
    away = alone.world.remote.rename(alone.world.folder / "away.git")
    for _ in range(3):
        alone.by_nobody(code=4)
    failure = alone.failure()
    assert (failure["times"], failure["by"], failure["code"]) == (3, "scheduled run", 4)
    told = alone.run("status").out
    assert "failed 3 times since" in told and "last success: 20" in told
    lines = dict(line.split(" ", 1) for line in alone.run("status", "--porcelain").out.splitlines())
    assert (lines["failures"], lines["failing-since"]) == ("3", failure["since"])
    assert lines["last-failure"].startswith(
        f"{failure['at']} 4 scheduled-run the remote could not be reached"
    )
    away.rename(alone.world.remote)
    alone.by_nobody()
    assert alone.run("status", "--json").json["last_error"] is None
    assert "failures 0\n" in alone.run("status", "--porcelain").out


def test_porcelain_has_the_same_lines_always(alone: Unattended) -> None:
    names = (
        "format device layout digest unsent unseen conflicts set-aside shelved last-success failures"
        " failing-since"
    )
    expected = [*names.split(), "last-failure", "next", "code"]
    told = alone.run("status", "--porcelain").out.splitlines()
    assert [line.split(" ")[0] for line in told] == expected
    assert told[0] == "format 1" and told[-1] == "code 0"
    alone.git("remote", "set-url", "origin", "https://127.0.0.1:1/companion.git")
    alone.by_nobody(code=4)
    told = alone.run("status", "--porcelain").out.splitlines()
    assert [line.split(" ")[0] for line in told if not line.startswith("warning ")] == expected
    assert alone.run("status", "--porcelain", "--json", code=2).json["code"] == 2


def test_a_database_that_cannot_be_read_is_red_and_named(alone: Unattended) -> None:
    """T18: SQLite's own errors are noted as ours are."""
    for file in alone.state_directory.glob("memory.db*"):
        file.write_bytes(b"no database at all" * 100)
    ran = alone.by_nobody(code=5)
    assert ran.out.count("\n") == 1 and ran.err == ""
    assert alone.failure()["code"] == 5
    assert alone.run("status", code=5)


def test_a_companion_that_is_not_there_is_one_line(alone: Unattended, tmp_path: Path) -> None:
    alone.directory.rename(alone.directory.with_name("elsewhere"))
    ran = alone.by_nobody(code=2)
    assert ran.out == f"{alone.directory}: failed with 2: {alone.directory} is not a folder\n"


def test_a_disk_that_is_full_is_named_and_survived(alone: Unattended) -> None:
    """T14: no file may grow; afterwards all goes."""
    alone.by_nobody()
    alone.say(*(f"{number} {'x' * 2000}" for number in range(100)))
    ran = _with_small_files(alone, 64 * 1024)
    assert ran.code != 0 and ran.out.count("\n") == 1 and "Traceback" not in ran.err
    assert alone.failure()["times"] == 1
    assert alone.run("status", code=None).code != 0
    assert alone.by_nobody().out.endswith("Pushed 100 changes.\n")
    assert alone.run("verify").code == 0


def _with_small_files(device: Unattended, most_bytes: int) -> Ran:
    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write fails, and nobody is killed
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    words = [str(INSTALLED), "-C", str(device.directory), "run"]
    done = subprocess.run(words, env={}, preexec_fn=limit, capture_output=True, text=True, timeout=60)
    return Ran(done.returncode, done.stdout, done.stderr)


def test_a_desktop_is_told_once_of_each_failure_that_needs_a_person(alone: Unattended) -> None:
    """T18: not of a remote that is away, never twice, and again after all was well."""
    shown = alone.tool("notify-send", NOTIFY).with_name("notify-send.shown")
    alone.environment["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nowhere"
    alone.say("nobody may read this")
    away = alone.world.remote.rename(alone.world.folder / "away.git")
    alone.run("run", code=4)
    assert not shown.exists()
    away.rename(alone.world.remote)
    for expected in (1, 2):
        head = alone.world.remote_head()
        alone.world.git(alone.world.remote, "update-ref", "-d", "refs/heads/main")
        for _ in range(3):
            alone.run("run", code=3)
        assert len(shown.read_text().splitlines()) == expected
        alone.world.git(alone.world.remote, "update-ref", "refs/heads/main", head)
        alone.run("run")
    assert "nobody may read this" not in shown.read_text()
    assert "its history was rewritten" in shown.read_text()


def test_without_a_desktop_nobody_is_told(alone: Unattended) -> None:
    shown = alone.tool("notify-send", NOTIFY).with_name("notify-send.shown")
    alone.world.git(alone.world.remote, "update-ref", "-d", "refs/heads/main")
    alone.run("run", DBUS_SESSION_BUS_ADDRESS="", XDG_RUNTIME_DIR=str(alone.world.folder), code=3)
    assert not shown.exists()


def test_a_run_that_is_not_due_does_nothing_and_says_nothing(alone: Unattended) -> None:
    alone.run("schedule", "install", "--every", "1d")
    alone.say("one")
    assert alone.by_nobody("--if-due").out.endswith("Pushed 1 change.\n")
    alone.say("two")
    assert alone.by_nobody("--if-due").out == ""
    late = {"WAIFUSYNC_CLOCK_OFFSET": str(2 * 86_400)}
    assert alone.run("run", "--if-due", **late).out.endswith("Pushed 1 change.\n")
    alone.say("three")
    again = alone.run("run", "--if-due")  # T7: the last run lies in the future
    assert again.out.endswith("Pushed 1 change.\n")
