"""`waifusync experience`, as a person and a script meet it, and the documented example under kill -9."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.companions import INSTALLED, World, assert_same, clean_environment
from tests.learning.told import batch, event, state

EXAMPLE = """
import asyncio, json, os, signal, sys
from waifusync import ExperienceSyncManager

async def main(event, dies):
    sync = ExperienceSyncManager()
    await sync.initialize_sync("instance-123", "lumped", {"streaming": {"batchSize": 10}}, "Aria")
    if event:
        await sync.stream_event("instance-123", event)
    if dies:
        os.kill(os.getpid(), signal.SIGKILL)
    await asyncio.sleep(600)

asyncio.run(main(*json.loads(sys.argv[1])))
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("world"))
    world.pair()
    return world


@pytest.fixture
def laptop(world):
    return world.devices["laptop"]


def write(device, name, *values):
    path = device.directory / name
    path.write_text("".join(json.dumps(each) + "\n" for each in values))
    return path.name


def count(device):
    return device.sql("SELECT count(*) FROM memories")[0][0]


def test_what_was_added_is_told_listed_shown_and_known_on_the_other_device(world, laptop):
    jetson = world.devices["jetson"]
    kinds = [
        event(1, data={"content": "the lamp is broken", "importance": 0.9, "tags": ["home"]}),
        event(2, event_type="interaction", data={"user_input": "who?", "ai_response": "me"}),
        event(3, event_type="skill", data={"name": "tea", "proficiency": 0.5}),
    ]
    assert "Took in 1 experience" in laptop.run("experience", "add", write(laptop, "1.json", kinds[0])).out
    merged = laptop.run("experience", "import", write(laptop, "all.jsonl", *kinds), "--json").json
    assert (merged["received"], merged["unchanged"], merged["memories"]["added"]) == (3, 1, 1)
    listed = [json.loads(line) for line in laptop.run("experience", "list", "--json").out.splitlines()]
    assert [each["event_id"] for each in listed] == ["e1", "e2", "e3"]
    assert listed[0] == {
        "key": "event:instance-123:e1",
        "event_id": "e1",
        "timestamp": "2026-01-01T00:00:01.000Z",
        "source_instance": "instance-123",
        "event_type": "memory",
        "priority": 0.8,
        "context": {"trigger": "user", "environment": "kitchen"},
        "batch": None,
        "about": "said:instance-123:e1",
    }
    assert "e2" in laptop.run("experience", "list", "--type", "interaction", "--source", "instance-123").out
    assert laptop.run("experience", "list", "--source", "nobody").out.startswith("No experience")
    laptop.run("push")
    jetson.run("pull")
    shown = jetson.run("experience", "show", "e1", "--json").json
    assert shown["memory"]["user_input"] == "the lamp is broken"
    assert (shown["memory"]["importance"], shown["memory"]["tags"]) == (0.9, ["home"])
    assert (
        jetson.run("experience", "add", write(jetson, "again.json", kinds[0]), "--json").json["unchanged"]
        == 1
    )
    digest = assert_same(laptop, jetson)
    jetson.run("rebuild")
    assert jetson.digest() == digest
    laptop.run("verify")


def test_a_file_with_one_wrong_line_is_not_taken_in_at_all(laptop):
    before = count(laptop)
    good = [event(100 + number) for number in range(20)]
    wrong = event(130, data={"content": "secret words", "importance": 1.2})
    name = write(laptop, "wrong.jsonl", *good, wrong)
    ran = laptop.run("experience", "import", name, code=2)
    assert ran.err.strip() == "error: line 21: data.importance: 1.2 is not between 0 and 1"
    assert "secret" not in ran.err + ran.out
    assert count(laptop) == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is not JSON"),
        (b"[1]", "it is not a JSON object"),
        (b'{"a": 1, "a": 2}', "an object has the same key twice"),
        (b'{"event_id": "e", "priority": NaN}', "NaN is not a number in JSON"),
        (b"\xff", "it is not UTF-8"),
        (b'{"batch_id": "b"}', "source_instance: missing"),
    ],
)
def test_what_is_no_experience_is_refused_and_says_why(laptop, content, message):
    (laptop.directory / "given").write_bytes(content)
    ran = laptop.run("experience", "add", "given", "--json", code=2)
    assert message in ran.json["error"]


