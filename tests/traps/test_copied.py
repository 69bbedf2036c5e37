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
