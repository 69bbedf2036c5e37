"""`waifusync verify`: each kind of damage is found and named; what is merely not collected yet is none."""

from __future__ import annotations

import array
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.companions import BOTH_LAYOUTS
from tests.views.conftest import Folder, MemoryFile, Pair


def faults(folder: Folder) -> list[dict[str, Any]]:
    done = folder.run("verify", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["ok"]) == ((5, False) if told["faults"] else (0, True))
    return list(told["faults"])


def silently(folder: Folder, statement: str) -> None:
    """As no program can: without the triggers seeing it."""
    folder.sql("INSERT INTO waifusync_gate VALUES (1)")
    folder.sql(statement)
    folder.sql("DELETE FROM waifusync_gate")


def hold(folder: Folder) -> None:
    """Makes what lies in the work tree what this device holds."""
    folder.git("add", "-A")
    folder.git("commit", "-qm", "by hand")
    folder.git("update-ref", "refs/waifusync/held", "HEAD")


@BOTH_LAYOUTS
def test_a_whole_companion_is_well_also_with_edits_deletions_and_rows_of_now(pair: Pair) -> None:
    for folder in (pair.laptop, pair.jetson):
        folder.sql("UPDATE memories SET ai_response = ? WHERE user_input = 'laptop one'", [str(folder.path)])
    pair.laptop.sql("DELETE FROM memories WHERE user_input = 'jetson one'")
    pair.sync()
    pair.laptop.say("collected")
    pair.laptop.ok("commit")
    pair.laptop.say("not collected")
    told = pair.laptop.json("verify")
    assert (told["ok"], told["rows"], told["uncollected"]) == (True, {"memories": 5}, 1)
    assert told["records"]["memories"] == 6
    assert sum(told["entries"].values()) == 10
    assert pair.laptop.ok("verify").startswith("All is well: 10 entries and 5 rows ")


def test_references_that_wait_are_well(pair: Pair) -> None:
    for folder in (pair.laptop,):
        folder.sql(
            "CREATE TABLE facts (id INTEGER PRIMARY KEY, text TEXT, memory INTEGER REFERENCES memories(id))"
        )
        folder.sql("INSERT INTO facts (text, memory) VALUES ('a fact', 1)")
    pair.sync()
    pair.jetson.sql("DELETE FROM memories WHERE user_input = 'laptop one'")
    pair.sync()
    assert pair.laptop.sql("SELECT memory FROM facts") == [(None,)]
    assert faults(pair.laptop) == faults(pair.jetson) == []


@pytest.mark.parametrize(
    "statement",
    ["UPDATE memories SET user_input = 'other' WHERE id = 1", "DELETE FROM memories WHERE id = 1"],
)
def test_a_row_that_is_not_as_its_entries_say_is_named(pair: Pair, statement: str) -> None:
    silently(pair.laptop, statement)
    (fault,) = faults(pair.laptop)
    assert (fault["where"], fault["table"]) == ("database", "memories")
    assert fault["reason"] in ("user_input is not what its entries say", "its row is missing")


def test_a_row_that_is_no_record_is_named(pair: Pair) -> None:
    silently(pair.laptop, "INSERT INTO memories (user_input) VALUES ('from nowhere')")
    assert [each["reason"] for each in faults(pair.laptop)] == ["the row 6 is no record"]


def test_a_record_that_is_not_as_its_entries_say_is_named_with_file_and_line(pair: Pair) -> None:
    pair.laptop.sql("UPDATE memories SET ai_response = 'edited' WHERE user_input = 'laptop two'")
    pair.laptop.ok("sync")
    pair.laptop.sql("UPDATE waifusync_records SET fields = zeroblob(64) WHERE row IN (1, 2)")
    found = {each["reason"]: each for each in faults(pair.laptop)}
    alone = found["the ledger has other values than the entry that made it"]
    assert "/0000/0000000001-0000000004." in alone["path"] and alone["line"] == 2
    assert found["the ledger has other values than its entries come to"]["line"] == 1
    assert "the ledger's digest is not that of its records" in found


def test_a_record_that_no_entry_made_and_one_that_is_lacking_are_told(pair: Pair) -> None:
    pair.laptop.sql("UPDATE waifusync_records SET key = 'nobody-1' WHERE row = 1")
    reasons = [each["reason"] for each in faults(pair.laptop)]
    assert "1 records that no entry made" in reasons
    assert "an entry made it, and the ledger does not know it" in reasons