def test_a_batch_and_a_state_come_through_standard_input(laptop):
    given = batch("b9", memories=[{"content": "of a batch"}], stats={"n": 1})
    for value, added in ((given, 1), (given, 0), (state(5, memories=[{"content": "of a state"}]), 1)):
        done = subprocess.run(
            [INSTALLED, "experience", "add", "-", "--json"],
            cwd=laptop.directory,
            env=clean_environment(laptop.world.home),
            input=json.dumps(value),
            capture_output=True,
            text=True,
            check=True,
        )
        assert json.loads(done.stdout)["memories"]["added"] == added


@pytest.fixture
def folder(tmp_path):
    return World(tmp_path).device("laptop")


def start(device, told, *, dies=False):
    words = [sys.executable, "-c", EXAMPLE, json.dumps([told, dies])]
    return subprocess.Popen(words, cwd=device.directory, env=clean_environment(device.world.home))


def wait_for(device, expected, seconds=20.0):
    end = time.monotonic() + seconds
    while count(device) != expected and time.monotonic() < end:
        time.sleep(0.005)
    assert count(device) == expected


def test_the_documented_example_delivers_one_event_in_time_and_survives_kill_9_before_and_after(folder):
    """T20: killed after the event was acknowledged and before it was taken in, and again right afterwards."""
    assert start(folder, event(1), dies=True).wait() == -signal.SIGKILL
    assert count(folder) == 0
    assert folder.run("experience", "list", "--waiting", "--json").json["events"] == 1
    program = start(folder, None)
    wait_for(folder, 1)
    program.kill()
    again, program = start(folder, event(1)), start(folder, event(2))
    wait_for(folder, 2)
    for each in (again, program):
        each.kill()
        each.wait()
    assert folder.run("experience", "deliver", "--json").json["memories"]["added"] == 0
    assert count(folder) == 2
    folder.run("verify")


STREAM = """
import asyncio, sys
from waifusync import ExperienceSyncManager
from tests.learning.told import event

async def main(first):
    sync = ExperienceSyncManager(sys.argv[1])
    await sync.initialize_sync("instance-123", None, {"streaming": {"intervalMs": 20, "batchSize": 5}})
    for number in range(first, first + 10_000):
        await sync.stream_event("instance-123", event(number))
        print(number, flush=True)

asyncio.run(main(int(sys.argv[2])))
"""


def test_killed_at_any_moment_nothing_that_was_acknowledged_is_lost_or_told_twice(folder):
    """T20: a program that streams is killed in the middle of accepting and of taking in, several times."""
    root = Path(__file__).parents[2]
    acknowledged: set[int] = set()
    for seconds in (0.1, 0.25, 0.4):
        words = [sys.executable, "-c", STREAM, str(folder.directory), str(max(acknowledged, default=0) + 1)]
        environment = {**clean_environment(folder.world.home), "PYTHONPATH": str(root)}
        program = subprocess.Popen(words, cwd=root, env=environment, stdout=subprocess.PIPE, text=True)
        assert program.stdout is not None
        acknowledged.add(int(program.stdout.readline()))
        threading.Timer(seconds, program.kill).start()
        acknowledged |= {int(line) for line in program.stdout.read().split("\n") if line.strip()}
        assert program.wait() == -signal.SIGKILL
    assert len(acknowledged) > 3
    folder.run("experience", "deliver")
    rows = [text for (text,) in folder.sql("SELECT user_input FROM memories")]
    assert len(rows) == len(set(rows))
    assert {f"text {number}" for number in acknowledged} <= set(rows)
    assert len(rows) - len(acknowledged) <= 3  # the one that each kill kept from being acknowledged
    assert folder.integrity() == "ok"
    folder.run("verify")
