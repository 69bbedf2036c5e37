"""`waifusync status` through real processes: what it tells, when it is red, and how little it costs."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from tests.companions import BOTH_LAYOUTS
from tests.forked import INSTALLED
from tests.timing import ratio
from tests.views.conftest import Folder, MemoryFile, Pair
from waifusync.memory import ledger, standing

HEAVY = {"typer", "numpy", "git", "sqlite_utils", "pydantic", "rich", "rich.table", "asyncio", "dataclasses"}


@BOTH_LAYOUTS
def test_two_devices_in_step_have_nothing_to_do(pair: Pair, layout: str) -> None:
    told = pair.laptop.json("status")
    assert {name: told[name] for name in ("device", "layout", "rows", "unsent", "unseen", "conflicts")} == {
        "device": "laptop",
        "layout": layout,
        "rows": {"memories": 5},
        "unsent": 0,
        "unseen": 0,
        "conflicts": 0,
    }
    assert told["waiting"] == {"marked": 0, "outbox": 0, "set_aside": [], "references": {}}
    assert (told["problems"], told["warnings"], told["next"], told["code"]) == ([], [], None, 0)
    assert told["last_success"].endswith("Z") and told["last_error"] is None
    assert told["digest"] == pair.jetson.json("status")["digest"] and len(told["digest"]) == 32


@BOTH_LAYOUTS
def test_each_device_says_when_it_was_last_seen_and_how_far_it_is_behind(pair: Pair) -> None:
    here, jetson = pair.laptop.json("status")["devices"]
    assert (here["name"], here["here"], here["entries"], here["behind"], here["unsent"]) == (
        "laptop",
        True,
        4,
        0,
        0,
    )
    assert (jetson["name"], jetson["here"], jetson["entries"], jetson["behind"], jetson["unsent"]) == (
        "jetson",
        False,
        2,
        0,
        None,
    )
    pair.laptop.say("the jetson has not seen this")
    pair.laptop.ok("sync")
    assert pair.laptop.json("status")["devices"][1]["behind"] == 1
    lines = MemoryFile(pair.jetson, "log/jetson-*/*.jsonl").read().splitlines()
    milliseconds = int(json.loads(lines[-1])["t"], 16) >> 16
    assert jetson["last_seen"] == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(milliseconds / 1000))


def test_what_is_not_sent_is_counted_through_every_step(pair: Pair) -> None:
    pair.laptop.say("a", "b")
    told = pair.laptop.json("status")
    assert (told["unsent"], told["waiting"]["marked"], told["next"]) == (2, 2, "waifusync sync")
    pair.laptop.ok("commit")
    told = pair.laptop.json("status")
    assert (told["unsent"], told["waiting"]["marked"], told["next"]) == (2, 0, "waifusync sync")
    pair.laptop.ok("push")
    told = pair.laptop.json("status")
    assert (told["unsent"], told["waiting"]["outbox"], told["next"]) == (0, 0, None)


def test_what_a_plain_fetch_or_pull_brought_is_unseen(pair: Pair) -> None:
    pair.jetson.say("new")
    pair.jetson.ok("sync")
    pair.laptop.git("fetch", "-q", "origin", "main:refs/remotes/origin/main")
    told = pair.laptop.json("status")
    assert (told["unseen"], told["devices"][0]["behind"], told["next"]) == (1, 1, "waifusync sync")
    pair.laptop.git("pull", "-q", "--rebase", "origin", "main")
    assert pair.laptop.json("status")["unseen"] == 1
    pair.laptop.ok("sync")
    assert pair.laptop.json("status")["unseen"] == 0


def test_conflicts_are_counted_and_only_those_for_a_person_fail(pair: Pair) -> None:
    for folder in (pair.laptop, pair.jetson):
        folder.sql("UPDATE memories SET ai_response = ? WHERE user_input = 'laptop one'", [str(folder.path)])
    pair.sync()
    done = pair.laptop.run("status", "--json")
    assert (done.returncode, json.loads(done.stdout)["conflicts"]) == (0, 1)
    config = pair.laptop.path / "waifusync.toml"
    config.write_text(config.read_text().replace('"latest_wins"', '"manual_review"'))
    done = pair.laptop.run("status", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["code"], told["next"]) == (1, 1, "waifusync conflicts")


def test_a_live_database_that_is_gone_or_no_database_needs_a_person(pair: Pair) -> None:
    """T6, T23"""
    pair.laptop.live.unlink()
    done = pair.laptop.run("status", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["next"], told["digest"]) == (3, "waifusync rebuild", None)
    pair.laptop.live.write_bytes(b"no database at all, but long enough to be looked at" * 40)
    done = pair.laptop.run("status", "--json")
    assert (done.returncode, json.loads(done.stdout)["next"]) == (5, "waifusync rebuild")
    pair.laptop.live.unlink()
    sqlite3.connect(pair.laptop.live).execute("CREATE TABLE memories (id INTEGER PRIMARY KEY)")
    told = pair.laptop.json("status")
    assert "another database" in told["problems"][0]["problem"]


def test_an_older_copy_of_the_database_is_told(pair: Pair) -> None:
    """T23"""
    pair.jetson.ok("sync")
    copy = sqlite3.connect(pair.laptop.live)
    copy.execute("VACUUM INTO ?", [str(pair.root / "older.db")])
    copy.close()
    pair.laptop.say("newer")
    pair.laptop.ok("sync")
    for beside in pair.laptop.live.parent.glob("memory.db*"):
        beside.unlink()
    shutil.copy(pair.root / "older.db", pair.laptop.live)
    told = pair.laptop.json("status")
    assert "the live database is older than what this device holds in git" in told["warnings"]
    assert (told["unseen"], told["next"]) == (1, "waifusync sync")


def test_a_missing_link_and_a_file_in_its_place_are_told(pair: Pair) -> None:
    link = pair.laptop.path / "shared_memory" / "memory.db"
    link.unlink()
    done = pair.laptop.run("status", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["next"]) == (3, "waifusync init --device laptop")
    pair.laptop.ok(*told["next"].split()[1:])
    assert pair.laptop.run("status").returncode == 0


def test_a_sync_that_failed_unattended_is_remembered_until_one_succeeds(pair: Pair) -> None:
    """T18"""
    away = pair.remote.rename(pair.root / "away.git")
    assert pair.laptop.run("sync").returncode == 4
    told = pair.laptop.json("status")
    assert (told["last_error"]["code"], told["code"]) == (4, 0)
    assert any("did not reach the remote" in each for each in told["warnings"])
    late = pair.laptop.run("status", WAIFUSYNC_CLOCK_OFFSET=str(8 * 86400))
    assert late.returncode == 4 and "for 8 days" in late.stdout
    away.rename(pair.remote)
    pair.laptop.ok("sync")
    assert pair.laptop.json("status")["last_error"] is None


def test_a_refused_sync_needs_a_person(pair: Pair) -> None:
    """T10"""
    subprocess.run(["git", "-C", str(pair.remote), "update-ref", "-d", "refs/heads/main"], check=True)
    assert pair.laptop.run("sync").returncode == 3
    done = pair.laptop.run("status", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["last_error"]["code"]) == (3, 3)
    assert "--accept-rewritten" in told["problems"][0]["hint"]


def test_a_companion_without_a_remote_is_told_what_is_missing(tmp_path: Path) -> None:
    alone = Folder(tmp_path)
    alone.ok("init", "--device", "alone")
    alone.say("hello")
    assert alone.json("status")["next"] == "waifusync commit"
    alone.ok("commit")
    assert alone.ok("status").endswith("next: git remote add origin URL\n")


def test_the_status_file_is_written_only_when_it_would_say_something_else(pair: Pair) -> None:
    """T13"""
    path = pair.laptop.path / "shared_memory" / "sync_status.json"
    told = pair.laptop.json("status")
    assert json.loads(path.read_text()) == {"format": 1, **told}
    before = path.stat().st_ino, path.stat().st_mtime_ns
    pair.laptop.ok("status")
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == before
    pair.laptop.say("news")
    pair.laptop.ok("status")
    assert json.loads(path.read_text())["unsent"] == 1
    assert pair.laptop.git("status", "--short") == ""


def test_a_companion_that_is_not_there_is_asked_for_wrongly(tmp_path: Path) -> None:
    done = subprocess.run([INSTALLED, "-C", str(tmp_path), "status", "--json"], capture_output=True)
    assert (done.returncode, json.loads(done.stdout)["code"]) == (2, 2)


@BOTH_LAYOUTS
def test_status_imports_nothing_heavy_and_starts_git_once(pair: Pair) -> None:
    log = pair.root / "trace.log"
    program = (
        "import sys; before = set(sys.modules)\n"
        "from waifusync.cli.main import main\n"
        f"main(['-C', {str(pair.laptop.path)!r}, 'status'])\n"
        "print(*(set(sys.modules) - before), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PATH": _counting_git(pair.root, log)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert not set(done.stderr.split()) & HEAVY
    assert len(log.read_text().splitlines()) == 1


def _counting_git(root: Path, log: Path) -> str:
    """A PATH whose git writes a line and then is the real one."""
    folder = root / "bin"
    folder.mkdir()
    git = folder / "git"
    git.write_text(f'#!/bin/sh\necho "$*" >>"{log}"\nexec "{shutil.which("git")}" "$@"\n')
    git.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_status_takes_no_longer_than_eight_empty_pythons(pair: Pair) -> None:
    """As installed: with compiled modules, which a wheel's installation makes."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    empty = [sys.executable, "-c", "pass"]
    command = [str(INSTALLED), "status"]
    assert ratio(command, empty, where=pair.laptop.path, environment=environment) <= 8


def test_the_format_that_status_knows_is_the_ledgers() -> None:
    assert standing.FORMAT == ledger.FORMAT
