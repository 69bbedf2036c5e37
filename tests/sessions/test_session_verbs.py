"""`waifusync session …` through the installed command, on devices that sync through real git."""

from __future__ import annotations

import base64
import json
import subprocess
import zlib
from pathlib import Path
from typing import Any

import pytest

from tests.companions import INSTALLED, Device, World, clean_environment
from tests.sessions.talking import ends, exchange, saved, transcript, typed

CONTEXT_TOKENS = "shared_memory/context_tokens"


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Device:
    """For what one device does alone; each test begins conversations of its own."""
    return World(tmp_path_factory.mktemp("alone")).device("laptop")


def _start(device: Device, *options: str) -> str:
    return device.run("session", "start", *options).last_line


def test_a_session_is_saved_shown_and_resumed(laptop: Device) -> None:
    name = _start(laptop, "--model", "tiny")
    file = laptop.directory / CONTEXT_TOKENS / f"{name}.json"
    assert json.loads(file.read_text())["session_id"] == name
    assert saved(laptop, name, *exchange("one?", "one"))["added"] == 2
    assert transcript(laptop, name) == [("user", "one?"), ("assistant", "one")]
    found = laptop.run("session", "resume", "--json").json
    assert (found["session"], found["way"], found["new"]) == (name, "messages", False)
    assert [each["content"] for each in found["messages"]] == ["one?", "one"]
    assert found["num_ctx"] == 4096
    told = laptop.run("session", "resume", name)
    assert told.last_line == name
    assert "By its messages: there are no tokens of its last turn." in told.err


def test_saving_the_whole_again_adds_only_what_is_new(laptop: Device) -> None:
    name = _start(laptop)
    first, second = exchange("one?", "one"), exchange("two?", "two")
    saved(laptop, name, *first)
    assert saved(laptop, name, *first)["added"] == 0
    assert saved(laptop, name, *first, *second)["added"] == 2
    assert saved(laptop, name, *exchange("three?", "three"))["added"] == 2
    assert [text for _, text in transcript(laptop, name)] == ["one?", "one", "two?", "two", "three?", "three"]


def test_tokens_are_packed_and_those_of_older_turns_go(laptop: Device) -> None:
    name = _start(laptop)
    tokens = list(range(100_000, 100_716))
    saved(laptop, name, *exchange("one?", "one"), context_tokens=tokens)
    file = laptop.directory / CONTEXT_TOKENS / f"{name}.json"
    assert len(json.dumps(json.loads(file.read_text())["context_tokens"])) < 2200
    saved(laptop, name, *exchange("two?", "two"))
    assert json.loads(file.read_text())["context_tokens"] is None


@pytest.mark.parametrize(
    "given",
    [
        "",
        "hello",
        '{"messages": 1}',
        '[{"content": "x"}]',
        '[{"role": "user", "content": 1}]',
        "[NaN]",
        '{"messages": [], "context_tokens": [-1]}',
        '{"messages": [], "context_tokens": "x"}',
    ],
)
def test_what_is_no_list_of_messages_is_asked_for_wrongly(laptop: Device, given: str) -> None:
    name = _start(laptop)
    ran = typed(laptop, given, "session", "save", name, code=2)
    assert ran.err.startswith("error: what is to be saved cannot be read: ")
    assert transcript(laptop, name) == []


def test_what_could_not_be_read_again_is_not_written(laptop: Device) -> None:
    name = _start(laptop)
    saved(laptop, name, *exchange("one?", "one"))
    deep: Any = "x"
    for _ in range(62):
        deep = [deep]
    for bad in ([{"role": "user", "id": "a"}] * 2, [{"role": "user", "x": deep}]):
        ran = typed(laptop, json.dumps(bad), "session", "save", name, code=None)
        assert ran.code in (2, 3), ran
    assert len(transcript(laptop, name)) == 2
    odd = {"role": "user", "content": "half an emoji \ud83d", "id": ["no", "text"]}
    assert saved(laptop, name, odd)["added"] == 1
    assert laptop.run("session", "show", name).out.endswith("half an emoji \ufffd\n")


