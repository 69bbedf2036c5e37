"""A conversation handed from device to device, through real git; a stand-in answers for the models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.companions import BOTH_LAYOUTS, Device, World
from tests.sessions.fake_ollama import FakeOllama, fake_ollama
from tests.sessions.talking import chat, chatting, ends, read_until, say_into, transcript, typed

NOWHERE = "127.0.0.1:9"


@pytest.fixture
def server() -> Iterator[FakeOllama]:
    with fake_ollama() as found:
        yield found


def _own_file(device: Device) -> dict[str, Any]:
    path = f"shared_memory/devices/{device.folder}.json"
    found: dict[str, Any] = json.loads(device.git("show", f"HEAD:{path}"))
    return found


def _handed(device: Device, *words: str, code: int | None = 0, server: str = NOWHERE) -> dict[str, Any]:
    return device.run("handoff", *words, "--json", code=code, OLLAMA_HOST=server).json


def _picked(device: Device, *words: str) -> dict[str, Any]:
    return device.run("pickup", *words, "--json").json


def _acquainted(tmp_path: Path, layout: str = "log") -> tuple[Device, ...]:
    return World(tmp_path, layout).scene(_acquaint)


def _acquaint(world: World) -> None:
    """A laptop that has heard of the jetson."""
    laptop, jetson = world.pair()
    jetson.run("push")
    laptop.run("pull")


@BOTH_LAYOUTS
def test_what_is_handed_over_is_picked_up_once_with_all_that_was_said(
    tmp_path: Path, layout: str, server: FakeOllama
) -> None:
    laptop, jetson = _acquainted(tmp_path, layout)
    chat(laptop, server.url, "hello", "the fan?")
    laptop.run("sync")
    chat(laptop, server.url, "and now?", options=("--resume",))
    given = _handed(laptop, "--to", "jetson", "-m", "the fan\nis next")
    assert (given["to"], given["note"], given["pushed"]) == ("jetson", "the fan is next", True)
    page = laptop.git("show", "HEAD:device_contexts/LAPTOP_CONTEXT.md")
    assert f"- waits: for jetson to pick up {given['session']}: the fan is next\n" in page
    found = _picked(jetson, "--show")
    first = found["picked_up"]
    assert found["offline"] is False
    assert (first["from"], first["note"], first["turns"]) == ("laptop", "the fan is next", 6)
    assert first["session"] == first["goes_on_from"] == given["session"]
    assert [each["content"] for each in first["messages"]][4] == "and now?"
    assert first["command"] == f"waifusync chat --session {given['session']}"
    assert _picked(jetson) == {"offline": False, "picked_up": None, "waiting": []}
    jetson.run("push")
    laptop.run("pull")
    assert "jetson" not in laptop.run("device", "note", OLLAMA_HOST=NOWHERE).out


def test_chat_goes_on_where_the_other_device_was(tmp_path: Path, server: FakeOllama) -> None:
    laptop, jetson = World(tmp_path).pair()
    chat(laptop, server.url, "green or black?")
    _handed(laptop)
    ran = typed(jetson, "and milk?\n", "pickup", "--chat", OLLAMA_HOST=server.url)
    assert "From laptop, " in ran.out
    said = transcript(jetson, ends(jetson)[0]["session"])
    assert [text for role, text in said if role == "user"] == ["green or black?", "and milk?"]
    assert ends(jetson)[0]["fork"] is False


def test_a_running_chat_goes_along_up_to_its_last_turn_and_stays_whole(
    tmp_path: Path, server: FakeOllama
) -> None:
    laptop, jetson = World(tmp_path).pair()
    running = chatting(laptop, server.url, "--no-remember")
    try:
        say_into(running, "still here")
        read_until(running, b"indeed")
        say_into(running, "and here")
        read_until(running, b"indeed")
        _handed(laptop)
    finally:
        running.communicate(timeout=60)
    assert _picked(jetson)["picked_up"]["turns"] >= 2
    laptop.run("push")
    jetson.run("sync")
    said = transcript(jetson, ends(jetson)[0]["session"])
    assert [text for role, text in said if role == "user"] == ["still here", "and here"]


def test_with_the_remote_away_all_is_committed_and_the_next_push_takes_it_along(
    tmp_path: Path, server: FakeOllama
) -> None:
    laptop, jetson = _acquainted(tmp_path)
    world = laptop.world
    chat(laptop, server.url, "hello")
    laptop.say("a memory")
    away = world.remote.rename(tmp_path / "away.git")
    ran = laptop.run("handoff", "--to", "jetson", code=4, OLLAMA_HOST=NOWHERE)
    assert "hint: all is committed here; when the remote can be reached: waifusync push" in ran.err
    assert ran.out == ""
    assert _own_file(laptop)["hand_over"]["to"] == jetson.state["id"]
    assert "_session_001.json" in laptop.git("ls-tree", "-r", "--name-only", "HEAD")
    told = jetson.run("pickup", code=0)
    assert "this is what is here already" in told.err
    assert told.out == "Nothing waits for this device.\n"
    away.rename(world.remote)
    laptop.run("push")
    assert _picked(jetson)["picked_up"]["turns"] == 2


def test_pickup_with_the_remote_away_goes_on_with_what_was_pulled_before(
    tmp_path: Path, server: FakeOllama
) -> None:
    world = World(tmp_path)
    laptop, jetson = world.pair()
    chat(laptop, server.url, "hello")
    _handed(laptop)
    jetson.run("pull")
    assert "handed over: by laptop: waifusync pickup\n" in jetson.run("status").out
    assert laptop.run("status", "--json").json["handed_over"] == []
    world.remote.rename(tmp_path / "away.git")
    found = _picked(jetson)
    assert found["offline"] is True
    assert found["picked_up"]["turns"] == 2
    assert jetson.run("status", "--json").json["handed_over"] == []


def test_several_wait_newest_first_and_each_pickup_takes_one(tmp_path: Path) -> None:
    world = World(tmp_path)
    laptop, jetson = world.pair()
    phone = world.device("phone")
    _handed(laptop, "-m", "replaced")
    _handed(laptop, "-m", "older")
    _handed(phone, "-m", "newer")
    found = _picked(jetson)
    assert found["picked_up"]["note"] == "newer"
    assert found["picked_up"]["command"] is None
    assert [each["note"] for each in found["waiting"]] == ["older"]
    ran = jetson.run("pickup")
    assert ran.out.splitlines()[0].endswith(": older")
    assert ran.out.splitlines()[1] == "There is no session to go on with."
    jetson.run("push")
    assert _picked(laptop)["picked_up"] is None  # the phone's was for anybody, and the jetson has it


def test_what_is_meant_for_one_device_waits_for_no_other(tmp_path: Path) -> None:
    world = World(tmp_path)
    laptop, jetson = world.pair()
    phone = world.device("phone")
    phone.run("push")
    laptop.run("pull")
    _handed(laptop, "--to", "phone")
    assert _picked(jetson)["picked_up"] is None
    assert _picked(laptop)["picked_up"] is None
    assert _picked(phone)["picked_up"]["from"] == "laptop"


def test_the_model_is_freed_and_a_server_that_is_away_holds_nobody_up(
    tmp_path: Path, server: FakeOllama
) -> None:
    laptop, _ = World(tmp_path).pair()
    chat(laptop, server.url, "hello", options=("--model", "tiny"))
    server.requests.clear()
    assert _handed(laptop, "--unload", server=server.url)["unloaded"] == "tiny"
    assert [(each["model"], each["keep_alive"]) for each in server.asked("/api/generate")] == [("tiny", 0)]
    ran = laptop.run("handoff", "--unload", OLLAMA_HOST=NOWHERE)
    assert "warning: no model was unloaded: " in ran.err
    assert "Handed " in ran.out


def test_an_unknown_device_is_asked_for_wrongly_and_nothing_is_done(tmp_path: Path) -> None:
    laptop, jetson = _acquainted(tmp_path)
    head = laptop.head()
    ran = laptop.run("handoff", "--to", "toaster", code=2)
    assert "no device is called 'toaster'" in ran.err
    assert "hint: there are: jetson, laptop; one that has joined since" in ran.err
    assert "laptop is this device" in laptop.run("handoff", "--to", "laptop", code=2).err
    assert "too long" in laptop.run("handoff", "-m", "x" * 501, code=2).err
    assert "not UTF-8" in laptop.run("handoff", "-m", "\udcff", code=2).err
    assert "no session is called" in laptop.run("handoff", "--session", "nope", code=2).err
    laptop.run("device", "retire", "jetson")
    assert "jetson is gone" in laptop.run("handoff", "--to", "jetson", code=2).err
    assert "hand_over" not in _own_file(laptop)
    assert laptop.git("rev-list", "--count", f"{head}..HEAD") == "1"  # that of `device retire`
    assert jetson.run("pickup", "--chat", "--json", code=2).json["code"] == 2


def test_what_another_device_writes_obeys_no_terminal(tmp_path: Path) -> None:
    laptop, jetson = World(tmp_path).pair()
    path = laptop.directory / f"shared_memory/devices/{laptop.folder}.json"
    told = _own_file(laptop)
    told["hand_over"] = {
        "at": "2026-01-01",
        "note": "\x1b[2Jgone",
        "turn": "\ud800",
        "session": "x; rm -rf ~",
        "to": "",
    }
    path.write_text(json.dumps(told))
    laptop.git("add", "-A")
    laptop.git("commit", "-qm", "by hand")
    laptop.run("push")
    jetson.run("pull")
    assert "\x1b" not in jetson.run("status").out
    assert jetson.run("status", "--json").json["handed_over"][0]["turn"] == ""
    ran = jetson.run("pickup")
    assert "\x1b" not in ran.out
    assert "rm -rf" not in ran.out
    assert "gone" in ran.out
