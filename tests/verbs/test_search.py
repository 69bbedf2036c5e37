"""`search`: everything that was said, whatever the words, and nothing that was forgotten."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verbs.devices import Device
from waifusync.memory.search import match_expression


def found(device: Device, *arguments: str) -> list[str]:
    return [line["user_input"] for line in device.ok("search", "--json", *arguments).lines]


def index_of(device: Device) -> Path:
    return device.directory / ".git" / "waifusync" / "search.db"


def test_what_was_said_a_second_ago_is_found_with_its_key(laptop: Device) -> None:
    laptop.say(
        "the black cat", "purrs", conversation_id="c1", timestamp="2026-01-31T10:00:00Z", model_used="m"
    )
    [line] = laptop.ok("search", "cat", "black", "--json").lines
    assert laptop.execute("SELECT 1 FROM waifusync_records WHERE key = ?", line.pop("key")) == [(1,)]
    assert line.pop("rank") < 0
    assert line == {
        "timestamp": "2026-01-31T10:00:00Z",
        "device": "laptop",
        "conversation": "c1",
        "model": "m",
        "duplicates": [],
        "user_input": "the black cat",
        "ai_response": "purrs",
        "facts_extracted": None,
        "private": False,
    }


def test_edits_and_deletions_are_followed(laptop: Device) -> None:
    laptop.say("red apple"), laptop.say("red pear")
    assert sorted(found(laptop, "red")) == ["red apple", "red pear"]
    laptop.execute("UPDATE memories SET user_input = 'green apple' WHERE user_input = 'red apple'")
    laptop.execute("DELETE FROM memories WHERE user_input = 'red pear'")
    assert (found(laptop, "red"), found(laptop, "apple")) == ([], ["green apple"])
    [key] = (line["key"] for line in laptop.ok("search", "apple", "--json").lines)
    laptop.ok("forget", key)
    assert found(laptop, "apple") == []
    laptop.ok("restore", key)
    assert found(laptop, "apple") == ["green apple"]


def test_the_best_comes_first_and_no_more_than_asked_for(laptop: Device) -> None:
    laptop.say("cat " + "and many other things " * 20), laptop.say("cat cat cat"), laptop.say("dog")
    assert found(laptop, "cat")[0] == "cat cat cat"
    assert found(laptop, "cat", "--limit", "1") == ["cat cat cat"]


def _say_often(device: Device, what: str, count: int) -> None:
    """As many memories that begin with this, in one go."""
    device.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        " INSERT INTO memories (timestamp, user_input) SELECT '2026-02-01T10:00:00Z',"
        " ? || ' once more, with a good deal of something else, number ' || i FROM n",
        count,
        what,
    )


def test_of_a_word_that_is_nearly_everywhere_the_newest_are_ranked_and_nothing_is_out_of_reach(
    laptop: Device,
) -> None:
    laptop.say("tea", timestamp="2026-01-01T10:00:00Z")
    laptop.say("green tea and cake", timestamp="2026-01-01T11:00:00Z")
    _say_often(laptop, "tea", 4_999)
    assert found(laptop, "tea", "--limit", "1") == ["green tea and cake"]
    assert found(laptop, "tea", "--limit", "1", "--until", "2027-01-01") == ["tea"]
    assert found(laptop, "tea", "cake") == found(laptop, '"and cake"') == ["green tea and cake"]
    _say_often(laptop, "coffee", 5_000)  # so that the index is not made anew for what goes now
    found(laptop, "coffee")
    laptop.execute("DELETE FROM memories WHERE user_input LIKE 'tea once%'")
    assert found(laptop, "tea") == ["tea", "green tea and cake"]


def test_phrases_beginnings_accents_and_capitals(laptop: Device) -> None:
    laptop.say("Crème brûlée at the Café"), laptop.say("the cat is black"), laptop.say("a black cat")
    assert found(laptop, '"black cat"') == ["a black cat"]
    assert found(laptop, "creme", "CAFE") == ["Crème brûlée at the Café"]
    assert found(laptop, "caf*") == ["Crème brûlée at the Café"]
    assert found(laptop, "caf") == []


@pytest.mark.parametrize("query", ["京都", "京", "東京都に", "ทดสอบ", "한국"])
def test_scripts_without_spaces_are_found_by_any_part(laptop: Device, query: str) -> None:
    (
        laptop.say("昨日は東京都に行きました"),
        laptop.say("การทดสอบระบบ"),
        laptop.say("한국 음식"),
        laptop.say("京 都"),
    )
    assert len(found(laptop, query)) >= 1
    assert "京 都" not in found(laptop, "東京")


def test_what_holds_no_letter_is_looked_for_as_it_is(laptop: Device) -> None:
    laptop.say("I am happy 🎉 today"), laptop.say("100% sure"), laptop.say("plain")
    assert found(laptop, "🎉") == ["I am happy 🎉 today"]
    assert found(laptop, "%") == ["100% sure"]


@pytest.mark.parametrize(
    "query", ['"', '""', "a AND", "NEAR(", "user_input:x", "^a", "(", "a-b", "*", "a OR", "'", "{x}:", "NOT"]
)
def test_no_query_breaks_the_syntax(laptop: Device, query: str) -> None:
    laptop.say("something")
    laptop.ok("search", "--json", "--", query)


@given(st.text())
def test_no_text_at_all_breaks_the_syntax(query: str) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE words USING fts5(a, content='')")
    expression = match_expression(query)
    if expression:
        connection.execute("SELECT rowid FROM words WHERE words MATCH ?", (expression,)).fetchall()
    connection.close()


def test_filters_by_device_conversation_and_time(pair: tuple[Device, Device]) -> None:
    laptop, jetson = pair
    laptop.say("word one", device_id="laptop", conversation_id="a", timestamp="2026-01-01T23:30:00+01:00")
    jetson.say("word two", conversation_id="b", timestamp="2026-01-02T09:00:00Z")
    for device in (laptop, jetson, laptop):
        device.ok("sync")
    assert found(laptop, "word", "--device", "jetson") == ["word two"]
    assert found(laptop, "word", "-d", "laptop") == ["word one"]
    assert found(laptop, "word", "--conversation", "b") == ["word two"]
    assert found(laptop, "word", "--until", "2026-01-01") == ["word one"]
    assert found(laptop, "word", "--since", "2026-01-02") == ["word two"]
    assert found(laptop, "word", "--since", "2026-01-01T22:31", "--until", "2026-01-02") == ["word two"]


@pytest.mark.parametrize("arguments", [("word", "--since", "soon"), ("  ",), ("word", "--limit", "0")])
def test_asked_for_wrongly(laptop: Device, arguments: tuple[str, ...]) -> None:
    ran = laptop.run("search", *arguments, "--json")
    assert (ran.status, set(ran.json)) == (2, {"error", "hint", "code"})


def test_a_cache_that_is_missing_damaged_or_of_another_database_is_made_anew(laptop: Device) -> None:
    laptop.say("hello")
    assert found(laptop, "hello") == ["hello"]
    index = index_of(laptop)
    laptop.say("again hello")
    for spoil in (
        index.unlink,
        lambda: index.write_bytes(b"not a database at all" * 100),
        lambda: index.write_bytes(index.read_bytes()[:-5000] + b"\0" * 5000),
        lambda: _write(index, "UPDATE meta SET value = 'other' WHERE name = 'marker'"),
        lambda: _write(index, "DROP TABLE current"),
    ):
        spoil()
        assert sorted(found(laptop, "hello")) == ["again hello", "hello"]


def _write(path: Path, sql: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(sql)
    connection.close()


def test_an_index_that_is_mostly_stale_is_made_anew(laptop: Device) -> None:
    for edit in ("once", "twice"):
        laptop.execute(
            "INSERT INTO memories (user_input) WITH RECURSIVE n(i) AS"
            " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600) SELECT 'word ' || i FROM n"
        )
        assert found(laptop, "600")
        laptop.execute("UPDATE memories SET ai_response = ?", f"edited {edit}")
        assert len(found(laptop, "600"))
    with sqlite3.connect(index_of(laptop)) as connection:
        [(given,)] = connection.execute("SELECT value FROM meta WHERE name = 'next_doc'").fetchall()
        [(current,)] = connection.execute("SELECT count(*) FROM current").fetchall()
    connection.close()
    assert current == 1200
    assert given == 1201  # of 3,000
    assert len(found(laptop, "word", "--limit", "5000")) == 1200


def test_an_emptied_table_does_not_stop_searching(laptop: Device) -> None:
    for number in range(12):
        laptop.say(f"turn {number}")
    laptop.ok("commit")
    laptop.execute("DELETE FROM memories")
    ran = laptop.run("search", "turn")
    assert (ran.status, ran.out) == (0, "")
    assert "warning: " in ran.err


def test_the_index_is_no_part_of_the_live_database(laptop: Device) -> None:
    laptop.say("hello")
    before = laptop.execute("SELECT count(*) FROM sqlite_master")
    found(laptop, "hello")
    assert laptop.execute("SELECT count(*) FROM sqlite_master") == before
    assert "search" not in laptop.ok("commit").out
