"""Events come after what they speak of was committed, from every verb and to every process."""

from __future__ import annotations

import json
import subprocess
from contextlib import suppress

import pytest

from tests.companions import INSTALLED, World, clean_environment
from waifusync import events
from waifusync.workflows.companion import Companion
from waifusync.workflows.learning.skills import take_in_skill
from waifusync.workflows.working import at_work

SECRET = "where the spare key lies"


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A laptop that has told something, and a jetson that has taken it in."""
    laptop, jetson = World(tmp_path_factory.mktemp("world")).pair()
    laptop.run("remember", SECRET)
    laptop.say(f"{SECRET} too")
    laptop.sync()
    jetson.sync()
    return laptop, jetson


def told(device, *options):
    return [json.loads(line) for line in device.run("events", "--json", *options).out.splitlines()]


def test_each_device_tells_what_it_did_by_counts_and_never_by_text(pair):
    laptop, jetson = pair
    here = told(laptop)
    names = ["sync.init", "sync.exchange", "ingest.memories", "ingest.memories", "sync.exchange"]
    assert [each["event"] for each in here] == names
    assert here[0]["facts"] == {"device": "laptop"} and here[2]["facts"] == {"added": 1}
    assert here[-1]["facts"]["sent"] == 2
    assert {"event": "merge.memories", "facts": {"received": 2}}.items() <= told(jetson)[-2].items()
    for device in pair:
        file = (device.directory / ".git/waifusync/events.jsonl").read_text()
        assert SECRET not in file and "spare" not in file


def test_looking_when_all_is_level_is_no_event(pair):
    """T13"""
    laptop, _ = pair
    laptop.sync()
    before = told(laptop)
    laptop.sync()
    laptop.run("pull")
    assert told(laptop) == before


def test_they_are_chosen_by_name_number_and_time(pair):
    laptop, _ = pair
    assert [each["event"] for each in told(laptop, "-n", "1", "--name", "sync.init")] == ["sync.init"]
    assert {each["event"] for each in told(laptop, "--name", "ingest.*")} == {"ingest.memories"}
    assert told(laptop, "--since", "2999-01-01") == []
    assert laptop.run("events", "--since", "soon", code=2).err.startswith("error: 'soon' is not a date")
    assert "ingest.memories added=1" in laptop.run("events").out


def test_a_lesson_is_told_once_when_it_is_committed_and_never_when_it_is_not(pair):
    laptop, _ = pair
    heard = []
    companion = Companion.find(laptop.directory)

    def learn(work, *, fails):
        with work.lesson() as learning:
            for number in range(3):
                learning.put("waifusync:tests", f"{fails}-{number}", {"level": number})
                learning.announce("merge.tests", {"added": 1})
            assert heard == []
            if fails:
                raise InterruptedError

    subscription = events.subscribe(heard.append, ["merge.tests"])
    with subscription, at_work(companion, "test") as work:
        with suppress(InterruptedError):
            learn(work, fails=True)
        assert subscription.drain() and heard == []
        learn(work, fails=False)
        assert subscription.drain()
    assert [each.facts for each in heard] == [{"added": 3}]


def test_skills_that_are_learned_in_one_lesson_are_one_event(pair):
    laptop, _ = pair
    with at_work(Companion.find(laptop.directory), "test") as work, work.lesson() as learning:
        for number, skill in enumerate(["tea", "chess", "tea"]):
            said = {"skill_id": skill, "name": f"{SECRET} {skill}", "proficiency": 0.5}
            take_in_skill(learning, said, source="somebody", as_of=number)
    (event,) = told(laptop, "--name", "merge.skills")
    assert event["facts"] == {"added": 2, "updated": 1}


def test_a_sync_that_fails_tells_its_exit_code_and_one_whose_events_cannot_be_kept_goes_on(pair):
    laptop, _ = pair
    laptop.git("remote", "set-url", "origin", "/nowhere/at/all")
    laptop.run("sync", code=4)
    assert told(laptop, "-n", "1")[0]["facts"] == {"purpose": "sync", "code": 4}
    laptop.git("remote", "set-url", "origin", str(laptop.world.remote))
    file = laptop.directory / ".git/waifusync/events.jsonl"
    file.rename(file.with_name("elsewhere"))
    file.mkdir()
    laptop.say("what comes without being told")
    assert "Pushed" in laptop.sync().last_line
    file.rmdir()
    file.with_name("elsewhere").rename(file)


def test_another_process_follows_them_as_they_happen(pair):
    laptop, _ = pair
    command = [INSTALLED, "-C", str(laptop.directory), "events", "--json", "-n", "1"]
    following = subprocess.Popen(
        [*command, "--follow"], stdout=subprocess.PIPE, env=clean_environment(laptop.world.home), text=True
    )
    try:
        assert following.stdout is not None
        assert "event" in json.loads(following.stdout.readline())
        laptop.run("remember", "something new")
        assert json.loads(following.stdout.readline())["event"] == "ingest.memories"
    finally:
        following.kill()
        following.wait()
