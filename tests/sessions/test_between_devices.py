"""A conversation that goes from device to device, through real git, to stand-ins and to real servers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.companions import Device, World
from tests.sessions.fake_ollama import fake_ollama
from tests.sessions.real_ollama import PLACE, RealOllama, real_ollama
from tests.sessions.talking import chat, ends, exchange, saved, transcript
from waifusync.core.resuming import cost, room_for_answer

# A model of random weights never comes to an end by itself.
SHORT = ("--num-ctx", "1024", "--num-predict", "6")
LINES = [f"turn {number} of thirty: {'and so on ' * 8}" for number in range(30)]


def _leg(device: Device, url: str, lines: list[str], *options: str) -> None:
    device.run("sync")
    chat(device, url, *lines, options=(*SHORT, "--no-remember", *options))
    device.run("sync")


def test_the_third_leg_is_sent_the_last_turns_of_the_second_in_order_within_the_budget(
    tmp_path: Path,
) -> None:
    laptop, jetson = World(tmp_path).pair()
    with fake_ollama(has_context=False) as fake:
        _leg(laptop, fake.url, LINES[:10], "--system", "You are Mika.")
        _leg(jetson, fake.url, LINES[10:20], "--resume")
        fake.requests.clear()
        _leg(laptop, fake.url, LINES[20:], "--resume")
        sent = fake.asked("/api/chat")[0]["messages"]
    assert sent[0] == {"role": "system", "content": "You are Mika."}
    asked = [each["content"] for each in sent if each["role"] == "user"]
    assert asked == LINES[21 - len(asked) : 21]
    assert 5 < len(asked) < 20
    assert [each["role"] for each in sent[1:]] == ["user", "assistant"] * (len(asked) - 1) + ["user"]
    assert sum(map(cost, sent)) <= 1024 - room_for_answer(1024)
    said = [text for role, text in transcript(laptop, ends(laptop)[0]["session"]) if role == "user"]
    assert said == LINES


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RealOllama, RealOllama]]:
    folder = tmp_path_factory.mktemp("ollama")
    with real_ollama(folder / "one") as one, real_ollama(folder / "other") as other:
        one.add("tiny")
        other.add("tiny")
        other.quantize("q8", "tiny")
        if (PLACE / "other.gguf").exists():
            other.add("other", "other.gguf")
        yield one, other


def _resumed(device: Device, server: RealOllama, model: str) -> dict[str, object]:
    return device.run("session", "resume", "--json", "--endpoint", server.url, "--model", model).json


def test_real_servers_of_one_tokenizer_go_on_with_tokens_and_another_with_messages(
    tmp_path: Path, servers: tuple[RealOllama, RealOllama]
) -> None:
    """T21"""
    one, other = servers
    laptop, jetson = World(tmp_path).pair()
    _leg(laptop, one.url, ["hello"], "--model", "tiny")
    jetson.run("sync")
    for model in ("tiny", "q8"):
        found = _resumed(jetson, other, model)
        assert found["way"] == "tokens", found["reason"]
    chat(jetson, other.url, "and the memory?", options=("--resume", "--model", "q8", *SHORT))
    said = transcript(jetson, ends(jetson)[0]["session"])
    assert [role for role, _ in said] == ["user", "assistant"] * 2
    if not (PLACE / "other.gguf").exists():
        pytest.skip("no model with another tokenizer here; to have one for the tests: scripts/real-ollama")
    found = _resumed(jetson, other, "other")
    assert (found["way"], found["reason"]) == ("messages", "the model has another tokenizer")
    chat(jetson, other.url, "you too?", options=("--resume", "--model", "other", *SHORT))
    assert other.is_alive


def test_a_real_server_is_not_killed_by_a_token_beyond_its_vocabulary(
    tmp_path: Path, servers: tuple[RealOllama, RealOllama]
) -> None:
    """T21: sent to it as it is, such a token ends the server."""
    one, _ = servers
    laptop = World(tmp_path).device("laptop")
    chat(laptop, one.url, "hello", options=("--model", "tiny", *SHORT))
    name = ends(laptop)[0]["session"]
    saved(laptop, name, *exchange("more?", "more"), context_tokens=[1, 2, 100_000])
    found = _resumed(laptop, one, "tiny")
    assert (found["way"], found["reason"]) == ("messages", "a token lies beyond the model's vocabulary")
    chat(laptop, one.url, "still there?", options=("--resume", *SHORT))
    assert one.is_alive
