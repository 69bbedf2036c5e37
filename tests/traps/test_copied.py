"""A card or a folder copied to a second machine: two devices with one id, until the first sync."""

from __future__ import annotations

import shutil

import pytest

from tests.companions import BOTH_LAYOUTS, Device, World, assert_same


@BOTH_LAYOUTS
@pytest.mark.parametrize("who_first", ["original", "copy"])
def test_a_copied_card_goes_on_as_a_device_of_its_own(world: World, who_first: str) -> None:
    """T22: both write on; one becomes a new device by itself and says so; nothing is lost."""
    laptop, jetson = world.pair(children=True)
    laptop.say("before the copy")
    laptop.sync()
    laptop.say("not yet sent when it was copied")
    laptop.run("commit")
    shutil.copytree(laptop.directory, world.folder / "copy", symlinks=True)
    copy = Device(world, "copy", world.folder / "copy")
    for device in (laptop, copy):
        device.say(f"on the {device.name}")
        device.sql("INSERT INTO facts (text, source_memory_id) SELECT 'of ' || user_input, id FROM memories")
    first, second = (laptop, copy) if who_first == "original" else (copy, laptop)
    first.sync()
    result = second.sync()
    assert "repaired: another machine goes on as laptop" in result.err
    assert first.state["id"] != second.state["id"]
    world.settle(laptop, jetson, copy)
    wanted = ["before the copy", "not yet sent when it was copied", "on the copy", "on the laptop"]
    for device in (laptop, jetson, copy):
        assert set(device.said()) == set(wanted)
        pairs = device.sql("SELECT text, user_input FROM facts JOIN memories AS m ON m.id = source_memory_id")
        assert pairs and all(text == f"of {said}" for text, said in pairs)
    assert_same(laptop, jetson, copy, tables=("memories", "facts"))
    before = world.remote_head()
    world.settle(laptop, jetson, copy)
    assert world.remote_head() == before


def test_what_a_copy_hung_on_a_memory_of_its_own_stays_on_it(world: World) -> None:
    """T22: and T3: a tag is known by its memory and its word, and that memory has another name now."""
    laptop, jetson = world.pair()
    laptop.sql(
        "CREATE TABLE tags (memory_id INTEGER REFERENCES memories(id), tag TEXT, note TEXT,"
        " PRIMARY KEY (memory_id, tag)) WITHOUT ROWID"
    )
    laptop.sync()
    shutil.copytree(laptop.directory, world.folder / "copy", symlinks=True)
    copy = Device(world, "copy", world.folder / "copy")
    for device in (laptop, copy):
        device.say(f"on the {device.name}")
        device.sql_many("INSERT INTO tags VALUES (1, ?, 'gone')", [("dear",), ("late",)])
        device.run("commit")
        device.sql("DELETE FROM tags WHERE tag = 'late'")
        device.sql("UPDATE tags SET note = 'of ' || (SELECT user_input FROM memories WHERE id = memory_id)")
    world.settle(laptop, copy, jetson)
    for device in (laptop, copy, jetson):
        found = device.sql("SELECT note, tag, user_input FROM tags JOIN memories ON id = memory_id")
        assert sorted(found) == [
            (f"of on the {name}", "dear", f"on the {name}") for name in ("copy", "laptop")
        ]
        assert device.run("verify").code == 0
    assert_same(laptop, jetson, copy)
