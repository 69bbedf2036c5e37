"""`waifusync dedupe`, as two devices use it: both rows stay, and reading shows one."""

from __future__ import annotations

import json
import struct

import pytest

from tests.companions import World, assert_same
from waifusync.workflows.companion import Companion
from waifusync.workflows.learning import settling_duplicates
from waifusync.workflows.working import at_work

CAT = "my cat Mo sleeps on the warm router beside the window all afternoon"


@pytest.fixture
def world(tmp_path, layout):
    return World(tmp_path, layout)


@pytest.fixture
def laptop(world):
    return world.device("laptop")


def remember(device, *texts):
    """As a program writes them; their keys, in order."""
    device.sql_many(
        "INSERT INTO memories (timestamp, device_id, user_input) VALUES ('2026-01-01T10:00:00', 'x', ?)",
        [(text,) for text in texts],
    )
    with at_work(Companion.find(device.directory), "test") as work:
        work.collect()
    return [device.key_of(text) for text in texts]


def lines(ran):
    return [json.loads(line) for line in ran.out.splitlines()]


def groups(device):
    return [list(each.fused.members) for each in settling_duplicates.groups(Companion.find(device.directory))]


def test_a_duplicate_stays_and_is_shown_once_until_a_person_separates_it_for_good(laptop):
    first, second, other = remember(laptop, CAT, f"{CAT.upper()}!", f"{CAT} never")
    shown = laptop.run("dedupe", "--dry-run", "--json").json
    assert [(each["first"], each["second"]) for each in shown["joined"]] == [(first, second)]
    assert groups(laptop) == []
    assert laptop.run("dedupe", "--json").json == {**shown, "dry_run": False}
    [group] = lines(laptop.run("dedupe", "--groups", "--json"))
    assert group == {
        "key": first,
        "members": [first, second],
        "created": "2026-01-01T10:00:00",
        "sources": ["x"],
        "tags": [],
        "importance": None,
        "confidence": None,
    }
    assert laptop.said() == sorted([CAT, f"{CAT.upper()}!", f"{CAT} never"])
    found = {each["key"]: each["duplicates"] for each in lines(laptop.run("search", "router", "--json"))}
    assert found in ({first: [second], other: []}, {second: [first], other: []})
    assert len(lines(laptop.run("search", "router", "--every", "--json"))) == 3
    assert laptop.run("dedupe", "--undo", second, "--json").json == {"separated": 1}
    assert groups(laptop) == []
    laptop.run("dedupe", "--threshold", "0.8")
    assert groups(laptop) == []
    assert len(lines(laptop.run("search", "router", "--json"))) == 3


def test_a_run_compares_only_what_is_new_and_tells_nothing_twice(laptop):
    remember(laptop, CAT, f"{CAT}.", "something else entirely")
    assert laptop.run("dedupe", "--json").json["compared"] == 3
    assert laptop.run("dedupe").out == "Every memory was compared before: nothing to do.\n"
    remember(laptop, f"{CAT}?")
    again = laptop.run("dedupe", "--json").json
    assert (again["compared"], len(again["joined"])) == (1, 1)
    laptop.run("push")
    before = laptop.head()
    everything = laptop.run("dedupe", "--threshold", "0.9", "--json").json
    assert (everything["compared"], everything["joined"]) == (4, [])
    laptop.run("push")
    assert laptop.head() == before


def test_a_cache_that_is_gone_or_damaged_is_made_anew(laptop):
    remember(laptop, CAT, f"{CAT}.")
    laptop.run("dedupe")
    state = laptop.directory / ".git" / "waifusync"
    (state / "matching.db").write_bytes(b"this is no database, " * 500)
    remember(laptop, f"{CAT}!")
    assert laptop.run("dedupe", "--json").json["compared"] == 3
    for path in state.glob("matching*"):
        path.unlink()
    assert laptop.run("dedupe", "--json").json["joined"] == []
    assert len(groups(laptop)[0]) == 3


def test_what_was_edited_or_forgotten_is_no_duplicate_any_more(laptop):
    first, second, third = remember(laptop, CAT, f"{CAT}.", f"{CAT}!")
    laptop.run("dedupe")
    laptop.sql("UPDATE memories SET user_input = 'I sold the router' WHERE user_input = ?", (f"{CAT}.",))
    assert groups(laptop) == [[first, third]]
    laptop.run("forget", first)
    assert groups(laptop) == []
    assert [each["key"] for each in lines(laptop.run("search", "router", "--json"))] != []
    laptop.sql("UPDATE memories SET user_input = ? WHERE user_input = 'I sold the router'", (f"{CAT}!!",))
    laptop.run("dedupe")
    assert groups(laptop) == [[second, third]]


