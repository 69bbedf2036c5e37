"""`waifusync embed`: what lacks a vector gets one, once, and never one of another text or model."""

from __future__ import annotations

import math
import sqlite3
from array import array
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.companions import BOTH_LAYOUTS, Device, World, assert_same
from tests.sessions.fake_ollama import FakeModel, fake_ollama
from waifusync.core.ngrams import DIMENSION, MODEL, ngram_vector


@pytest.fixture
def laptop(tmp_path: Path) -> Device:
    return World(tmp_path).device("laptop")


def vectors(device: Device) -> dict[str, tuple[str, str, int, list[float]]]:
    """By what was said: the model, its digest, the dimension and the numbers."""
    with closing(sqlite3.connect(device.database)) as connection:
        rows = connection.execute(
            "SELECT m.user_input, v.model, v.digest, v.dimension, v.vector FROM memory_vectors AS v"
            " JOIN waifusync_records AS r ON r.key = v.memory JOIN memories AS m ON m.id = r.row"
        ).fetchall()
    found = {}
    for said, model, digest, dimension, vector in rows:
        numbers = array("f")
        numbers.frombytes(vector)
        found[said] = model, digest, dimension, list(numbers)
    return found


def test_what_is_missing_is_asked_for_in_batches_once_and_a_changed_text_again(laptop: Device) -> None:
    laptop.say(*(f"memory {number}" for number in range(70)))
    with fake_ollama(FakeModel("embedder", dimension=8)) as server:
        laptop.environment = {"OLLAMA_HOST": server.url}
        words = ("embed", "--model", "embedder", "--json")
        done = laptop.run(*words).json
        assert done == {"model": "embedder:latest", "made": 70, "known": 0, "removed": 0, "elsewhere": ""}
        assert [len(body["input"]) for body in server.asked("/api/embed")] == [32, 32, 6]
        assert laptop.run(*words).json["known"] == 70
        assert len(server.asked("/api/embed")) == 3
        laptop.sql("UPDATE memories SET ai_response = 'another' WHERE user_input = 'memory 7'")
        laptop.sql("DELETE FROM memories WHERE user_input = 'memory 8'")
        again = laptop.run(*words).json
        assert (again["made"], again["known"], again["removed"]) == (1, 68, 1)
        assert server.asked("/api/embed")[-1]["input"] == ["memory 7\nanother"]
        found = vectors(laptop)
        assert len(found) == 69
        model, digest, dimension, numbers = found["memory 7"]
        assert (model, len(digest), dimension, len(numbers)) == ("embedder:latest", 64, 8, 8)
        server.models["embedder"].blob = "1" * 64  # pulled anew: another model of the same name
        assert laptop.run(*words).json["made"] == 69
        assert vectors(laptop)["memory 7"][1] != digest


def test_a_failure_in_the_middle_keeps_what_was_done_and_the_next_run_goes_on(laptop: Device) -> None:
    laptop.say(*(f"memory {number}" for number in range(40)))
    with fake_ollama(FakeModel("embedder")) as server:
        laptop.environment = {"OLLAMA_HOST": server.url}
        real = server.answers

        def failing(path: str, body: dict[str, object]) -> object:
            if path == "/api/embed" and len(server.asked("/api/embed")) == 2:
                raise ConnectionAbortedError
            return real(path, body)  # type: ignore[arg-type]  # as it came

        server.answers = failing  # type: ignore[assignment,method-assign]  # the server fails once
        laptop.run("embed", "--model", "embedder", code=4)
        assert len(vectors(laptop)) == 32
        done = laptop.run("embed", "--model", "embedder", "--json").json
        assert (done["made"], done["known"]) == (8, 32)


