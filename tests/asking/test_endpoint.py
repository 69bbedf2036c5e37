"""`waifusync device endpoint`: a device's own file, written by it alone, and read as a stranger's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.companions import BOTH_LAYOUTS, World
from tests.sessions.fake_ollama import fake_ollama
from waifusync.workflows.device_facts import facts_in, merged

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_NAMES = st.sampled_from(["endpoint", "ssh", "model", "models", "capabilities", "created", "x"])


@BOTH_LAYOUTS
def test_what_one_device_tells_reaches_the_others_and_leaves_everything_else_alone(
    tmp_path: Path, layout: str
) -> None:
    world = World(tmp_path, layout)
    laptop, jetson = world.pair()
    file = f"shared_memory/devices/{jetson.folder}.json"
    before = json.loads((jetson.directory / file).read_text())
    jetson.say("a memory that waits")
    with fake_ollama() as server:
        shown = jetson.run("device", "endpoint", server.url, "--role", "weak", "--ssh", "ada@jetson:2222")
        told = json.loads((jetson.directory / file).read_text())
        assert (
            told
            == before
            | {
                "endpoint": server.url,
                "ssh": "ada@jetson:2222",
                "models": ["tiny:latest"],
                "capabilities": {"role": "weak"},
            }
            or "power_mode" in told["capabilities"]
        )
        assert f"jetson answers at {server.url}, through ssh ada@jetson:2222, as the weak one" in shown.out
        head = jetson.head()
        jetson.run("device", "endpoint")
    assert jetson.head() == head  # nothing new, no commit
    assert jetson.git("status", "--porcelain") == ""
    jetson.run("push")
    laptop.run("pull")
    assert json.loads((laptop.directory / file).read_text()) == told
    assert laptop.said() == ["a memory that waits"]
    assert "jetson: its server listens on that device only" in laptop.run("ask", "--explain", "hi").out
    assert "2. jetson: " in laptop.run("ask", "--explain", "--via", "ssh", "x" * 900 + "? why explain").out


def test_members_that_a_newer_waifusync_wrote_stay(tmp_path: Path) -> None:
    """T16"""
    world = World(tmp_path)
    laptop = world.device("laptop")
    file = f"shared_memory/devices/{laptop.folder}.json"
    told = {**json.loads((laptop.directory / file).read_text()), "mood": [1], "capabilities": {"npu": 3}}
    (laptop.directory / file).write_text(json.dumps(told))
    laptop.git("commit", "-qam", "as a newer one would")
    laptop.run("device", "endpoint", "http://127.0.0.1:9", "--role", "strong")
    now = json.loads((laptop.directory / file).read_text())
    assert now["mood"] == [1]
    assert now["capabilities"]["npu"] == 3
    laptop.run("device", "endpoint", "", "--role", "none")
    now = json.loads((laptop.directory / file).read_text())
    assert "endpoint" not in now
    assert "role" not in now["capabilities"]


@given(st.dictionaries(_NAMES, JSON) | JSON)
def test_a_file_that_a_stranger_wrote_is_read_as_far_as_it_makes_sense(told: object) -> None:
    """T25"""
    found = facts_in(json.dumps(told).encode(), "jetson-7k3q9x2a", "jetson")
    assert all(isinstance(each, str) and each.isprintable() for each in (found.endpoint, *found.models))
    assert found.role in ("", "strong", "weak")
    assert found.memory >= 0


@pytest.mark.parametrize("content", [b"", b"\xff", b"[" * 100_000, b"[]", b'{"models": {"a": 1}}'])
def test_damage_counts_as_nothing_said(content: bytes) -> None:
    """T20"""
    assert facts_in(content, "jetson-7k3q9x2a", "jetson").models == ()


@given(st.dictionaries(_NAMES, JSON), st.dictionaries(_NAMES, JSON))
def test_telling_the_same_twice_changes_nothing(told: dict[str, object], changes: dict[str, object]) -> None:
    once = merged(told, changes)
    assert merged(once, changes) == once
    assert {name: once.get(name) for name in told.keys() - changes.keys()} == {
        name: told[name] for name in told.keys() - changes.keys()
    }
