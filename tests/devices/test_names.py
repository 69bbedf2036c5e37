"""What devices are called: renamed, known under older names, and gone; no history is rewritten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.companions import Device, World, assert_same
from waifusync.workflows.syncing.devices import with_labels


def test_a_renamed_device_is_found_under_all_its_names_everywhere(tmp_path: Path) -> None:
    world = World(tmp_path)
    laptop, jetson = world.pair()
    laptop.sql("INSERT INTO memories (device_id, user_input) VALUES ('tomato', 'ferns in spring')")
    laptop.say("ferns in summer")
    laptop.run("push")
    digest, logs = laptop.digest(), laptop.git("ls-tree", "-r", "HEAD", "shared_memory/log")
    laptop.run("device", "rename", "tower")
    shown = laptop.run("device", "alias", "tomato")
    assert shown.out == "tower is here, and was called laptop, tomato.\n"
    assert (laptop.digest(), laptop.git("ls-tree", "-r", "HEAD", "shared_memory/log")) == (digest, logs)
    laptop.run("remember", "ferns in autumn")
    laptop.run("push")
    pulled = jetson.run("pull")
    assert "from tower" in pulled.out
    for device in (laptop, jetson):
        for name in ("tower", "laptop", "tomato"):
            found = device.run("search", "ferns", "--device", name, "--json").out.splitlines()
            assert len(found) == 3, (device.name, name)
    listed = [json.loads(line) for line in jetson.run("device", "list", "--json").out.splitlines()]
    assert [(each["name"], each["aliases"]) for each in listed] == [
        ("jetson", []),
        ("tower", ["laptop", "tomato"]),
    ]
    assert jetson.run("device", "show", "tomato", "--json").json["name"] == "tower"
    assert "tower" in jetson.run("status").out
    laptop.run("device", "alias", "--remove", "tomato")
    assert len(laptop.run("search", "ferns", "--device", "tower", "--json").out.splitlines()) == 2
    laptop.say("after all that")
    world.settle(laptop, jetson)
    assert_same(laptop, jetson)


def test_a_device_that_is_gone_is_not_asked_and_can_come_back(tmp_path: Path) -> None:
    laptop, jetson = World(tmp_path).pair()
    laptop.say("from the laptop")
    laptop.run("sync")
    jetson.run("sync")
    jetson.run("device", "retire", "laptop")
    assert "laptop: retired, as jetson says" in jetson.run("ask", "--explain", "hi").out
    jetson.run("push")
    laptop.run("pull")
    assert "It is gone, as jetson says." in laptop.run("device", "show").out
    assert laptop.said() == ["from the laptop"]
    assert "is this device" in jetson.run("device", "retire", "jetson", code=2).err
    jetson.run("device", "retire", "laptop", "--undo")
    assert "retired" not in jetson.run("device", "list").out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["rename", "jetson"], "jetson is or was called jetson"),
        (["rename", "a b"], "cannot be a device's name"),
        (["alias", "jetson"], "jetson is or was called jetson"),
        (["alias", "a\nb"], "cannot be an alias"),
        (["retire", "toaster"], "no device is called 'toaster'"),
        (["show", "toaster"], "no device is called 'toaster'"),
    ],
)
def test_names_that_cannot_be_are_refused(laptop: Device, words: list[str], message: str) -> None:
    assert message in laptop.run("device", *words, code=2).err


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Device:
    laptop, jetson = World(tmp_path_factory.mktemp("names")).pair()
    jetson.run("push")
    laptop.run("pull")
    return laptop


_FOLDERS = st.sampled_from(["laptop-aaaaaaaa", "laptop-bbbbbbbb", "jetson-cccccccc"])
_TOLD = st.sampled_from(["laptop", "jetson", "tower", "Tower", "a b", "", 3, None])


@given(st.dictionaries(_FOLDERS, _TOLD))
def test_no_two_devices_ever_have_one_name_whatever_their_files_say(told: dict[str, object]) -> None:
    names = {"aaaaaaaa": "laptop", "bbbbbbbb": "laptop-2", "cccccccc": "jetson"}
    files = {folder: json.dumps({"name": name}).encode() for folder, name in told.items()}
    found = with_labels(names, files)
    assert found.keys() == names.keys()
    assert len(set(found.values())) == len(found)