def test_what_the_rule_is_not_sure_of_waits_for_a_person_who_says_it_once_for_all_devices(world):
    laptop, jetson = world.pair()
    first, second = remember(laptop, CAT, CAT.replace("sleeps", "purrs"))
    assert "1 pair left to you" in laptop.run("dedupe").out
    world.settle(laptop, jetson)
    [waiting] = lines(jetson.run("dedupe", "--review", "--json"))
    assert (waiting["first"]["key"], waiting["second"]["key"]) == (first, second)
    assert waiting["second"]["user_input"] == CAT.replace("sleeps", "purrs")
    assert jetson.run("dedupe", "--join", first, second).out == "Joined 1 pair.\n"
    world.settle(jetson, laptop)
    assert groups(laptop) == groups(jetson) == [[first, second]]
    assert lines(laptop.run("dedupe", "--review", "--json")) == []
    assert_same(laptop, jetson)


def test_what_was_edited_is_compared_again_though_no_search_has_looked_at_it_yet(laptop):
    first, second = remember(laptop, CAT, "the router is sold")
    laptop.run("dedupe")
    laptop.sql("UPDATE memories SET user_input = ? WHERE user_input = 'the router is sold'", (f"{CAT}.",))
    laptop.run("dedupe")
    assert groups(laptop) == [[first, second]]


def test_of_a_group_that_is_taken_apart_the_others_stay_together(laptop):
    first, second, third = remember(laptop, CAT, f"{CAT}.", f"{CAT}!")
    laptop.run("dedupe")
    laptop.run("dedupe", "--undo", first)
    assert groups(laptop) == [[second, third]]


def test_a_sync_links_what_arrived_where_the_companion_asks_for_it_and_then_does_nothing_more(world):
    laptop = world.device("laptop")
    config = laptop.directory / "waifusync.toml"
    config.write_text(
        config.read_text().replace("memory_deduplication = false", "memory_deduplication = true")
    )
    laptop.git("commit", "-qam", "ask for it")
    laptop.run("push")
    jetson = world.device("jetson")
    remember(laptop, CAT)
    remember(jetson, f"{CAT}!")
    world.settle(laptop, jetson)
    assert len(groups(laptop)[0]) == 2
    assert groups(laptop) == groups(jetson)
    assert_same(laptop, jetson)
    before = world.remote_head()
    world.settle(laptop, jetson, rounds=1)
    assert world.remote_head() == before


def test_a_sync_links_nothing_unless_it_is_asked_for(world):
    laptop, jetson = world.pair()
    remember(laptop, CAT)
    remember(jetson, CAT)
    world.settle(laptop, jetson)
    assert groups(laptop) == []
    assert not (laptop.directory / ".git" / "waifusync" / "matching.db").exists()


def test_vectors_of_one_model_bring_a_paraphrase_before_a_person_and_fuse_it_only_where_they_ask(laptop):
    first, second, third = remember(laptop, "I adore felines", "cats are what I love most", "it rained today")
    laptop.run("embed")  # makes the table
    for key, vector in ((first, (1.0, 0.05)), (second, (1.0, 0.0)), (third, (0.0, 1.0))):
        padded = struct.pack("<256f", *vector, *[0.0] * 254)
        laptop.sql("UPDATE memory_vectors SET vector = ? WHERE memory = ?", (padded, key))
    laptop.run("commit")
    [pair] = laptop.run("dedupe", "--dry-run", "--json").json["review"]
    assert (pair["first"], pair["second"]) == (first, second)
    assert pair["cosine"] > 0.99
    assert laptop.run("dedupe", "--method", "jaccard", "--json").json["review"] == []
    fused = laptop.run("dedupe", "--method", "embedding", "--json").json
    assert [(each["first"], each["second"]) for each in fused["joined"]] == [(first, second)]
    assert fused["source"] == "waifusync-ngrams-1"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--undo",), "which memories?"),
        (("some-key",), "a key is taken with --undo or --join only"),
        (("--undo", "some-key"), "no memory here has the key some-key"),
        (("--join", "some-key"), "no memory here has the key some-key"),
        (("--threshold", "1.5"), "--threshold is 1.5, and should be above 0.1 and up to 1"),
        (("--threshold", "0.1"), "--threshold is 0.1, and should be above 0.1 and up to 1"),
        (("--threshold", "nan"), "--threshold is nan"),
        (("--method", "guess"), "'guess' is not one of 'jaccard', 'embedding', 'both'"),
        (("--review", "--groups"), "only one of --undo, --join, --review, --groups and --dry-run"),
    ],
)
def test_what_is_asked_for_wrongly_is_told_and_nothing_is_done(asked, words, told):
    ran = asked.run("dedupe", *words, code=2)
    assert told in ran.err
    assert ran.out == ""


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    return World(tmp_path_factory.mktemp("asked")).device("laptop")
