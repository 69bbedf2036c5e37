"""A card copied to a second machine: all that both learned under one id is there, and soon whole."""

from __future__ import annotations

import shutil

import numpy

from tests.companions import Device, World, assert_same
from waifusync.core.learning.personality import Act, Kind
from waifusync.workflows.companion import Companion
from waifusync.workflows.learning.looking_at_states import all_merged
from waifusync.workflows.learning.personality import Wish, change_personality, read_personality
from waifusync.workflows.learning.states import put_state


def learn(device: Device, block: int) -> None:
    """A change, and a word that differs from all zeros in one of its two blocks."""
    companion = Companion.find(device.directory)
    change_personality(companion, Wish(Act.ADAPT, Kind.TRAIT, f"of the {device.name}", delta=0.1))
    values = numpy.zeros(2000, "f4")
    values[block * 1500] = 4
    put_state(companion, "mood", values)


def test_changes_made_on_both_copies_of_a_card_are_all_there_and_states_are_whole_once_put_again(
    tmp_path,
) -> None:
    """T22"""
    world = World(tmp_path)
    laptop = world.device("laptop")
    put_state(Companion.find(laptop.directory), "mood", numpy.zeros(2000, "f4"))
    laptop.sync()
    shutil.copytree(laptop.directory, world.folder / "copy", symlinks=True)
    copy = Device(world, "copy", world.folder / "copy")
    learn(copy, 1)
    learn(laptop, 0)
    laptop.sync()
    assert "another machine goes on as laptop" in copy.sync().err
    laptop.sync()
    for device in (laptop, copy):
        names = [each.change.name for each in read_personality(Companion.find(device.directory)).steps]
        assert names == ["of the copy", "of the laptop"]
        assert all_merged(Companion.find(device.directory)) == []
        device.run("verify")
    assert_same(laptop, copy)
    learn(copy, 1)
    learn(laptop, 0)
    for device in (laptop, copy, laptop):
        device.sync()
    assert_same(laptop, copy)
    for device in (laptop, copy):
        (merged,) = all_merged(Companion.find(device.directory))
        assert merged.values[[0, 1500]].tolist() == [2.0, 2.0]
