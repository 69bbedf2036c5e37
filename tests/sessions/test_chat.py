"""`waifusync chat` against the stand-in: every turn stored, nothing false, and a server in any trouble."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.companions import INSTALLED, Device, World, clean_environment
from tests.sessions.fake_ollama import BYTES, SPECIAL, FakeModel, FakeOllama, fake_ollama, wait_until
from tests.sessions.talking import chat, chatting, ends, read_until, saved, say_into, transcript
from tests.timing import ratio


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Device:
    return World(tmp_path_factory.mktemp("alone")).device("laptop")


@pytest.fixture
def fake() -> Iterator[FakeOllama]:
    with fake_ollama() as server:
        yield server


def _newest(device: Device) -> list[tuple[str, str]]:
    return transcript(device, ends(device)[0]["session"])


def _count(device: Device) -> int:
    return len(ends(device))


def test_each_line_is_a_turn_in_the_session_and_a_memory(laptop: Device, fake: FakeOllama) -> None:
    ran = chat(laptop, fake.url, "hello there", "and you?")
    assert ran.out == "yes indeed\nyes indeed\n"
    answer = ("assistant", "yes indeed")
    assert _newest(laptop) == [("user", "hello there"), answer, ("user", "and you?"), answer]
    rows = laptop.sql("SELECT user_input, ai_response, model_used, device_id FROM memories ORDER BY id")
    assert rows[-2:] == [
        ("hello there", "yes indeed", "tiny:latest", "laptop"),
        ("and you?", "yes indeed", "tiny:latest", "laptop"),
    ]
    (conversation,) = laptop.sql(
        "SELECT DISTINCT conversation_id FROM memories WHERE user_input = 'and you?'"
    )
    assert conversation == (ends(laptop)[0]["conversation"],)


def test_memories_are_not_written_where_they_are_not_wanted(laptop: Device, fake: FakeOllama) -> None:
    chat(laptop, fake.url, "a secret of mine", options=("--no-remember",))
    assert _newest(laptop)[0] == ("user", "a secret of mine")
    assert laptop.sql("SELECT count(*) FROM memories WHERE user_input = 'a secret of mine'") == [(0,)]


def test_every_request_says_how_large_the_context_is(laptop: Device, fake: FakeOllama) -> None:
    fake.behaviour.version = "0.32.0"  # what is found out of it is remembered, and not of the others'
    chat(laptop, fake.url, "one", "two", options=("--num-ctx", "512"))
    fake.behaviour.has_context = False
    chat(laptop, fake.url, "three", "four", options=("--resume",))
    bodies = [*fake.asked("/api/generate"), *fake.asked("/api/chat")]
    assert len(bodies) >= 4
    assert all(body["options"]["num_ctx"] == 512 for body in bodies)


def test_no_vocabulary_is_listed_before_the_first_word(laptop: Device, fake: FakeOllama) -> None:
    chat(laptop, fake.url, "hello", options=("--model", "tiny"))
    assert fake.requests[0][0] == "/api/generate"
    chat(laptop, fake.url, "again", options=("--model", "tiny"))
    assert [path for path, _ in fake.requests].count("/api/show") <= 1  # it is remembered


def test_the_same_tokenizer_goes_on_with_tokens_another_with_messages(laptop: Device) -> None:
    other = FakeModel("other", tokens=[*BYTES[::-1], *SPECIAL], blob="1" * 64)
    with fake_ollama(FakeModel("tiny"), other, FakeModel("q8", blob="2" * 64)) as fake:
        chat(laptop, fake.url, "hello", options=("--model", "tiny"))
        fake.requests.clear()
        chat(laptop, fake.url, "once more", options=("--resume", "--model", "q8"))
        (body,) = fake.asked("/api/generate")
        assert bytes(body["context"]).decode() == "<|user|>hello<|assistant|>yes indeed"
        fake.requests.clear()
        chat(laptop, fake.url, "and more", options=("--resume", "--model", "other"))
        assert not fake.asked("/api/generate")
        (body,) = fake.asked("/api/chat")
        assert [each["content"] for each in body["messages"]] == [
            "hello", "yes indeed", "once more", "yes indeed", "and more"
        ]  # fmt: skip
        found = laptop.run("session", "resume", "--json", "--model", "tiny", "--endpoint", fake.url).json
        assert found["reason"] == "there are no tokens of its last turn"


def test_a_token_beyond_the_vocabulary_is_never_sent(laptop: Device) -> None:
    """T21: it kills the server."""
    with fake_ollama() as fake:
        chat(laptop, fake.url, "hello", options=("--model", "tiny"))
        name = ends(laptop)[0]["session"]
        file = laptop.directory / ".git/waifusync/sessions" / f"{name}.json"
        value = json.loads(file.read_text())
        turn = value["context_tokens"]["turn"]
        value["context_tokens"] = {"count": 1, "bits": 8, "data": "/w==", "turn": turn}
        file.write_text(json.dumps(value))
        fake.models["tiny"].tokens = fake.models["tiny"].tokens[:200]
        (laptop.directory / ".git/waifusync/models.json").unlink()
        value["model"]["tokenizer"] = laptop_tokenizer(laptop, fake)
        file.write_text(json.dumps(value))
        found = laptop.run("session", "resume", name, "--endpoint", fake.url, "--json").json
        assert (found["way"], found["reason"]) == ("messages", "a token lies beyond the model's vocabulary")
        chat(laptop, fake.url, "still there?", options=("--session", name))
        assert not fake.is_dead


def laptop_tokenizer(device: Device, fake: FakeOllama) -> str:
    """The fingerprint that the vocabulary has now, as a chat finds it out."""
    chat(device, fake.url, "what are you?", options=("--model", "tiny"))
    name = ends(device)[0]["session"]
    value = json.loads((device.directory / ".git/waifusync/sessions" / f"{name}.json").read_text())
    return str(value["model"]["tokenizer"])


def test_a_server_that_leaves_tokens_out_is_asked_again_with_messages(laptop: Device) -> None:
    with fake_ollama(version="0.34.0") as fake:
        chat(laptop, fake.url, "hello")
        fake.behaviour.has_context = False
        fake.requests.clear()
        ran = chat(laptop, fake.url, "more", "and more", options=("--resume",))
        assert "the server left the tokens out: once more, with the messages" in ran.err
        assert len(fake.asked("/api/generate")) == 1
        first, second = fake.asked("/api/chat")
        assert [each["content"] for each in first["messages"]] == ["hello", "yes indeed", "more"]
        assert len(second["messages"]) == 5
        assert len(_newest(laptop)) == 6
        fake.requests.clear()
        chat(laptop, fake.url, "hello", "more")  # what this version does is remembered for the next
        assert len(fake.asked("/api/generate")) <= 1


def test_a_server_that_refuses_tokens_is_asked_again_with_messages(laptop: Device) -> None:
    with fake_ollama(version="0.35.0") as fake:
        chat(laptop, fake.url, "hello")
        fake.behaviour.refuses_context = True
        ran = chat(laptop, fake.url, "more", options=("--resume",))
        assert "the server refused the tokens: once more, with the messages" in ran.err
        assert len(fake.asked("/api/chat")) == 1
    assert len(_newest(laptop)) == 4


@pytest.mark.parametrize(
    ("behaviour", "told"),
    [
        ({"status": 500, "error": "model requires more system memory"}, "more system memory"),
        ({"fails_after": 1, "error": "ran out"}, "ran out"),
        ({"breaks_off_after": 1}, "broke off"),
        ({"garbage": b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>"}, "no model's server"),
        ({"answer": ""}, "said nothing"),
    ],
)
def test_trouble_is_told_in_a_line_nothing_is_stored_and_the_chat_goes_on(
    laptop: Device, behaviour: dict[str, object], told: str
) -> None:
    before, memories = _count(laptop), laptop.sql("SELECT count(*) FROM memories")
    with fake_ollama(**behaviour) as fake:
        ran = chat(laptop, fake.url, "hello", "again", options=("--model", "tiny"), code=None)
    errors = [line for line in ran.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 2
    assert all(told in each for each in errors)
    assert ran.code in (3, 4)
    assert _count(laptop) == before
    assert laptop.sql("SELECT count(*) FROM memories") == memories


def test_a_server_that_is_away_is_told_and_comes_back(laptop: Device) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        ran = chat(laptop, url, "hello", options=("--model", "tiny"), code=4)
    assert "ollama serve" in ran.err
    with fake_ollama() as fake:
        assert chat(laptop, fake.url, "hello", options=("--model", "nobody"), code=None).code == 3


def test_an_answer_cannot_command_the_terminal(laptop: Device) -> None:
    with fake_ollama(answer="red\x1b[31m\rover\nnext") as fake:
        ran = chat(laptop, fake.url, "hello")
    assert "\x1b" not in ran.out
    assert "\r" not in ran.out
    assert "\nnext" in ran.out


def test_kill_9_loses_at_most_the_turn_that_was_streaming(laptop: Device) -> None:
    """T20"""
    with fake_ollama(answer="word " * 200) as fake:
        process = chatting(laptop, fake.url)
        say_into(process, "first")
        wait_until(lambda: len(laptop.sql("SELECT 1 FROM memories WHERE user_input = 'first'")) == 1)
        fake.behaviour.pause_seconds = 0.05
        say_into(process, "second")
        wait_until(lambda: len(fake.asked("/api/generate")) + len(fake.asked("/api/chat")) == 2)
        process.send_signal(signal.SIGKILL)
        process.wait()
    (first, _) = _newest(laptop)
    assert first == ("user", "first")
    for file in (laptop.directory / "shared_memory/context_tokens").iterdir():
        json.loads(file.read_text())


def test_ctrl_c_keeps_what_was_said_and_a_second_one_ends(laptop: Device) -> None:
    with fake_ollama(answer="word " * 200, pause_seconds=0.02) as fake:
        process, terminal = _in_terminal(laptop, fake.url)
        _wait_for(terminal, b"> ")
        os.write(terminal, b"tell me all\n")
        _wait_for(terminal, b"word word")
        os.write(terminal, b"\x03")
        _wait_for(terminal, b"(cut)")
        _wait_for(terminal, b"> ")
        assert _interrupted(process, terminal) == 0
        os.close(terminal)
    told = laptop.run("session", "show", ends(laptop)[0]["session"], "--json").json["messages"]
    assert [each["role"] for each in told] == ["user", "assistant"]
    assert told[1]["cut"] is True
    assert told[1]["content"].startswith("word word")
    assert len(told[1]["content"]) < 900


def _in_terminal(device: Device, url: str) -> tuple[subprocess.Popen[bytes], int]:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("in_terminal.py"), INSTALLED, "chat", "--endpoint", url],
        cwd=device.directory,
        env=clean_environment(device.world.home, TERM="dumb"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    return process, ours


def _interrupted(process: subprocess.Popen[bytes], terminal: int) -> int:
    """How it ended. Between showing the prompt and waiting for a key, Python's readline does not see a signal
    before the next key: a person presses Ctrl-C once more."""
    for _ in range(15):
        os.write(terminal, b"\x03")
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(timeout=2)
    raise AssertionError("Ctrl-C did not end it")


def _wait_for(terminal: int, words: bytes) -> None:
    found = b""
    while words not in found:
        found += os.read(terminal, 4096)


def test_a_chat_begins_within_fifteen_empty_pythons(laptop: Device) -> None:
    """Which is 180 ms where an empty one takes 12: the first request is to come within 300."""
    begun = [str(INSTALLED), "chat", "--model", "tiny", "--endpoint", "127.0.0.1:9"]
    empty = [sys.executable, "-c", "pass"]
    environment = clean_environment(laptop.world.home)
    assert ratio(begun, empty, where=laptop.directory, environment=environment) <= 15


def test_two_programs_that_add_to_one_session_lose_nothing(laptop: Device, fake: FakeOllama) -> None:
    """T12"""
    name = laptop.run("session", "start", "--model", "tiny").last_line
    process = chatting(laptop, fake.url, "--session", name)
    say_into(process, "first")
    read_until(process, b"indeed")
    wait_until(lambda: len(transcript(laptop, name)) == 2)
    saved(laptop, name, {"role": "user", "content": "meanwhile"})
    say_into(process, "second")
    read_until(process, b"indeed")
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(timeout=30) == 0
    texts = [text for role, text in transcript(laptop, name) if role == "user"]
    assert texts == ["first", "meanwhile", "second"]
    found = laptop.run("session", "resume", name, "--endpoint", fake.url, "--json").json
    assert found["way"] == "messages"  # the tokens of the chat know nothing of what came meanwhile
