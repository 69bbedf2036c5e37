"""`waifusync state …` on two devices, and everything that can be put wrongly."""

from __future__ import annotations

import json
from pathlib import Path

import numpy
import pytest

from tests.companions import Device, World, assert_same
from waifusync import DistributedMemory
from waifusync.errors import UsageError
from waifusync.memory.connection import transaction
from waifusync.memory.learned import Learning
from waifusync.workflows.companion import Companion
from waifusync.workflows.learning.looking_at_states import look
from waifusync.workflows.learning.state_files import read_vector
from waifusync.workflows.learning.states import put_state

LENGTH = 3000


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Device, Device]:
    return World(tmp_path_factory.mktemp("world")).pair()


@pytest.fixture(scope="module")
def laptop(pair: tuple[Device, Device]) -> Device:
    return pair[0]


def file_of(device: Device, values: object) -> str:
    path = device.directory / "experiments" / "vector.npy"
    path.parent.mkdir(exist_ok=True)
    numpy.save(path, values)
    return str(path)


def put(device: Device, name: str, values: object, *words: str) -> dict[str, object]:
    return device.run("state", "put", name, file_of(device, values), *words, "--json").json


def lines(device: Device, *words: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in device.run("state", *words, "--json").out.splitlines()]


def merged(device: Device, name: str) -> numpy.ndarray:
    return look(Companion.find(device.directory), name).values


def test_what_two_devices_put_is_one_mean_on_both_and_a_new_length_is_a_new_epoch(pair) -> None:
    laptop, jetson = pair
    zeros = numpy.zeros(LENGTH, "f4")
    first = put(laptop, "mood", zeros)
    assert first == {
        "name": "mood",
        "epoch": 1,
        "dtype": "float32",
        "dimension": LENGTH,
        "source": "laptop",
        "confidence": 1.0,
        "time": first["time"],
        "digest": first["digest"],
        "new": True,
        "blocks": 3,
        "ended": None,
    }
    values = zeros.copy()
    values[LENGTH - 1] = 3
    assert put(laptop, "mood", values)["blocks"] == 1
    assert put(laptop, "mood", values)["new"] is False
    ones = numpy.ones(LENGTH, "f4")
    put(jetson, "mood", ones, "--confidence", "0.5")
    for device in (laptop, jetson, laptop):
        device.sync()
    digest = assert_same(laptop, jetson)
    assert merged(laptop, "mood").tobytes() == merged(jetson, "mood").tobytes()
    assert merged(jetson, "mood")[-2:].tolist() == pytest.approx([1 / 3, 7 / 3])
    (told,) = lines(jetson, "merge", "mood")
    assert [(each["source"], each["share"]) for each in told.pop("parts")] in (
        [("laptop", 2 / 3), ("jetson", 1 / 3)],
        [("jetson", 1 / 3), ("laptop", 2 / 3)],
    )
    assert told == {"name": "mood", "epoch": 1, "digest": told["digest"]}
    (apart,) = lines(laptop, "diff", "mood", "--device", "jetson")
    assert (apart["differing"], apart["largest"]) == (LENGTH, pytest.approx(4 / 3))
    jetson.run("rebuild")
    assert jetson.digest() == digest

    wider = put(jetson, "mood", [1.0, 2.0])
    assert (wider["epoch"], wider["ended"], wider["dtype"]) == (2, 1, "float64")
    put(jetson, "gait", [1.0])
    jetson.sync()
    laptop.sync()
    assert merged(laptop, "mood").tolist() == [1.0, 2.0]
    listed = [(each["name"], each["epoch"], each["source"], each["counts"]) for each in lines(laptop, "list")]
    assert set(listed[2:]) == {("mood", 1, "laptop", False), ("mood", 1, "jetson", False)}
    assert listed[:2] == [("gait", 1, "jetson", True), ("mood", 2, "jetson", True)]
    assert laptop.run("state", "remove", "mood", "--json").json == {"name": "mood", "removed": 3}
    laptop.sync()
    jetson.sync()
    assert [each["name"] for each in lines(jetson, "list")] == ["gait"]
    living = "SELECT key FROM waifusync_records WHERE state = 0 AND key GLOB 'block:*'"
    assert {key.split(":")[1] for (key,) in jetson.sql(living)} == {"gait"}
    assert put(jetson, "mood", [5.0])["epoch"] == 1
    laptop.world.settle(jetson, laptop, rounds=1)
    assert merged(laptop, "mood").tolist() == [5.0]
    assert_same(laptop, jetson)


