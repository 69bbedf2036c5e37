"""`waifusync knowledge`, as a person runs it: two devices, and what is asked for wrongly."""

from __future__ import annotations

import json

import pytest

from tests.companions import World, assert_same


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    return World(tmp_path_factory.mktemp("knowledge")).pair()


def listed(device, *options) -> dict[str, dict]:
    lines = device.run("knowledge", "list", "--json", *options).out.splitlines()
    return {each["content"]: each for each in map(json.loads, lines)}


def test_what_two_devices_say_is_one_piece_and_what_contradicts_it_is_shown(both):
    laptop, jetson = both
    laptop.run("knowledge", "add", "Mika likes green tea", "--confidence", "0.6", "--cite", "a letter")
    jetson.run("knowledge", "add", "Mika", "likes", "green", "tea!")
    jetson.run("knowledge", "add", "Mika does not like green tea", "--source", "cat")
    laptop.run("push")
    jetson.run("sync")
    laptop.run("pull")
    assert_same(laptop, jetson)
    assert listed(laptop) == listed(jetson)
    assert set(listed(laptop, "--status", "verified")) & {"Mika likes green tea", "Mika likes green tea!"}
    told = laptop.run("knowledge", "show", "Mika likes green tea").out
    for text in (
        "verified: confidence 0.80",
        "laptop says so (0.60)",
        "jetson says so (0.50)",
        "from a letter",
    ):
        assert text in told
    assert "contradicted by" in told
    assert "Mika does not like green tea" in told


def test_one_device_that_verifies_twice_is_one_voice_and_may_take_it_back(both):
    laptop, _ = both
    statement = laptop.run("knowledge", "add", "The bridge is closed").out.strip()
    assert listed(laptop)["The bridge is closed"]["status"] == "pending"
    for _ in range(2):
        told = laptop.run("knowledge", "verify", statement[:6], "--confidence", "0.7", "--json").json
    assert (told["confidence"], told["status"], len(told["sources"])) == (0.7, "pending", 1)
    doctor = ("--source", "doctor")
    assert laptop.run("knowledge", "refute", statement, *doctor, "--json").json["status"] == "refuted"
    assert "Pending" in laptop.run("knowledge", "withdraw", statement, *doctor).out
    assert "Nobody says so" in laptop.run("knowledge", "withdraw", statement).out
    assert "The bridge is closed" not in listed(laptop)


def test_the_person_chooses_how_many_sources_it_takes(both):
    laptop, _ = both
    chosen = laptop.directory / "waifusync.toml"
    before = chosen.read_text()
    chosen.write_text(before.replace("verification_threshold = 0.8", "verification_threshold = 2"))
    statement = laptop.run("knowledge", "add", "The ferry is late", "--confidence", "1").out.strip()
    assert listed(laptop)["The ferry is late"]["status"] == "pending"
    told = laptop.run("knowledge", "verify", statement, "--source", "doctor", "--json").json
    chosen.write_text(before)
    assert told["status"] == "verified"


def test_json_has_the_documented_shape_and_relations_can_be_said(both):
    laptop, _ = both
    one = laptop.run("knowledge", "add", "Noa is away", "--json").json
    assert list(one) == ["statement_id", "came"]
    laptop.run("knowledge", "add", "Noa sits in the garden", "--contradicts", one["statement_id"])
    piece = listed(laptop)["Noa is away"]
    assert list(piece) == [
        "statement_id",
        "content",
        "status",
        "confidence",
        "sources",
        "refuted_by",
        "voices",
        "cites",
        "same",
        "similar",
        "contradicts",
    ]
    assert [each["content"] for each in piece["contradicts"]] == ["Noa sits in the garden"]
    laptop.run("knowledge", "relate", "Noa is away", "Noa sits in the garden", "different")
    assert listed(laptop)["Noa is away"]["contradicts"] == []


WRONG = [
    (["verify", "Nobody knows this text"], "no statement has this content"),
    (["show", "00000000"], "no statement begins with 00000000"),
    (["add", " "], "content: the text is empty"),
    (["add", "x", "--confidence", "1.2"], "confidence: 1.2 is not between 0 and 1"),
    (["add", "x", "--contradicts", "00000000"], "no statement begins with 00000000"),
    (["verify", "Red", "--confidence", "7"], "confidence: 7 is not between 0 and 1"),
    (["withdraw", "Red", "--source", "nobody"], "this source said nothing of it"),
    (["relate", "Red", "Red", "same"], "both are the same statement"),
]


def test_what_is_asked_for_wrongly_changes_nothing_and_quotes_no_content(both):
    laptop, _ = both
    laptop.run("knowledge", "add", "Red")
    before = listed(laptop)
    for words, message in WRONG:
        refused = laptop.run("knowledge", *words, code=2)
        assert message in refused.err
        assert "Nobody knows" not in refused.err
    assert listed(laptop) == before