def test_without_any_model_vectors_are_made_and_marked_as_such(laptop: Device) -> None:
    """T15: in a group of their own."""
    laptop.say("the cat sleeps on the sofa", "the cats slept on that sofa", "quantum chromodynamics")
    assert laptop.run("embed").out == f"Made 3 vectors with {MODEL}, 0 were there.\n"
    with fake_ollama(FakeModel("embedder", dimension=8)) as server:
        laptop.run("embed", "--model", "embedder", OLLAMA_HOST=server.url)
    laptop.run("commit")
    groups = {path.parent.name for path in (laptop.directory / "shared_memory/vectors").rglob("*.npy")}
    assert len(groups) == 2
    assert f"{MODEL}-{DIMENSION}" in groups
    assert laptop.sql("SELECT DISTINCT digest FROM memory_vectors WHERE model = ?", (MODEL,)) == [("",)]


@BOTH_LAYOUTS
def test_the_strong_one_computes_and_the_weak_one_receives(tmp_path: Path, layout: str) -> None:
    world = World(tmp_path, layout)
    laptop, jetson = world.pair()
    file = laptop.directory / "waifusync.toml"
    file.write_text(file.read_text().replace('device = ""', 'device = "laptop"'))
    laptop.git("commit", "-qam", "laptop embeds")
    jetson.say("said on the jetson")
    world.settle(jetson, laptop, jetson)
    assert jetson.run("embed").out == "laptop computes them; they come with the next pull.\n"
    assert laptop.run("embed", "--json").json["made"] == 1
    world.settle(laptop, jetson)
    assert_same(laptop, jetson)
    assert vectors(jetson) == vectors(laptop) != {}
    assert jetson.run("embed", "--here", "--json").json["known"] == 1


def test_two_devices_that_computed_the_same_have_one_vector_and_no_conflict(tmp_path: Path) -> None:
    """T8"""
    world = World(tmp_path)
    laptop, jetson = world.pair()
    laptop.say("said before")
    world.settle(laptop, jetson)
    for device in (laptop, jetson):
        device.run("embed")
    world.settle(laptop, jetson)
    assert_same(laptop, jetson)
    assert len(vectors(laptop)) == 1
    assert vectors(laptop) == vectors(jetson)
    assert laptop.run("status", "--json", code=None).json["conflicts"] in (0, [], {})


def test_a_model_that_is_not_there_or_no_server_makes_nothing(laptop: Device) -> None:
    laptop.say("a memory")
    with fake_ollama() as server:
        ran = laptop.run("embed", "--model", "nobody", code=3, OLLAMA_HOST=server.url)
    assert "hint: run: ollama pull nobody" in ran.err
    laptop.run("embed", "--model", "nobody", code=4, OLLAMA_HOST="127.0.0.1:9")
    assert laptop.sql("SELECT count(*) FROM sqlite_master WHERE name = 'memory_vectors'") == [(0,)]


@given(st.text())
def test_an_n_gram_vector_is_of_length_one_and_the_same_each_time(text: str) -> None:
    vector = ngram_vector(text)
    assert vector == ngram_vector(text)
    assert len(vector) == DIMENSION
    assert math.isclose(sum(each * each for each in vector), 1.0)


def test_texts_that_share_spellings_are_near_each_other() -> None:
    def likeness(one: str, other: str) -> float:
        return sum(a * b for a, b in zip(ngram_vector(one), ngram_vector(other), strict=True))

    cat = "the cat sleeps on the sofa"
    assert likeness(cat, "The  cat sleeps on\nthe sofa") == pytest.approx(1)
    assert likeness(cat, "the cats slept on that sofa") > 0.5 > likeness(cat, "quantum chromodynamics")
    assert likeness("東京に行きたい", "東京へ行きたい") > likeness("東京に行きたい", "大阪城を見た")


def test_the_numbers_of_an_n_gram_vector_never_change() -> None:
    """They lie in people's repositories, made on other machines."""
    vector = ngram_vector("fern")
    assert {place: each for place, each in enumerate(vector) if each} == {
        23: 0.5,
        29: 0.5,
        117: 0.5,
        136: 0.5,
    }
