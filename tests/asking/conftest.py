"""A laptop and a jetson whose servers are stand-ins on this machine: one companion for each module, because
settling in takes longer than asking; what a test changes about a server is put back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.companions import Device, World
from tests.sessions.fake_ollama import Behaviour, FakeModel, FakeOllama

HARD = "Explain step by step why the sky is blue, and compare it with Mars."
EASY = "good morning"
# Quick, so that a test of a slow server is not slow itself; and this machine stands for the other device.
SETTINGS = "connect_seconds = 3", "connect_seconds = 2", "first_seconds = 60", "first_seconds = 1.5"


@dataclass
class Both:
    """The two devices, and their servers."""

    laptop: Device
    jetson: Device
    large: FakeOllama
    small: FakeOllama

    def forget_calls(self) -> None:
        """What was measured before says nothing about the next test."""
        (self.laptop.directory / ".git/waifusync/calls.jsonl").unlink(missing_ok=True)

    def answers(self) -> list[tuple[str, str, str]]:
        """Device, model and answer of each memory, in order of the texts."""
        return sorted(self.laptop.sql("SELECT device_id, model_used, ai_response FROM memories"))


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    world = World(tmp_path_factory.mktemp("asking"))
    large, small = FakeOllama(FakeModel("large", size=2000)), FakeOllama(FakeModel("small"))
    laptop, jetson = world.pair()
    jetson.run("device", "endpoint", small.url, "--role", "weak", "--model", "small")
    jetson.run("push")
    file = laptop.directory / "waifusync.toml"
    text = file.read_text().replace("trusted_networks = []", 'trusted_networks = ["127.0.0.0/8"]')
    for before, after in zip(SETTINGS[::2], SETTINGS[1::2], strict=True):
        assert before in text
        text = text.replace(before, after)
    file.write_text(text)
    laptop.run("device", "endpoint", large.url, "--role", "strong", "--model", "large")
    laptop.run("pull")
    yield Both(laptop, jetson, large, small)
    large.stop()
    small.stop()


@pytest.fixture
def both(settled: Both) -> Both:
    settled.forget_calls()
    settled.laptop.sql("DELETE FROM memories")
    for server in (settled.large, settled.small):
        server.behaviour = Behaviour()
        server.is_dead = False
        server.requests.clear()
    return settled
