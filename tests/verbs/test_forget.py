"""`forget`, `restore`, `undo`: on every device, and never for good."""

from __future__ import annotations

import struct

import pytest

from tests.companions import BOTH_LAYOUTS
from tests.verbs.devices import Device


def keys_of(device: Device) -> dict[str, str]:
    """Keys of living memories by text."""
    device.ok("commit")
    query = (
        "SELECT m.user_input, r.key FROM memories AS m JOIN waifusync_records AS r ON r.row = m.id"
        " JOIN waifusync_tables AS t ON t.id = r.tbl AND t.name = 'memories' WHERE r.state = 0"
    )
    return dict(device.execute(query))


def sync_all(*devices: Device) -> None:
    for device in (*devices, *devices):
        device.ok("sync")


@BOTH_LAYOUTS
def test_a_forgotten_memory_is_gone_on_every_device_and_can_be_brought_back(
    pair: tuple[Device, Device],
) -> None:
    laptop, jetson = pair
    laptop.say("keep"), laptop.say("secret", "told", conversation_id="c", model_used="m")
    sync_all(laptop, jetson)
    key = keys_of(jetson)["secret"]
    assert jetson.ok("forget", key, "--json").json["forgotten"] == [key]
    sync_all(jetson, laptop)
    assert laptop.texts() == jetson.texts() == ["keep"]
    assert laptop.ok("forget", key, "--undo").out == "Brought back 1 record.\n"
    sync_all(laptop, jetson)
    row = [("secret", "told", "c", "m")]
    query = (
        "SELECT user_input, ai_response, conversation_id, model_used FROM memories WHERE user_input='secret'"
    )
    assert laptop.execute(query) == jetson.execute(query) == row
    assert laptop.digest() == jetson.digest()


def test_a_restored_row_has_its_number_its_children_and_its_embedding_again(
    pair: tuple[Device, Device],
) -> None:
    laptop, jetson = pair
    laptop.execute(
        "CREATE TABLE facts (id INTEGER PRIMARY KEY, fact TEXT, source_memory_id REFERENCES memories(id))"
    )
    vector = struct.pack("<4f", 0.25, 0.5, 1.5, -2)
    laptop.say("parent", embeddings=vector, model_used="mini")
    laptop.execute("INSERT INTO facts VALUES (7, 'a fact', 1)")
    sync_all(laptop, jetson)
    key = keys_of(laptop)["parent"]
    jetson.ok("forget", key)
    sync_all(jetson, laptop)
    laptop.ok("restore", key)
    sync_all(laptop, jetson)
    for device in pair:
        assert device.execute("SELECT user_input, embeddings FROM memories") == [("parent", vector)]
        query = "SELECT fact, user_input FROM facts JOIN memories AS m ON m.id = source_memory_id"
        assert device.execute(query) == [("a fact", "parent")]
    assert laptop.execute("SELECT id FROM memories") == [(1,)]
    assert laptop.digest() == jetson.digest()


def test_an_edit_that_had_not_seen_the_deletion_comes_back_with_the_row(pair: tuple[Device, Device]) -> None:
    """T4: the row stays deleted until somebody restores it, and then with the latest that was said of it."""
    laptop, jetson = pair
    laptop.say("old")
    sync_all(laptop, jetson)
    key = keys_of(laptop)["old"]
    laptop.ok("forget", key)
    jetson.execute("UPDATE memories SET ai_response = 'edited meanwhile'")
    sync_all(laptop, jetson)
    assert laptop.texts() == jetson.texts() == []
    laptop.ok("restore", key)
    sync_all(laptop, jetson)
    for device in pair:
        assert device.execute("SELECT user_input, ai_response FROM memories") == [("old", "edited meanwhile")]
    assert laptop.digest() == jetson.digest()


def test_a_row_deleted_by_a_program_can_be_restored(laptop: Device) -> None:
    laptop.say("one"), laptop.say("two")
    key = keys_of(laptop)["one"]
    laptop.execute("DELETE FROM memories WHERE user_input = 'one'")
    laptop.ok("restore", key)
    assert laptop.texts() == ["one", "two"]


def test_an_emptied_table_is_restored_as_the_refusal_says(pair: tuple[Device, Device]) -> None:
    """T6: what the hint names works, and no deletion ever travels."""
    laptop, jetson = pair
    for number in range(12):
        laptop.say(f"turn {number}", model_used="m", embeddings=struct.pack("<4f", number, 1, 2, 3))
    sync_all(laptop, jetson)
    before, digest = laptop.execute("SELECT * FROM memories ORDER BY id"), laptop.digest()
    laptop.execute("DELETE FROM memories")
    refused = laptop.run("push")
    assert refused.status == 3
    assert "waifusync restore --table memories" in refused.err
    assert len(laptop.ok("restore", "--table", "memories", "--json").json["restored"]) == 12
    assert laptop.execute("SELECT * FROM memories ORDER BY id") == before
    laptop.ok("push")
    jetson.ok("pull")
    assert len(jetson.texts()) == 12
    assert laptop.digest() == jetson.digest() == digest


