"""What somebody asks of waifusync, and what happens to devices beside git."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.simulation.real_git.device import Device

_CLOCKS = ("0", "-1700000000", "315360000", "3600")


def sync(device: Device, chance: Random) -> None:
    device.do("sync", *(["--full"] if chance.random() < 0.1 else []))


def commit(device: Device, chance: Random) -> None:
    device.do("commit")


def push(device: Device, chance: Random) -> None:
    device.do("push")


def pull(device: Device, chance: Random) -> None:
    device.do("pull")


def rebuild(device: Device, chance: Random) -> None:
    device.do("rebuild")


def look(device: Device, chance: Random) -> None:
    device.do(chance.choice(("status", "conflicts", "verify", "log", "diff")))


def remember(device: Device, chance: Random) -> None:
    text = device.world.new_value()
    if device.do("remember", text).code == 0:
        device.journal.write("memories", f"remembered {text}", "user_input", text)
        device.world.told.issued[text] = "memories", "user_input"


def forget(device: Device, chance: Random) -> None:
    found = _memories(device, state=0)
    if found:
        key, row = chance.choice(found)
        if device.do("forget", key).code == 0:
            device.journal.delete("memories", row, key)


def restore(device: Device, chance: Random) -> None:
    found = _memories(device, state=1)
    if found:
        key, _ = chance.choice(found)
        device.world.told.revived.add(key)
        device.do("restore", key)


def undo(device: Device, chance: Random) -> None:
    """Whatever it was: what somebody forgot may be there again."""
    device.world.told.revived.update(device.journal.deleted, device.world.told.deleted)
    device.do("undo")


def _memories(device: Device, *, state: int) -> list[tuple[str, object]]:
    """Keys, and rows, of memories that live, or that were deleted."""
    return [
        (str(key), row)
        for key, row in device.query(
            "SELECT r.key, r.row FROM waifusync_records AS r JOIN waifusync_tables AS t ON t.id = r.tbl"
            " WHERE t.name = 'memories' AND r.state = ? ORDER BY r.key",
            state,
        )
    ]


def change_layout(device: Device, chance: Random) -> None:
    device.do("layout", chance.choice(("log", "database")))


def cut_off(device: Device, chance: Random) -> None:
    """The remote cannot be reached for a while."""
    device.try_git("remote", "set-url", "origin", "../nowhere.git")


def reconnect(device: Device, chance: Random) -> None:
    device.try_git("remote", "set-url", "origin", "../remote.git")


def clock(device: Device, chance: Random) -> None:
    device.environment = {"WAIFUSYNC_CLOCK_OFFSET": chance.choice(_CLOCKS)}


def back_up(device: Device, chance: Random) -> None:
    device.back_up()


def restore_backup(device: Device, chance: Random) -> None:
    device.restore_backup(chance.randrange(100))


VERBS: dict[str, tuple[int, Callable[[Device, Random], None]]] = {
    "sync": (34, sync),
    "commit": (8, commit),
    "push_ours": (8, push),
    "pull_ours": (8, pull),
    "rebuild": (2, rebuild),
    "look": (4, look),
    "remember": (4, remember),
    "forget": (3, forget),
    "restore": (3, restore),
    "undo": (2, undo),
    "change_layout": (3, change_layout),
    "cut_off": (2, cut_off),
    "reconnect": (2, reconnect),
    "clock": (4, clock),
    "back_up": (4, back_up),
    "restore_backup": (4, restore_backup),
}
