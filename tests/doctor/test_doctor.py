"""The command as a whole: a healthy companion, a broken one, and what --fix may do."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.companions import INSTALLED, Device, World, clean_environment
from tests.doctor import git_faults as in_git
from tests.doctor import ground_faults as ground
from tests.doctor import memory_faults as memory
from tests.doctor.places import DAY
from tests.timing import processor_seconds
from waifusync.workflows.doctoring.check import Check, Finding
from waifusync.workflows.doctoring.examining import Asked, examine
from waifusync.workflows.doctoring.patient import Patient

# SQLite makes these for whoever reads a database in WAL mode; they hold nothing.
_OF_READERS = ("memory.db-shm", "memory.db-wal")


def _tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
        if path.name not in _OF_READERS
    }


def test_a_healthy_companion_has_nothing_wrong_within_two_seconds(laptop: Device) -> None:
    ran = laptop.run("doctor", "--offline")
    words = [str(INSTALLED), "doctor", "--offline"]
    environment = clean_environment(laptop.world.home)
    assert processor_seconds(words, where=laptop.directory, environment=environment) < 2
    assert ran.last_line.startswith("All is well: ") and "wrong: " not in ran.out and ran.err == ""
    answer = laptop.run("doctor", "--json", "--deep").json
    assert (answer["device"], answer["findings"], answer["unlooked"], answer["code"]) == ("laptop", [], [], 0)
    assert {"waifusync", "git", "sqlite", "python", "free_bytes", "database_bytes"} <= answer["facts"].keys()
    assert None not in answer["facts"].values()


def test_looking_changes_no_file_and_mending_what_is_well_changes_none_either(laptop: Device) -> None:
    before = _tree(laptop.directory), _tree(laptop.world.remote)
    laptop.run("doctor", "--deep")
    assert (_tree(laptop.directory), _tree(laptop.world.remote)) == before
    assert "done:" not in laptop.run("doctor", "--fix").out
    assert (_tree(laptop.directory), _tree(laptop.world.remote)) == before


def test_looking_at_what_is_wrong_changes_no_file(laptop: Device) -> None:
    for plant in (
        ground.leave_a_lock,
        memory.drop_a_trigger,
        in_git.forget_drivers,
        in_git.forget_attributes,
    ):
        plant(laptop)
    before = _tree(laptop.directory)
    laptop.run("doctor", code=3)
    assert _tree(laptop.directory) == before


@pytest.mark.parametrize(
    "plant",
    [
        memory.lose_the_database,
        memory.damage_the_database,
        memory.remove_the_link,
        memory.put_a_file_in_its_place,
        memory.schedule_what_is_gone,
    ],
)
def test_doctor_and_status_say_the_same_of_the_same(laptop: Device, plant: Callable[[Device], None]) -> None:
    plant(laptop)
    status = laptop.run("status", "--json", code=None).json
    doctor = laptop.run("doctor", "--json", "--offline", code=None).json
    said = {(each["problem"], each["hint"], each["code"]) for each in status["problems"]}
    found = {(each["finding"], each["hint"], each["code"]) for each in doctor["findings"]}
    assert said and said <= found
    assert doctor["code"] == status["code"]


def test_doctor_and_status_say_the_same_of_a_sync_that_fails_unattended(laptop: Device) -> None:
    """T18"""
    memory.fail_to_sync(laptop)
    late = {"WAIFUSYNC_CLOCK_OFFSET": str(9 * DAY)}
    [problem] = laptop.run("status", "--json", code=4, **late).json["problems"]
    [finding] = laptop.run("doctor", "--json", "--offline", code=4, **late).json["findings"]
    assert (finding["finding"], finding["hint"]) == (problem["problem"], problem["hint"])


def test_what_is_moved_aside_is_kept_with_a_line_that_says_why(laptop: Device) -> None:
    ground.leave_a_lock(laptop)
    ran = laptop.run("doctor", "--fix", "--offline")
    assert f"gone: {laptop.directory}/.git/index.lock" in ran.out
    [kept] = (laptop.directory / ".git/waifusync/aside").glob("*/index.lock")
    assert kept.read_text() == "half an index"
    assert "a lock that no program held" in (kept.parent / "why.txt").read_text()


def test_a_lock_is_left_alone_while_a_git_is_at_work(laptop: Device) -> None:
    ground.leave_a_lock(laptop)
    command = ["git", "-C", str(laptop.directory), "cat-file", "--batch"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as git:
        _until(lambda: os.readlink(f"/proc/{git.pid}/cwd") == str(laptop.directory.resolve()))
        assert "index.lock" not in laptop.run("doctor", "--offline").out
    assert "index.lock" in laptop.run("doctor", "--offline", code=1).out


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_many_faults_at_once_are_all_mended(laptop: Device) -> None:
    said, rows = laptop.said(), laptop.contents()
    for plant in (
        ground.leave_a_lock,
        ground.leave_half_a_database,
        in_git.forget_drivers,
        in_git.forget_excludes,
        ground.open_to_others,
        memory.unseen("DELETE FROM memories WHERE id = 1"),
        memory.drop_a_trigger,
        memory.remove_the_link,
        ground.remove_choices,
    ):
        plant(laptop)
    ran = laptop.run("doctor", "--fix")
    assert "not mended" not in ran.out and ran.last_line.startswith("All is well")
    assert (laptop.said(), laptop.contents()) == (said, rows)
    laptop.sync()


def test_what_cannot_be_mended_is_said_and_left(laptop: Device) -> None:
    laptop.git("remote", "set-url", "origin", "/nowhere")
    laptop.run("sync", code=4)
    ran = laptop.run("doctor", "--fix", "--offline", code=4, WAIFUSYNC_CLOCK_OFFSET=str(9 * DAY))
    assert "not mended: nothing has reached the remote for 9 days" in ran.out
    assert ran.last_line.endswith("1 thing is wrong.")


def test_a_companion_that_cannot_be_opened_is_looked_at_all_the_same(laptop: Device) -> None:
    ground.lose_identity(laptop)
    ground.leave_a_lock(laptop)
    ran = laptop.run("doctor", "--offline", code=5)
    assert "device.json cannot be read" in ran.out and "index.lock was left" in ran.out
    assert ran.out.count("device.json cannot be read") == 1
    assert "cannot look" not in ran.out


def test_without_git_it_says_what_it_can(laptop: Device, tmp_path: Path) -> None:
    (laptop.directory / ".git/waifusync").chmod(0o755)
    ran = laptop.run("doctor", "--offline", code=None, PATH=str(tmp_path))
    assert ran.out.count("git is not installed") == 1
    assert "Traceback" not in ran.err and ran.code == 3


def test_where_there_is_no_companion_it_is_asked_for_wrongly(laptop: Device, tmp_path: Path) -> None:
    for folder in (tmp_path, laptop.world.remote):
        assert laptop.world.run("-C", str(folder), "doctor", "--json", code=2).json["hint"]


def test_a_check_that_cannot_look_stops_no_other(laptop: Device) -> None:
    def fail(patient: Patient) -> list[Finding]:
        raise PermissionError("no rights here")

    checks = (
        Check("one", "first", fail),
        Check("two", "second", lambda patient: [Finding("something")]),
    )
    report = examine(Asked(laptop.directory), checks)
    assert [(each.check.name, each.reason) for each in report.unlooked] == [("one", "no rights here")]
    assert [each.finding.text for each in report.findings] == ["something"]
    assert report.exit_code == 1


@pytest.mark.parametrize(
    "wish",
    [
        lambda laptop: (
            laptop.git("config", "core.sharedRepository", "group"),
            ground.open_to_others(laptop),
        ),
        lambda laptop: laptop.run("drivers", "uninstall"),
        lambda laptop: (laptop.run("hooks", "install"), laptop.run("hooks", "uninstall")),
    ],
    ids=["shared", "drivers", "hooks"],
)
def test_what_somebody_wants_so_is_no_fault(laptop: Device, wish: Callable[[Device], object]) -> None:
    wish(laptop)
    assert laptop.run("doctor", "--offline").last_line.startswith("All is well")


def test_what_a_run_that_goes_on_has_made_so_far_is_not_in_the_way(laptop: Device) -> None:
    ground.leave_half_a_database(laptop)
    lock = laptop.directory / ".git/waifusync/lock"
    lock.write_text(f'{{"pid": {os.getpid()}, "purpose": "rebuild"}}')
    assert "rebuild.db" not in laptop.run("doctor", "--offline").out
    lock.write_text("")
    assert "rebuild.db" in laptop.run("doctor", "--offline", code=1).out


def test_a_healthy_companion_of_the_other_layout_has_nothing_wrong(tmp_path: Path) -> None:
    laptop, jetson = World(tmp_path, "database").pair()
    jetson.say("one")
    for device in (jetson, laptop):
        device.sync()
        assert device.run("doctor", "--deep").last_line.startswith("All is well")


def test_what_is_excluded_stays_at_home_while_the_choices_cannot_be_read(laptop: Device) -> None:
    """T26"""
    ground.exclude(laptop, "drafts")
    laptop.sql("CREATE TABLE drafts (id INTEGER PRIMARY KEY, text TEXT)")
    laptop.sql("INSERT INTO drafts (text) VALUES ('nobody else reads this')")
    ground.misspell(laptop)
    memory.remove_the_link(laptop)
    before = laptop.head()
    ran = laptop.run("doctor", "--fix", "--deep", "--offline", code=3)
    assert "not mended: shared_memory/memory.db, the link" in ran.out
    assert laptop.head() == before and "drafts" not in laptop.git(
        "grep", "-h", "-e", "", "main", "--", "*.jsonl"
    )


def test_a_ref_that_lost_its_content_is_set_to_where_it_was(laptop: Device) -> None:
    """T20"""
    for name in ("refs/heads/main", "refs/waifusync/held"):
        before = laptop.head()
        in_git.empty_ref(name)(laptop)
        after = laptop.world.git(laptop.world.remote, "rev-parse", "main")
        laptop.run("doctor", "--fix", "--offline")
        assert laptop.git("rev-parse", name) == after != before


def test_other_line_ends_in_a_checkout_are_no_edit(laptop: Device) -> None:
    """T29"""
    file = laptop.directory / "waifusync.toml"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert "was edited" not in laptop.run("doctor", "--offline").out


def test_of_a_large_memory_it_says_what_it_left_out(laptop: Device) -> None:
    laptop.sql(
        "INSERT INTO waifusync_records (tbl, row, key, state, fields)"
        " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50001)"
        " SELECT 99, i, 'none-' || i, 0, x'' FROM n"
    )
    assert "waifusync doctor --deep" in laptop.run("doctor", "--offline").out
