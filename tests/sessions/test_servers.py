"""One contract for the fake server and a real one; what goes wrong, only the fake can be asked for."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sessions.fake_ollama import fake_ollama
from tests.sessions.real_ollama import real_ollama
from waifusync.errors import UsageError
from waifusync.sessions.http import Endpoint, Limits, NotOllama, ServerAway, ServerFailed
from waifusync.sessions.ollama import Ollama, is_missing_model

QUICK = Limits(1, 1, 1, 2)


@pytest.fixture(scope="module", params=["fake", "real"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ollama]:
    if request.param == "fake":
        with fake_ollama() as fake:
            yield Ollama(Endpoint.of(fake.url))
    else:
        with real_ollama(tmp_path_factory.mktemp("ollama") / "home") as real:
            real.add("tiny")
            yield Ollama(Endpoint.of(real.url))


def _text(pieces: list[dict[str, Any]]) -> str:
    return "".join(each.get("response", "") for each in pieces)


def test_it_says_what_it_is_and_what_it_has(server: Ollama) -> None:
    assert server.version()[0].isdigit()
    (model,) = server.models()
    assert model.name == "tiny:latest"
    assert len(model.digest) == 64
    facts = server.facts("tiny")
    assert facts.blob.startswith("sha256:")
    assert len(facts.blob) == 71
    assert facts.vocabulary > 256
    assert facts.context_length == 2048
    assert len(facts.tokenizer) == 16


def test_an_answer_comes_in_pieces_and_ends_with_its_counts(server: Ollama) -> None:
    pieces = list(server.chat("tiny", [{"role": "user", "content": "hello"}], num_ctx=256, num_predict=4))
    assert pieces[-1]["done"] is True
    assert pieces[-1]["eval_count"] > 0
    assert all("message" in each for each in pieces)


def test_tokens_of_one_answer_go_on_in_the_next(server: Ollama) -> None:
    first = list(server.generate("tiny", "hello", num_ctx=256, num_predict=4))
    context = first[-1]["context"]
    assert isinstance(context, list)
    second = list(server.generate("tiny", "memory", num_ctx=256, context=context, num_predict=4))
    assert second[-1]["context"][: len(context)] == context


def test_vectors_are_of_one_length_and_one_for_each_text(server: Ollama) -> None:
    one, other, again = server.embed("tiny", ["hello", "memory", "hello"])
    assert len(one) == len(other)
    assert one == pytest.approx(again)
    assert sum(each * each for each in one) == pytest.approx(1, abs=1e-3)


def test_a_model_that_is_not_there_is_told_from_a_server_that_is_not_well(server: Ollama) -> None:
    with pytest.raises(ServerFailed) as raised:
        list(server.chat("nobody", [], num_ctx=256))
    assert is_missing_model(raised.value)


def test_unloading_is_done_twice_as_well(server: Ollama) -> None:
    before = server.models()
    server.unload("tiny")
    server.unload("tiny")
    assert before and server.models() == before, "what leaves the memory stays on the disk"


def _ask(limits: Limits = QUICK, **behaviour: Any) -> list[dict[str, object]]:
    with fake_ollama(**behaviour) as fake:
        return list(Ollama(Endpoint.of(fake.url), limits).chat("tiny", [], num_ctx=256))


def test_out_of_memory_is_the_server_s_failure_in_its_own_words() -> None:
    with pytest.raises(ServerFailed, match="more system memory") as raised:
        _ask(status=500, error="model requires more system memory (5.6 GiB)\x1b[2J")
    assert not is_missing_model(raised.value)
    assert "\x1b" not in raised.value.message


def test_a_failure_in_the_middle_of_an_answer_is_a_failure() -> None:
    with pytest.raises(ServerFailed, match="ran out"):
        _ask(answer="one two three", fails_after=2, error="ran out")


def test_an_answer_that_breaks_off_is_no_answer() -> None:
    with pytest.raises(ServerAway):
        _ask(answer="one two three", breaks_off_after=2)


@pytest.mark.parametrize(
    "garbage",
    [
        b"hello\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n<html>Log in</html>...",
        b"HTTP/1.1 302 Found\r\nLocation: http://portal/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 100_000,
        b"\x16\x03\x01\x02",
    ],
)
def test_what_is_no_model_server_is_called_that(garbage: bytes) -> None:
    """T25"""
    with pytest.raises((NotOllama, ServerAway)) as raised:
        _ask(garbage=garbage)
    assert "portal" not in raised.value.message


@pytest.mark.parametrize(
    "behaviour", [{"silence_seconds": 60}, {"answer": "a " * 400, "pause_seconds": 0.05}]
)
def test_time_limits_hold_before_the_first_byte_and_while_it_drips(behaviour: dict[str, Any]) -> None:
    """T28"""
    begun = time.monotonic()
    with pytest.raises(ServerAway, match="in time"):
        _ask(Limits(1, 0.5, 0.5, 1.0), **behaviour)
    assert time.monotonic() - begun < 5


def test_nobody_listening_says_how_to_start_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        where = Endpoint("127.0.0.1", taken.getsockname()[1])
        with pytest.raises(ServerAway) as raised:
            Ollama(where).version()
    assert "ollama serve" in raised.value.hint


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("jetson", "http://jetson:11434"),
        ("jetson:1234", "http://jetson:1234"),
        (":1234", "http://127.0.0.1:1234"),
        ("0.0.0.0:1234", "http://127.0.0.1:1234"),
        ("https://ai.example.org", "https://ai.example.org:443"),
        ("https://ai.example.org/ollama/", "https://ai.example.org:443/ollama"),
        ("http://[fd00::1]:1234", "http://[fd00::1]:1234"),
    ],
)
def test_an_address_is_read_as_ollama_reads_it(text: str, url: str) -> None:
    assert str(Endpoint.of(text)) == url


@pytest.mark.parametrize(
    "text", ["ftp://x", "http://user:secret@x", "http://x:port", "http://x?y", "http://[x"]
)
def test_what_is_no_address_is_asked_for_wrongly(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        Endpoint.of(text)
    assert "secret" not in raised.value.message
