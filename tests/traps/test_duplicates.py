"""Looking for duplicates loses no memory."""

from __future__ import annotations

import json

from tests.companions import BOTH_LAYOUTS, Device, World, assert_same

LIKES = "Ada likes the smell of rain on the warm stones of the old market square in June"
NEAR = (
    LIKES.replace("likes", "hates"),
    LIKES.replace("likes", "does not like"),
    LIKES.replace("June", "July"),
)


def shown(device: Device) -> list[str]:
    lines = device.run("search", "stones", "--json", "-n", "100").out.splitlines()
    return sorted(json.loads(line)["user_input"] for line in lines)


@BOTH_LAYOUTS
def test_the_same_memory_on_both_devices_twice_is_shown_once_and_its_opposite_beside_it(world: World) -> None:
    """T19: near-duplicates stay what they are, no row goes, and undo brings back what was joined."""
    laptop, jetson = world.pair()
    for device in (laptop, jetson):
        device.sql_many(
            "INSERT INTO memories (user_input) VALUES (?)", [(LIKES,), (LIKES + "!",), *map(_row, NEAR)]
        )
    world.settle(laptop, jetson)
    for device in (laptop, jetson):  # both, before either has heard of the other's links
        device.run("dedupe")
    world.settle(laptop, jetson)
    assert_same(laptop, jetson)
    for device in (laptop, jetson):
        assert device.sql("SELECT count(*) FROM memories") == [(10,)]
        texts = shown(device)
        assert len(texts) == 4
        assert set(NEAR) < set(texts)
    group = laptop.run("dedupe", "--groups", "--json").out.splitlines()
    four = next(each for each in map(json.loads, group) if len(each["members"]) == 4)
    laptop.run("dedupe", "--undo", *four["members"])
    world.settle(laptop, jetson)
    jetson.run("dedupe", "--threshold", "0.5")
    assert shown(jetson).count(LIKES) + shown(jetson).count(LIKES + "!") == 4
    assert jetson.run("conflicts").out.startswith("No conflicts")


def _row(text: str) -> tuple[str]:
    return (text,)
