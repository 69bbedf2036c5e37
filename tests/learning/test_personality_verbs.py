"""`waifusync personality …` on two devices, and everything that can be said wrongly."""

from __future__ import annotations

import json

import pytest

from tests.companions import Device, World, assert_same
from waifusync.core.learning.personality import Act, Kind
from waifusync.errors import UsageError
from waifusync.workflows.companion import Companion
from waifusync.workflows.device_notes import next_page
from waifusync.workflows.learning.personality import (
    Wish,
    change_personality,
    read_personality,
    roll_back,
    take_in_characteristic,
)
from waifusync.workflows.working import at_work


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Device, Device]:
    return World(tmp_path_factory.mktemp("world")).pair()


@pytest.fixture(scope="module")
def laptop(pair: tuple[Device, Device]) -> Device:
    return pair[0]


def values(device: Device, source: str | None = None) -> dict[str, tuple[float, float]]:
    """By name, what is shared and what this device, or another source, shows."""
    companion = Companion.find(device.directory)
    found = read_personality(companion).values
    shown_by = source or companion.state.id
    return {name: (round(each.core, 6), round(each.shown(shown_by), 6)) for (_, name), each in found.items()}


def steps(device: Device, *words: str) -> list[dict[str, object]]:
    out = device.run("personality", "history", "--json", *words).out
    return [json.loads(line) for line in out.splitlines()]


def take_in(device: Device, data: object, **said: object) -> None:
    with at_work(Companion.find(device.directory), "test") as work, work.lesson() as learning:
        take_in_characteristic(learning, data, **said)


def changed(device: Device, *words: str) -> dict[str, object]:
    return device.run("personality", *words, "--json").json


def test_what_one_device_adapts_to_the_other_shares_a_part_of_and_a_rollback_takes_it_back(pair) -> None:
    laptop, jetson = pair
    first = changed(laptop, "set", "Warmth", "0.4", "--why", "a person said so")
    assert first == {
        "key": first["key"],
        "time": first["time"],
        "source": "laptop",
        "act": "set",
        "kind": "trait",
        "name": "warmth",
        "target": 0.4,
        "delta": None,
        "rate": 0.1,
        "why": "a person said so",
        "shared": [0.5, 0.4],
        "shown": [0.5, 0.4],
        "until": None,
        "voided_by": None,
    }
    laptop.run("push")
    jetson.run("pull")
    laptop.run("personality", "adapt", "warmth", "--by", "0.2")
    jetson.run("personality", "adapt", "warmth", "--by=-0.1")
    jetson.run("personality", "adapt", "joy", "--emotion", "--toward", "1")
    for device in (laptop, jetson, laptop):
        device.sync()
    assert values(laptop) == {"joy": (0.1, 0.1), "warmth": (0.41, 0.59)}
    assert values(jetson) == {"joy": (0.1, 1.0), "warmth": (0.41, 0.32)}
    shown = laptop.run("personality", "show", "--device", "jetson", "--json").json
    joy, warmth = shown.pop("values")
    assert shown == {"source": jetson.state["id"]}
    assert joy == {"kind": "emotion", "name": "joy", "shared": 0.1, "own": 0.9, "shown": 1.0}
    numbers = {name: pytest.approx(value) for name, value in zip(joy, ("", "", 0.41, -0.09, 0.32)) if value}
    assert warmth == {"kind": "trait", "name": "warmth", **numbers}
    assert [each["delta"] for each in steps(jetson, "warmth", "-n", "2")] == [0.2, -0.1]
    told = [each for each in steps(laptop) if each["key"] != first["key"]]
    back = changed(jetson, "rollback", str(first["key"]), "--why", "a bad day")
    assert (back["until"], back["back"]) == (first["time"], [])
    assert sorted(back["voided"]) == sorted(each["key"] for each in told)
    laptop.world.settle(jetson, laptop, rounds=1)
    assert values(laptop) == values(jetson) == {"warmth": (0.4, 0.4)}
    assert {each["voided_by"] for each in steps(laptop) if each["act"] == "adapt"} == {back["key"]}
    undone = changed(laptop, "rollback", str(told[-1]["key"]))
    assert sorted(undone["back"]) == sorted(back["voided"]) and undone["voided"] == [back["key"]]
    laptop.world.settle(laptop, jetson, rounds=1)
    assert values(jetson) == {"joy": (0.1, 1.0), "warmth": (0.41, 0.32)}
    digest = assert_same(laptop, jetson)
    jetson.run("rebuild")
    jetson.run("verify")
    assert jetson.digest() == digest


def test_a_rollback_to_a_time_voids_what_was_told_after_it(laptop) -> None:
    kept = changed(laptop, "set", "wit", "0.3")
    gone = laptop.run("personality", "set", "wit", "0.9", "--json", WAIFUSYNC_CLOCK_OFFSET="60").json
    assert changed(laptop, "rollback", str(kept["time"]))["voided"] == [gone["key"]]
    assert values(laptop)["wit"] == (0.3, 0.3)
    late = changed(laptop, "set", "wit", "0.7")
    assert late["time"] >= gone["time"] and values(laptop)["wit"] == (0.7, 0.7)


