"""Faults of the live database, of what waits, and of clocks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.companions import INSTALLED, Device
from tests.doctor.ground_faults import commit_choices
from tests.doctor.places import DAY, git_folder, jetson

LIVE = ".git/waifusync/memory.db"


def lose_the_database(laptop: Device) -> None:
    for file in (git_folder(laptop) / "waifusync").glob("memory.db*"):
        file.unlink()


def damage_the_database(laptop: Device) -> None:
    lose_the_database(laptop)
    (laptop.directory / LIVE).write_bytes(b"no database at all, but long enough to be read" * 99)


def make_it_newer(laptop: Device) -> None:
    laptop.sql("UPDATE waifusync_meta SET value = 99 WHERE name = 'format'")


def upgrade(laptop: Device) -> None:
    laptop.sql("UPDATE waifusync_meta SET value = 1 WHERE name = 'format'")


def remove_the_link(laptop: Device) -> None:
    (laptop.directory / "shared_memory/memory.db").unlink()


def put_a_file_in_its_place(laptop: Device) -> None:
    remove_the_link(laptop)
    laptop.sql("CREATE TABLE memories (id INTEGER PRIMARY KEY, user_input TEXT)")
    laptop.sql("INSERT INTO memories (user_input) VALUES ('written beside it')")


def drop_a_trigger(laptop: Device) -> None:
    [(name,)] = laptop.sql(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name GLOB 'waifusync_*_insert'"
    )
    laptop.sql(f"DROP TRIGGER {name}")


def unseen(statement: str) -> Callable[[Device], None]:
    """As a program does whose writes no trigger sees."""

    def plant(laptop: Device) -> None:
        laptop.sql("INSERT INTO waifusync_gate VALUES (1)")
        laptop.sql(statement)
        laptop.sql("DELETE FROM waifusync_gate")

    return plant


def falsify_the_digest(laptop: Device) -> None:
    laptop.sql("UPDATE waifusync_tables SET digest = ? WHERE name = 'memories'", ["0" * 32])


def put_a_backup_back(laptop: Device) -> None:
    live = laptop.directory / LIVE
    laptop.sql("VACUUM INTO ?", [str(laptop.world.folder / "backup.db")])
    laptop.say("after the backup")
    laptop.sync()
    lose_the_database(laptop)
    shutil.copy(laptop.world.folder / "backup.db", live)


# What waits


def set_a_row_aside(laptop: Device) -> None:
    laptop.sql("CREATE UNIQUE INDEX only_once ON memories (user_input)")
    laptop.sync()
    jetson(laptop).say("one")
    jetson(laptop).sync()
    laptop.sync()


def allow_it_twice(laptop: Device) -> None:
    laptop.sql("DROP INDEX only_once")
    laptop.sync()
    laptop.sync()


def remember_and_leave(laptop: Device) -> None:
    laptop.run("remember", "not in git yet")


def fail_to_sync(laptop: Device) -> None:
    away = laptop.world.remote.rename(laptop.world.folder / "away.git")
    laptop.run("sync", code=4)
    away.rename(laptop.world.remote)


def _program(laptop: Device) -> Path:
    return laptop.world.folder / "elsewhere/waifusync"


def schedule_what_is_gone(laptop: Device) -> None:
    record = {
        "kind": "crontab",
        "name": "waifusync",
        "directory": str(laptop.directory.resolve()),
        "program": [str(_program(laptop))],
        "limit": "5m",
        "installed": 0,
        "every": 900,
    }
    (git_folder(laptop) / "waifusync/schedule.json").write_text(json.dumps(record))


def bring_the_program(laptop: Device) -> None:
    _program(laptop).parent.mkdir()
    shutil.copy(INSTALLED, _program(laptop))


def disagree(laptop: Device) -> None:
    file = laptop.directory / "waifusync.toml"
    file.write_text(file.read_text().replace('default = "latest_wins"', 'default = "manual_review"'))
    commit_choices(laptop)
    for device in (laptop, jetson(laptop)):
        device.sql("UPDATE memories SET ai_response = ? WHERE user_input = 'one'", [device.name])
    laptop.world.settle(laptop, jetson(laptop))


def decide(laptop: Device) -> None:
    laptop.sql("UPDATE memories SET ai_response = 'as decided' WHERE user_input = 'one'")
    laptop.sync()


# Clocks


def commit_in_the_future(laptop: Device) -> None:
    jetson(laptop).say("from the future")
    jetson(laptop).sync(WAIFUSYNC_CLOCK_OFFSET=str(5 * DAY))
    laptop.sync()


def commit_in_the_present(laptop: Device) -> None:
    jetson(laptop).say("from the present")
    jetson(laptop).sync()
    laptop.sync()


def be_seen_again(laptop: Device) -> None:
    for device in (jetson(laptop), laptop):
        device.say(f"{device.name} is back")
        device.sync(WAIFUSYNC_CLOCK_OFFSET=str(39 * DAY))
