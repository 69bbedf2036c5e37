"""`remember`: a row like any program's, with its key at once."""

from __future__ import annotations

import re

from tests.companions import BOTH_LAYOUTS
from tests.verbs.devices import Device
from waifusync.repository.lock import hold_lock


def test_what_is_remembered_is_an_ordinary_row_and_its_key_is_printed(laptop: Device) -> None:
    key = laptop.ok("remember", "my", "cat", "is Mo", "--answer", "noted", "--model", "m").out.strip()
    [row] = laptop.execute("SELECT user_input, ai_response, model_used, device_id, timestamp FROM memories")
    assert row[:4] == ("my cat is Mo", "noted", "m", "laptop")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", row[4])
    assert laptop.execute("SELECT key FROM waifusync_records WHERE key = ?", key) == [(key,)]


def test_json_names_key_and_row(laptop: Device) -> None:
    laptop.say("first")
    answer = laptop.ok("remember", "second", "--conversation", "c1", "--json").json
    assert set(answer) == {"key", "row"}
    query = "SELECT user_input, conversation_id FROM memories WHERE id = ?"
    assert laptop.execute(query, answer["row"]) == [("second", "c1")]


@BOTH_LAYOUTS
def test_it_reaches_the_other_device_with_the_next_push(pair: tuple[Device, Device]) -> None:
    laptop, jetson = pair
    laptop.ok("remember", "hello")
    laptop.ok("remember", "again")
    assert "Pushed 2 changes" in laptop.ok("push").out
    jetson.ok("pull")
    assert jetson.texts() == ["again", "hello"]
    assert jetson.digest() == laptop.digest()


def test_a_commit_says_how_much_of_it_there_was(laptop: Device) -> None:
    laptop.ok("remember", "hello")
    assert laptop.ok("commit").out == "Committed 1 change.\n"
    assert laptop.ok("commit").out == "Nothing new to commit.\n"


def test_a_sync_that_waits_for_its_remote_does_not_stop_it(laptop: Device) -> None:
    """T28: the lock of a sync is not in the way of remembering, forgetting, restoring and undoing."""
    laptop.ok("commit")
    with hold_lock(laptop.directory / ".git" / "waifusync", purpose="sync"):
        key = laptop.ok("remember", "hello").out.strip()
        laptop.ok("forget", key)
        laptop.ok("restore", key)
        laptop.ok("undo")
    assert laptop.texts() == []


def test_an_empty_text_is_asked_for_wrongly(laptop: Device) -> None:
    ran = laptop.run("remember", "  ")
    assert (ran.status, laptop.texts()) == (2, [])
    assert ran.err.startswith("error: ")


def test_a_text_that_is_not_utf_8_is_refused(laptop: Device) -> None:
    assert laptop.run("remember", "caf\udce9").status == 2
    assert laptop.run("search", "caf\udce9").status == 0
    assert laptop.texts() == []


def test_a_database_without_the_table_is_refused_and_stays_as_it_is(laptop: Device) -> None:
    laptop.execute("ALTER TABLE memories RENAME TO thoughts")
    ran = laptop.run("remember", "hello", "--json")
    assert (ran.status, ran.json["code"]) == (3, 3)
    assert laptop.execute("SELECT count(*) FROM thoughts") == [(0,)]