def test_what_get_writes_is_what_was_put(laptop: Device, tmp_path: Path) -> None:
    values = numpy.array([0.1, -0.0, 1e-45], "f4")
    put(laptop, "small", values)
    laptop.run("state", "get", "small", "-o", str(tmp_path / "out.npy"))
    assert numpy.load(tmp_path / "out.npy").tobytes() == values.tobytes()
    told = laptop.run("state", "get", "small", "--json").json
    assert (told["values"], told["source"]) == (values.tolist(), "merged")
    memory = DistributedMemory("laptop", laptop.directory)
    assert memory.state("small").values.tolist() == values.tolist()
    assert memory.put_state("small", values).is_new is False
    own = laptop.run("state", "get", "small", "--device", "laptop").out
    assert [float(line) for line in own.splitlines()] == values.tolist()


def test_a_word_of_which_a_block_is_missing_or_of_another_moment_does_not_count(laptop: Device) -> None:
    companion = Companion.find(laptop.directory)
    put_state(companion, "torn", numpy.zeros(LENGTH, "f4"))
    put_state(companion, "torn", [1.0, 2.0])
    assert look(companion, "torn").values.tolist() == [1.0, 2.0]
    with companion.memory() as memory, transaction(memory.connection):
        learning = Learning(memory.ledger, wall_milliseconds=0)
        (key,) = memory.connection.execute(
            "SELECT key FROM waifusync_records WHERE key GLOB 'block:torn:2-*'"
        ).fetchone()
        learning.put("waifusync:state_blocks", key, {"content": {"b": "AAAAAAAAAAAAAAAAAAAAAA=="}})
        learning.close()
    assert look(companion, "torn").values.tolist() == [0.0] * LENGTH  # the epoch before stands in
    put_state(companion, "torn", [3.0, 2.0])
    told = (laptop.directory / ".git/waifusync/events.jsonl").read_text().splitlines()[-1]
    assert json.loads(told)["event"] == "merge.states"
    assert json.loads(told)["facts"] == {"updated": 1, "blocks": 1}
    assert look(companion, "torn").values.tolist() == [3.0, 2.0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (numpy.array([1.0, numpy.nan]), "it holds NaN or infinity"),
        (numpy.array([1, 2]), "holds int64, which is no kind of number for a state"),
        (numpy.zeros((2, 2)), "has 2 dimensions, and a state has one"),
        (numpy.zeros(0), "a state has at least one number and at most 16 MiB"),
        (numpy.array([{}]), ""),
        (b"no array", ""),
        (None, "No such file or directory"),
    ],
)
def test_a_file_that_holds_no_vector_is_refused_and_nothing_is_written(
    laptop, tmp_path, content, told
) -> None:
    """T25: a pickle is not opened."""
    path = tmp_path / "v.npy"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        numpy.save(path, content)
    companion = Companion.find(laptop.directory)
    with companion.memory() as memory:
        before = memory.digest()
    with pytest.raises(UsageError) as error:
        put_state(companion, "mood", read_vector(path), path=str(path))
    assert error.value.message.startswith(f"{path}: {told}")
    with companion.memory() as memory:
        assert memory.digest() == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("put mood FILE --confidence 0", "confidence: 0.0 is not above 0 and up to 1"),
        ("put mood NO.npy", "NO.npy: No such file or directory"),
        ("get nothing", "there is no state 'nothing'"),
        ("merge nothing", "there is no state 'nothing'"),
        ("remove nothing", "there is no state 'nothing'"),
        ("diff small --device toaster", "no device or source is called 'toaster'"),
        ("get small --device jetson", "jetson said nothing of 'small' in its newest epoch"),
    ],
)
def test_what_is_asked_for_wrongly_is_told_and_exits_with_2(pair, words, told) -> None:
    laptop, _ = pair
    put_state(Companion.find(laptop.directory), "small", [1.0])
    file = file_of(laptop, [1.0])
    ran = laptop.run("state", *(file if word == "FILE" else word for word in words.split()), code=2)
    assert ran.err.startswith(f"error: {told}")