@BOTH_LAYOUTS
def test_an_altered_line_is_named(pair: Pair) -> None:
    log = MemoryFile(pair.laptop, "log/jetson-*/0000/*.jsonl")
    log.replace(b"jetson two", b"jetson 2")
    hold(pair.laptop)
    fault = faults(pair.laptop)[0]
    assert (fault["where"], fault["line"]) == ("log", 2)
    assert fault["path"] == log.path
    assert fault["reason"] == "does not follow from the line before"


@BOTH_LAYOUTS
def test_a_missing_file_of_the_log_is_named(pair: Pair) -> None:
    MemoryFile(pair.laptop, "log/laptop-*/0000/*.jsonl").remove()
    hold(pair.laptop)
    reasons = [each["reason"] for each in faults(pair.laptop)]
    assert "is neither in the log nor in the outbox as it was written" in reasons


@BOTH_LAYOUTS
def test_damage_in_the_branch_alone_is_found(pair: Pair) -> None:
    MemoryFile(pair.laptop, "log/jetson-*/0000/*.jsonl").replace(b"jetson two", b"jetson 2")
    pair.laptop.git("commit", "-qam", "by hand")
    assert [each["where"] for each in faults(pair.laptop)] == ["log"]


@BOTH_LAYOUTS
def test_a_vector_that_is_missing_or_altered_is_told(pair: Pair) -> None:
    """T15"""
    pair.laptop.sql(
        "INSERT INTO memories (user_input, model_used, embeddings) VALUES ('v', 'phi3', ?)",
        [array.array("f", [0.5] * 8).tobytes()],
    )
    pair.laptop.ok("sync")
    assert pair.laptop.json("verify")["vectors"] == {"count": 1, "missing": 0, "altered": 0}
    vectors = MemoryFile(pair.laptop, "vectors/*/*/*.npy")
    vectors.write(vectors.read()[:-1] + b"\x01")
    hold(pair.laptop)
    assert pair.laptop.json("verify")["vectors"]["altered"] == 1
    vectors.remove()
    hold(pair.laptop)
    told = pair.laptop.json("verify")
    assert told["vectors"]["missing"] == 1 and not told["ok"]


def test_text_that_is_not_utf8_is_compared_like_any_other(pair: Pair) -> None:
    pair.laptop.sql("INSERT INTO memories (user_input) VALUES (CAST(x'ff41' AS TEXT))")
    pair.sync()
    for mode in ("WAL", "DELETE"):
        pair.jetson.sql(f"PRAGMA journal_mode={mode}")
        assert faults(pair.jetson) == []
    assert pair.jetson.json("rebuild")["ledger"] == 0


@BOTH_LAYOUTS
def test_the_outbox_is_part_of_the_proof(pair: Pair) -> None:
    pair.laptop.say("four", "five")
    pair.laptop.ok("commit")
    pair.laptop.git("update-ref", "refs/waifusync/held", "HEAD~1")
    assert faults(pair.laptop) == []
    pair.laptop.sql("UPDATE waifusync_outbox SET line = replace(line, 'five', '5') WHERE number = 6")
    assert [each["path"] for each in faults(pair.laptop) if each["line"] == 6] == ["waifusync_outbox"]


def test_a_live_database_that_is_gone_is_told_after_the_logs(pair: Pair) -> None:
    pair.laptop.live.unlink()
    told = pair.laptop.json("verify")
    assert sum(told["entries"].values()) == 6
    assert [each["where"] for each in told["faults"]] == ["database"]


def test_with_a_rollback_journal_programs_go_on_writing_and_the_copy_goes(pair: Pair) -> None:
    pair.laptop.sql("PRAGMA journal_mode=DELETE")
    assert faults(pair.laptop) == []
    assert not (pair.laptop.live.parent / "verify.db").exists()


def test_with_a_rollback_journal_the_rows_are_compared_too(pair: Pair) -> None:
    pair.laptop.sql("PRAGMA journal_mode=DELETE")
    told = json.loads(pair.laptop.ok("verify", "--json"))
    assert told["notes"] == []
    assert sum(told["rows"].values()) > 0


@BOTH_LAYOUTS
def test_nothing_is_changed_by_looking(pair: Pair) -> None:
    before = _state(pair.laptop)
    pair.laptop.ok("verify")
    assert _state(pair.laptop) == before


def _state(folder: Folder) -> tuple[str, bytes]:
    refs = subprocess.run(["git", "-C", str(folder.path), "for-each-ref"], capture_output=True, check=True)
    return refs.stdout.decode(), Path(folder.live).read_bytes()