def test_what_happened_to_an_instance_counts_once_wherever_it_is_told(pair) -> None:
    laptop, jetson = pair
    data = {"kind": "trait", "name": "Patience", "delta": 0.5, "why": "waited"}
    for device, rate in ((laptop, 0.1), (jetson, 0.1), (laptop, 0.7)):
        take_in(device, data, source="an instance: 7", as_of=1_700_000_000_000, rate=rate)
    laptop.world.settle(laptop, jetson, rounds=1)
    assert values(laptop)["patience"] == values(jetson)["patience"] == (0.55, 0.55)
    assert [each["why"] for each in steps(jetson, "patience") if each["act"] == "adapt"] == ["waited"]
    assert values(jetson, "an instance: 7")["patience"] == (0.55, 1.0)


def test_what_changed_is_seen_as_an_event_and_on_the_page_of_the_device(laptop) -> None:
    companion = Companion.find(laptop.directory)
    step = change_personality(companion, Wish(Act.SET, Kind.TRAIT, "<!-- zest", 0.25))
    assert "<!-- zest 0.25" not in next_page(companion).generated
    assert "< !-- zest 0.25" in next_page(companion).generated
    change_personality(companion, Wish(Act.ADAPT, Kind.TRAIT, "<!-- zest", delta=0.1))
    roll_back(companion, step.change.key)
    told = (laptop.directory / ".git/waifusync/events.jsonl").read_text().splitlines()
    facts = [each["facts"] for each in map(json.loads, told[-3:]) if each["event"] == "merge.personality"]
    assert facts == [{"changed": 1}, {"changed": 1}, {"voided": 1, "back": 0}]


def test_what_is_said_here_counts_after_what_was_known_here_whatever_that_ones_clock_said(laptop) -> None:
    """T7"""
    take_in(laptop, {"name": "calm", "target": 0.9}, source="from-2099", as_of=4_080_000_000_000)
    for value in (0.2, 0.3):
        change_personality(Companion.find(laptop.directory), Wish(Act.SET, Kind.TRAIT, "calm", value))
        assert values(laptop)["calm"] == (value, value)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ([], "data: expected an object"),
        ({"name": "x", "delta": 1.2}, "data.delta: 1.2 is not between -1 and 1"),
        ({"name": "x", "target": -0.1}, "data.target: -0.1 is not between 0 and 1"),
        ({"name": "x", "target": float("nan")}, "data.target: nan is not between 0 and 1"),
        ({"name": "x", "target": True}, "data.target: True is not between 0 and 1"),
        ({"name": "x", "target": "0.5"}, "data.target: a str is not between 0 and 1"),
        ({"name": "x"}, "data: needs either target or delta"),
        ({"name": "x", "target": 0.1, "delta": 0.1}, "data: needs either target or delta"),
        ({"name": "", "target": 0.1}, "data.name: expected a name"),
        ({"target": 0.1}, "data.name: expected a name"),
        ({"name": "x" * 65, "target": 0.1}, "data.name: a name has at most 64 letters"),
        ({"name": "a\x1b[2J", "target": 0.1}, "data.name: a name has at most 64 letters"),
        ({"name": "x", "delta": 0.1, "a\x1b[2J": 1}, "data.a\\x1b[2J: unknown field"),
        ({"name": "x", "kind": "mood", "target": 0.1}, "data.kind: a str is neither trait nor emotion"),
        ({"name": "x", "target": 0.1, "why": 3}, "data.why: expected a text"),
        ({"name": "x", "target": 0.1, "why": "y" * 501}, "data.why: a reason has at most 500 letters"),
        ({"name": "x", "target": 0.1, "weight": 3}, "data.weight: unknown field"),
    ],
)
def test_wrong_data_are_told_with_the_path_of_the_field_and_nothing_is_written(laptop, data, told) -> None:
    with at_work(Companion.find(laptop.directory), "test") as work:
        before = work.memory.digest()
        with pytest.raises(UsageError) as error, work.lesson() as learning:
            take_in_characteristic(learning, {"name": "ok", "delta": 0.1}, source="s", as_of=1)
            take_in_characteristic(learning, data, source="s", as_of=2)
        assert error.value.message.startswith(told)
        assert work.memory.digest() == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("set warmth 1.2", "VALUE: 1.2 is not between 0 and 1"),
        ("set warmth nan", "VALUE: nan is not between 0 and 1"),
        ("adapt warmth --by 2", "--by: 2.0 is not between -1 and 1"),
        ("adapt warmth", "say either --toward or --by"),
        ("rollback yesterday", "'yesterday' is neither a change nor a time"),
        ("show --device toaster", "no device or source is called 'toaster'"),
    ],
)
def test_what_is_asked_for_wrongly_is_told_and_exits_with_2(laptop, words, told) -> None:
    ran = laptop.run("personality", *words.split(), code=2)
    assert ran.err.startswith(f"error: {told}")


def test_the_adaptation_rate_is_what_waifusync_toml_says_when_a_change_is_made(laptop) -> None:
    file = laptop.directory / "waifusync.toml"
    before = file.read_text()
    file.write_text(before.replace("adaptation_rate = 0.1", "adaptation_rate = 0.5"))
    assert changed(laptop, "adapt", "grit", "--toward", "1")["shared"] == [0.5, 0.75]
    file.write_text(before)
    assert changed(laptop, "adapt", "grit", "--by", "0.1")["shared"] == [0.75, 0.76]
