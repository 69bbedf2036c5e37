"""What is no row of a table travels, folds, is proven and rebuilt as rows are."""

from __future__ import annotations

import pytest

from tests.companions import BOTH_LAYOUTS, World, assert_same
from waifusync.memory.learned import read_collection
from waifusync.workflows.companion import Companion
from waifusync.workflows.working import at_work

SKILLS = "waifusync:skills"


@pytest.fixture
def world(tmp_path, layout):
    return World(tmp_path, layout)


def lessons(device, *told):
    """Each told is a key with fields, or with None for one that goes; whether each was news."""
    with at_work(Companion.find(device.directory), "test") as work, work.lesson() as learning:
        return [
            learning.delete(SKILLS, key) if fields is None else learning.put(SKILLS, key, fields)
            for key, fields in told
        ]


def learned(device):
    with Companion.find(device.directory).memory() as memory:
        return dict(read_collection(memory.connection, SKILLS))


@BOTH_LAYOUTS
def test_what_one_device_learns_the_other_knows_and_it_survives_a_rebuild(world):
    laptop, jetson = world.pair()
    tea, chess = ("skill:tea", {"level": 0.5}), ("skill:chess", {"level": 1.0, "name": "chess"})
    assert lessons(laptop, tea, chess) == [True, True]
    assert "2 changes" in laptop.run("push").out
    assert "2" in jetson.run("pull").out
    assert learned(jetson) == learned(laptop) == dict([tea, chess])
    assert lessons(jetson, tea, ("skill:chess", {"level": 0.25}), ("skill:tea", None)) == [False, True, True]
    world.settle(jetson, laptop)
    assert learned(laptop) == learned(jetson) == {"skill:chess": {"level": 0.25, "name": "chess"}}
    digest = assert_same(laptop, jetson)
    for device in (laptop, jetson):
        device.run("verify")
        device.run("rebuild")
        assert device.digest() == digest
    assert learned(laptop) == {"skill:chess": {"level": 0.25, "name": "chess"}}


def test_what_was_taken_away_can_be_learned_again_and_holds_nothing_of_before(world):
    laptop = world.device("laptop")
    lessons(laptop, ("skill:tea", {"level": 0.5, "name": "tea"}))
    assert lessons(laptop, ("skill:tea", None), ("skill:tea", None)) == [True, False]
    assert learned(laptop) == {}
    lessons(laptop, ("skill:tea", {"level": 0.75}))
    assert learned(laptop) == {"skill:tea": {"level": 0.75}}
    laptop.run("verify")


def test_learning_the_same_again_is_no_entry(world):
    laptop = world.device("laptop")
    lessons(laptop, ("skill:tea", {"level": 0.5}))
    laptop.run("push")
    before = laptop.head()
    assert lessons(laptop, ("skill:tea", {"level": 0.5})) == [False]
    laptop.run("push")
    assert laptop.head() == before


def test_a_record_from_before_its_collection_had_more_fields_is_as_a_rebuild_makes_it(world):
    laptop = world.device("laptop")
    lessons(laptop, ("skill:tea", {"level": 0.5}))
    lessons(laptop, ("skill:chess", {"level": 0.25, "name": "chess"}))
    laptop.run("push")
    assert "was as the logs have it" in laptop.run("rebuild").out
