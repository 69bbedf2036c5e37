"""`waifusync skills`, as a person runs it: two devices, and what is asked for wrongly."""

from __future__ import annotations

import json

import pytest

from tests.companions import World, assert_same
from waifusync import DistributedMemory
from waifusync.errors import UsageError


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    return World(tmp_path_factory.mktemp("skills")).pair()


def meet(laptop, jetson):
    laptop.run("push")
    jetson.run("sync")
    laptop.run("pull")


def listed(device) -> dict[str, dict]:
    lines = device.run("skills", "list", "--json").out.splitlines()
    return {each["skill_id"]: each for each in map(json.loads, lines)}


def test_uses_on_two_devices_are_summed_once_however_often_they_sync(both):
    laptop, jetson = both
    laptop.run("skills", "add", "Chess", "--proficiency", "0.5", "--requires", "Rules", "--category", "play")
    laptop.run("skills", "use", "Chess", "--context", "club")
    laptop.run("push")
    jetson.run("pull")
    jetson.run("skills", "use", "chess", "--failed", "--context", "home")
    laptop.run("skills", "use", "chess")
    meet(laptop, jetson)
    assert_same(laptop, jetson)
    assert listed(laptop) == listed(jetson)
    usage = listed(laptop)["chess"]["usage"]
    assert (usage["total_invocations"], round(usage["success_rate"], 3)) == (3, 0.667)
    assert usage["contexts"] == ["club", "home"]
    told = jetson.run("skills", "show", "Chess").out
    assert "laptop: level 0.50, 2 uses, 100 % succeeded" in told
    assert "jetson: 1 use, 0 % succeeded" in told
    assert "needs, and nobody has: Rules" in told


def test_json_has_the_documented_shape(both):
    laptop, _ = both
    laptop.run("skills", "add", "Tea", "--acquired", "2026-01-01", "--source", "bot-7", "--proficiency", "1")
    told = laptop.run("skills", "show", "tea", "--json").json
    assert list(told) == [
        "skill_id",
        "name",
        "also_called",
        "same_name",
        "category",
        "proficiency",
        "acquired",
        "source_instances",
        "learning_curve",
        "usage",
        "prerequisites",
        "missing",
        "enables",
        "cycle",
        "synergies",
        "capability",
        "contributions",
    ]
    assert told["acquired"] == "2026-01-01T00:00:00.000Z"
    assert told["source_instances"] == ["bot-7"]
    assert set(told["usage"]) == {"total_invocations", "success_rate", "contexts", "last_used"}
    assert laptop.run("skills", "add", "Tea", "--json").json == {"skill_id": "tea", "came": "updated"}


def test_the_person_chooses_how_several_levels_become_one(both):
    laptop, _ = both
    laptop.run("skills", "add", "Ropes", "--proficiency", "0.2")
    laptop.run("skills", "add", "Ropes", "--proficiency", "0.9", "--source", "bot-7")
    chosen = laptop.directory / "waifusync.toml"
    before = chosen.read_text()
    levels = {}
    for how in ("max", "average"):
        chosen.write_text(before.replace('skill_aggregation = "weighted"', f'skill_aggregation = "{how}"'))
        levels[how] = listed(laptop)["ropes"]["proficiency"]
    chosen.write_text(before)
    assert levels == {"max": 0.9, "average": 0.55}


def test_a_removed_skill_goes_everywhere_and_comes_back_with_all_that_was_said(both):
    """T4: deleted rows come back."""
    laptop, jetson = both
    laptop.run("skills", "add", "Knots", "--proficiency", "0.5")
    laptop.run("push")
    jetson.run("pull")
    before = listed(laptop)["knots"]
    assert jetson.run("skills", "remove", "Knots", "--json").json["came"] == "removed"
    jetson.run("push")
    laptop.run("pull")
    assert "knots" not in listed(laptop)
    laptop.run("skills", "remove", "Knots", "--undo")
    laptop.run("push")
    jetson.run("pull")
    assert listed(jetson)["knots"] == before
    assert_same(laptop, jetson)


WRONG = [
    (["use", "Juggling"], "there is no skill 'Juggling'"),
    (["remove", "Juggling", "--undo"], "no skill 'Juggling' was removed"),
    (["add", "Juggling", "--proficiency", "1.2"], "proficiency: 1.2 is not between 0 and 1"),
    (["add", "Juggling", "--acquired", "soon"], "acquired: expected a time"),
    (["add", " "], "name: the text is empty"),
    (["add", "Juggling", "--requires", ""], "prerequisites[0]: the text is empty"),
]


def test_what_is_asked_for_wrongly_changes_nothing(both):
    laptop, _ = both
    before = listed(laptop)
    for words, message in WRONG:
        assert message in laptop.run("skills", *words, code=2).err
    assert listed(laptop) == before


def test_two_skills_of_one_name_are_both_shown_and_neither_is_guessed(both):
    laptop, _ = both
    for number in "12":
        laptop.run("skills", "add", "Go", "--id", f"go-{number}")
    assert "say which: go-1, go-2" in laptop.run("skills", "use", "go", code=2).err
    assert "of the same name, under another id: go-2" in laptop.run("skills", "show", "go-1").out


def test_a_clock_that_goes_back_loses_no_use(both):
    """T7: the Jetson's clock goes back at boot."""
    laptop, _ = both
    laptop.run("skills", "add", "Ahead", WAIFUSYNC_CLOCK_OFFSET="86400000")
    laptop.run("skills", "use", "Ahead")
    laptop.run("skills", "remove", "Ahead")
    laptop.run("skills", "add", "Ahead")
    assert listed(laptop)["ahead"]["usage"]["total_invocations"] == 0
    assert laptop.run("skills", "use", "Ahead", "--json").json["usage"]["total_invocations"] == 1
    seen = laptop.run("events", "-n", "1", "--json").json
    assert (seen["event"], seen["facts"]) == ("merge.skills", {"updated": 1})


def test_the_thousand_and_first_context_is_refused_and_the_use_not_counted(both):
    memory = DistributedMemory("laptop", both[0].directory)
    many = [f"context {number}" for number in range(1000)]
    memory.learn_skill({"name": "Brewing", "usage": {"total_invocations": 1, "contexts": many}})
    with pytest.raises(UsageError, match="context: a device keeps 1000"):
        memory.use_skill("Brewing", contexts=["one more"])
    assert memory.use_skill("Brewing", contexts=many[:1]).usage.total_invocations == 2