def test_no_single_key_slips_past_the_refusal_of_an_emptied_table(laptop: Device) -> None:
    for number in range(12):
        laptop.say(f"turn {number}")
    key = keys_of(laptop)["turn 3"]
    laptop.execute("DELETE FROM memories")
    for verb in (("restore", key), ("forget", key), ("remember", "new"), ("undo",)):
        ran = laptop.run(*verb)
        assert (ran.status, "restore --table memories" in ran.err) == (3, True)
    laptop.ok("restore", "--table", "memories")
    assert len(laptop.texts()) == 12


def test_a_table_gives_back_first_what_went_since_the_last_commit_then_all(laptop: Device) -> None:
    for text in ("long gone", "just gone", "here"):
        laptop.say(text)
    laptop.ok("forget", keys_of(laptop)["long gone"])
    laptop.execute("DELETE FROM memories WHERE user_input = 'just gone'")
    first = laptop.ok("restore", "--table", "memories", "--json").json
    assert (laptop.texts(), first["left"]) == (["here", "just gone"], 1)
    laptop.ok("restore", "--table", "memories")
    assert laptop.texts() == ["here", "just gone", "long gone"]


def test_rows_with_keys_of_their_own_are_forgotten_and_restored(pair: tuple[Device, Device]) -> None:
    laptop, jetson = pair
    laptop.execute("CREATE TABLE traits (name TEXT, area TEXT, value REAL, PRIMARY KEY (name, area))")
    laptop.execute("INSERT INTO traits VALUES ('warmth', 'tone', 0.75)")
    sync_all(laptop, jetson)
    [(key,)] = laptop.execute("SELECT key FROM waifusync_records WHERE key GLOB '=*'")
    jetson.ok("forget", key)
    sync_all(jetson, laptop)
    assert laptop.execute("SELECT * FROM traits") == []
    laptop.ok("restore", key)
    sync_all(laptop, jetson)
    assert jetson.execute("SELECT * FROM traits") == [("warmth", "tone", 0.75)]


def test_one_unknown_key_and_nothing_is_done(laptop: Device) -> None:
    laptop.say("hello")
    key = keys_of(laptop)["hello"]
    for verb in ("forget", "restore"):
        ran = laptop.run(verb, key, "nobody-99", "--json")
        assert (ran.status, set(ran.json)) == (2, {"error", "hint", "code"})
        assert "nobody-99" in ran.json["error"]
    assert laptop.texts() == ["hello"]
    assert laptop.run("forget", "table:memories").status == 2


def test_forgetting_twice_says_so_and_tells_nothing_new(laptop: Device) -> None:
    laptop.say("hello")
    key = keys_of(laptop)["hello"]
    laptop.ok("forget", key)
    laptop.ok("commit")
    assert laptop.ok("forget", key, "--json").json["unchanged"] == [key]
    assert laptop.ok("commit").out == "Nothing new to commit.\n"


@pytest.mark.parametrize("arguments", [("restore",), ("restore", "k-1", "--table", "memories")])
def test_restore_wants_either_keys_or_a_table(laptop: Device, arguments: tuple[str, ...]) -> None:
    assert laptop.run(*arguments).status == 2


def test_restore_of_an_unknown_table_names_the_known_ones(laptop: Device) -> None:
    ran = laptop.run("restore", "--table", "memorise")
    assert (ran.status, "memories" in ran.err) == (2, True)


def test_undo_reverts_each_verb_and_itself(laptop: Device) -> None:
    key = laptop.ok("remember", "hello").out.strip()
    assert laptop.ok("undo", "--json").json["undid"] == "remember"
    assert laptop.texts() == []
    assert laptop.ok("undo", "--json").json == {
        "undid": "undo",
        "forgotten": [],
        "restored": [key],
        "aside": [],
        "unchanged": [],
        "left": 0,
        "taken_back": [],
    }
    assert laptop.texts() == ["hello"]
    laptop.ok("forget", key)
    assert laptop.ok("undo").out == "Undid forget: Brought back 1 record.\n"
    laptop.ok("forget", key)
    laptop.ok("restore", key)
    assert laptop.ok("undo", "--json").json["forgotten"] == [key]
    assert laptop.texts() == []


@BOTH_LAYOUTS
def test_undo_after_a_push_is_told_to_the_others(pair: tuple[Device, Device]) -> None:
    laptop, jetson = pair
    laptop.ok("remember", "hello")
    sync_all(laptop, jetson)
    assert jetson.texts() == ["hello"]
    laptop.ok("undo")
    sync_all(laptop, jetson)
    assert jetson.texts() == []


def test_pushes_and_pulls_are_nothing_to_undo(pair: tuple[Device, Device]) -> None:
    laptop, jetson = pair
    laptop.say("hello")
    sync_all(laptop, jetson)
    for device in pair:
        ran = device.run("undo", "--json")
        assert (ran.status, "only carry" in ran.json["hint"]) == (3, True)
    assert jetson.texts() == ["hello"]