def test_programs_that_save_at_once_lose_nothing(laptop: Device) -> None:
    """T12"""
    name = _start(laptop)
    programs = []
    for number in range(8):
        program = subprocess.Popen(
            [INSTALLED, "session", "save", name],
            cwd=laptop.directory,
            env=clean_environment(laptop.world.home),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        assert program.stdin is not None
        programs.append((program, program.stdin, f'[{{"role": "user", "content": "of {number}"}}]'))
    for _, stdin, text in programs:
        stdin.write(text.encode())
        stdin.close()
    assert [program.wait(timeout=60) for program, *_ in programs] == [0] * 8
    assert {text for _, text in transcript(laptop, name)} == {f"of {number}" for number in range(8)}


def test_names_are_exact(laptop: Device) -> None:
    name = _start(laptop)
    short = f"laptop_session_{name[-3:]}"
    assert laptop.run("session", "show", short, "--json").json["session"] == name
    for wrong in (name[:-1], name + "0", "laptop", "", "../x"):
        ran = laptop.run("session", "show", wrong, code=2)
        assert "no session is called" in ran.err


def test_a_checkpoint_is_come_back_to_and_nothing_is_lost(laptop: Device) -> None:
    name = _start(laptop)
    saved(laptop, name, *exchange("one?", "one"))
    laptop.run("session", "checkpoint", name, "before")
    saved(laptop, name, *exchange("two?", "two"))
    again = laptop.run("session", "restore", name, "before").last_line
    assert [text for _, text in transcript(laptop, again)] == ["one?", "one"]
    assert len(transcript(laptop, name)) == 4
    assert laptop.run("session", "resume", "--json").json["session"] == again
    assert "it has: before" in laptop.run("session", "restore", name, "after", code=2).err


def test_a_fork_goes_on_from_any_turn(laptop: Device) -> None:
    name = _start(laptop)
    saved(laptop, name, *exchange("one?", "one"), *exchange("two?", "two"))
    turns = laptop.run("session", "show", name, "--json").json["messages"]
    again = laptop.run("session", "fork", name, "--at", turns[1]["id"]).last_line
    saved(laptop, again, *exchange("other?", "other"))
    assert [text for _, text in transcript(laptop, again)] == ["one?", "one", "other?", "other"]
    assert laptop.run("session", "fork", name, "--at", "nothing", code=2).err.startswith("error: ")


def test_what_a_newer_waifusync_wrote_is_carried_and_a_newer_format_refused(laptop: Device) -> None:
    """T16"""
    name = _start(laptop)
    file = laptop.directory / ".git/waifusync/sessions" / f"{name}.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "mood": {"level": 3}}))
    saved(laptop, name, *exchange("one?", "one"))
    assert json.loads(file.read_text())["mood"] == {"level": 3}
    file.write_text(json.dumps({**json.loads(file.read_text()), "format": 2}))
    ran = laptop.run("session", "show", name, code=3)
    assert "upgrade waifusync" in ran.err
    typed(laptop, "[]", "session", "save", name, code=3)
    file.unlink()


def test_a_damaged_session_of_another_device_stops_no_other(laptop: Device) -> None:
    """T25"""
    name = _start(laptop)
    saved(laptop, name, *exchange("one?", "one"))
    shared = laptop.directory / CONTEXT_TOKENS
    forged = shared / "jetson-b4n8w6zt_session_001.json"
    forged.write_text((shared / f"{name}.json").read_text())
    ran = laptop.run("session", "list", code=None)
    assert name in ran.out
    assert "jetson-b4n8w6zt_session_001.json cannot be read: it says it is" in ran.err
    laptop.run("session", "show", forged.stem, code=5)
    forged.unlink()
    forged.symlink_to(laptop.directory / "waifusync.toml")
    assert "jetson" not in laptop.run("session", "list", code=None).err
    forged.unlink()


def _ctx(**more: Any) -> str:
    tokens = base64.b64encode(zlib.compress(json.dumps(list(range(716))).encode())).decode()
    state = {"messages": list(exchange("old?", "old")), "mood": "calm"}
    told = {"device": "tomato", "model": "phi3:mini", "session_id": "phi3:mini-7", "timestamp": "2025-01-01"}
    return json.dumps(
        {**told, "context_tokens": tokens, "conversation_state": state, "metadata": {"v": 1}, **more}
    )


def test_an_older_file_is_imported_once_with_its_origin(laptop: Device) -> None:
    (laptop.directory / "old.ctx").write_text(_ctx())
    name = laptop.run("session", "import", "old.ctx").last_line
    assert transcript(laptop, name) == [("user", "old?"), ("assistant", "old")]
    value = json.loads((laptop.directory / CONTEXT_TOKENS / f"{name}.json").read_text())
    assert value["origin"]["metadata"] == {"v": 1}
    assert value["origin"]["conversation_state"]["mood"] == "calm"
    assert (value["model"]["name"], value["origin"]["device"]) == ("phi3:mini", "tomato")
    assert value["context_tokens"]["count"] == 716
    again = laptop.run("session", "import", "old.ctx")
    assert again.last_line == name
    found = laptop.run("session", "resume", name, "--endpoint", "127.0.0.1:1", "--json").json
    assert found["way"] == "messages"  # nobody says of which tokenizer they are


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        _ctx(context_tokens="!"),
        _ctx(context_tokens=base64.b64encode(zlib.compress(b"\0" * 10**8)).decode()),
        _ctx(context_tokens=base64.b64encode(zlib.compress(b"abc")).decode()),
        _ctx(context_tokens=base64.b64encode(zlib.compress(b"[-1]")).decode()),
    ],
)
def test_what_is_no_older_file_is_refused_and_a_bomb_is_not_unpacked(laptop: Device, text: str) -> None:
    """T25"""
    (laptop.directory / "bad.ctx").write_text(text)
    assert "bad.ctx cannot be imported" in laptop.run("session", "import", "bad.ctx", code=2).err


