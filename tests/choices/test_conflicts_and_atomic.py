"""What waifusync.toml says of conflicts, and of tables whose rows stay whole, through the command."""

from __future__ import annotations

import pytest

from tests.companions import Device, World, assert_same

_PERSON = "CREATE TABLE person (id INTEGER PRIMARY KEY, first TEXT, last TEXT)"


@pytest.fixture
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Device, Device]:
    laptop, jetson = World(tmp_path_factory.mktemp("world")).pair()
    laptop.say("hello")
    laptop.sync()
    jetson.sync()
    return laptop, jetson


def _choose(device: Device, old: str, new: str) -> None:
    """A person's choice, committed like any file of theirs."""
    file = device.directory / "waifusync.toml"
    file.write_text(file.read_text().replace(old, new))
    device.git("commit", "-qam", "choose")


def test_a_field_under_manual_review_asks_until_somebody_has_seen_both(pair: tuple[Device, Device]) -> None:
    laptop, jetson = pair
    _choose(laptop, 'default = "latest_wins"', 'default = "manual_review"')
    laptop.sync()
    jetson.sync()
    for device in pair:
        device.sql("UPDATE memories SET ai_response = ?", [device.name])
    laptop.sync()
    assert "1 conflict for you to settle" in jetson.run("sync", code=1).last_line
    assert laptop.run("sync", "--json", code=1).json["conflicts"] == 1
    laptop.sql("UPDATE memories SET ai_response = 'both'")
    laptop.sync()
    jetson.sync()
    assert jetson.sql("SELECT ai_response FROM memories") == [("both",)]


def test_rows_of_an_atomic_table_never_mix_two_edits(pair: tuple[Device, Device]) -> None:
    laptop, jetson = pair
    _choose(laptop, "atomic = []", 'atomic = ["person"]')
    laptop.sql(_PERSON)
    laptop.sql("INSERT INTO person (first, last) VALUES ('Ada', 'Byron')")
    laptop.sync()
    jetson.sync()
    laptop.sql("UPDATE person SET first = 'Grace'")
    jetson.sql("UPDATE person SET last = 'Lovelace'")
    for device in (laptop, jetson, laptop):
        device.sync()
    assert laptop.sql("SELECT first, last FROM person") == [("Ada", "Lovelace")]
    assert_same(laptop, jetson, tables=("memories", "person"))