def test_a_fork_on_both_sides_is_seen_merged_and_the_same_on_both(tmp_path: Path) -> None:
    """Nothing is lost, and both devices may merge at once."""
    laptop, jetson = World(tmp_path).pair()
    first = _start(laptop, "--model", "tiny")
    saved(laptop, first, *exchange("one?", "one"))
    laptop.run("sync")
    jetson.run("sync")
    there = jetson.run("session", "resume", "--json").json
    assert there["new"] is True
    saved(jetson, there["session"], *exchange("jetson?", "jetson"))
    saved(laptop, first, *exchange("laptop?", "laptop"))
    laptop.world.settle(laptop, jetson)
    for device in (laptop, jetson):
        ran = device.run("session", "list", code=1)
        assert ran.out.count("fork") == 2
        found = device.run("session", "resume", "--json").json
        assert (found["branches"], found["from"]) == (2, first)
    for device in (laptop, jetson):
        device.run("session", "merge")
    laptop.world.settle(laptop, jetson)
    texts = ["one?", "one", "jetson?", "jetson", "laptop?", "laptop"]
    for device in (laptop, jetson):
        (end,) = ends(device)
        assert [text for _, text in transcript(device, end["session"])] == texts
        assert device.run("session", "merge").last_line.startswith("Nothing to merge")
        assert device.run("session", "merge", "--json").json == {"session": None, "merged": []}


def test_another_devices_session_is_not_written(tmp_path: Path) -> None:
    laptop, jetson = World(tmp_path).pair()
    first = _start(laptop)
    saved(laptop, first, *exchange("one?", "one"))
    laptop.run("push")
    jetson.run("pull")
    ran = typed(jetson, "[]", "session", "save", first, code=3)
    assert "waifusync session resume" in ran.err
    assert ran.code == 3
    assert laptop.run("session", "resume", "--num-ctx", "3", code=2).err.startswith("error: a context of 3")
