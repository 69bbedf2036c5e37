"""`waifusync log`: what each device did, newest first."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from tests.views.conftest import Pair


def test_the_newest_comes_first_and_every_line_has_the_documented_shape(pair: Pair) -> None:
    pair.laptop.sql("UPDATE memories SET ai_response = 'yes' WHERE user_input = 'jetson one'")
    pair.laptop.ok("commit")  # what happens in one millisecond has no order
    pair.laptop.sql("DELETE FROM memories WHERE user_input = 'laptop two'")
    pair.laptop.ok("commit")
    told = pair.laptop.lines("log")
    assert [(each["device"], each["number"], each["what"]) for each in told[:4]] == [
        ("laptop", 6, "deleted"),
        ("laptop", 5, "changed"),
        ("jetson", 2, "added"),
        ("jetson", 1, "added"),
    ]
    assert told[-1]["what"] == "described" and len(told) == 8
    assert told[1]["fields"] == ["ai_response"] and told[1]["key"].endswith("-1")
    assert set(told[0]) == {"device", "id", "number", "time", "table", "key", "what", "fields"}
    assert [each["time"] for each in told] == sorted((each["time"] for each in told), reverse=True)


def test_what_is_not_in_git_yet_is_there_once(pair: Pair) -> None:
    pair.laptop.say("four")
    pair.laptop.ok("commit")  # the outbox keeps its line until the next exchange saw it in git
    assert [each["number"] for each in pair.laptop.lines("log", "--device", "laptop")] == [5, 4, 3, 2, 1]


def test_filters_and_the_count_limit_what_is_shown(pair: Pair) -> None:
    assert [each["number"] for each in pair.laptop.lines("log", "-d", "jetson")] == [2, 1]
    assert [each["number"] for each in pair.laptop.lines("log", "-n", "1")] == [2]
    assert pair.laptop.lines("log", "--table", "nothing") == []
    key = pair.laptop.lines("log")[0]["key"]
    assert [each["key"] for each in pair.laptop.lines("log", "--key", key)] == [key]
    times = [each["time"] for each in pair.laptop.lines("log")]
    assert [each["time"] for each in pair.laptop.lines("log", "--since", times[1])] == times[:2]
    assert [each["time"] for each in pair.laptop.lines("log", "--until", times[2])] == times[2:]
    assert pair.laptop.lines("log", "--until", "2020-01-01") == []


def test_the_text_of_a_memory_is_shown_only_when_asked_for_and_obeys_nobody(pair: Pair) -> None:
    pair.laptop.say("secret\x1b[31m\nsecond " + "x" * 500)
    pair.laptop.ok("commit")
    assert "secret" not in pair.laptop.ok("log") + pair.laptop.ok("log", "--json")
    shown = pair.laptop.ok("log", "--text", "-n", "1")
    assert "user_input: secret" in shown and "\x1b" not in shown and max(map(len, shown.splitlines())) < 120
    assert len(json.loads(pair.laptop.ok("log", "--text", "-n", "1", "--json"))["text"]) <= 200


def test_wrong_questions_are_answered_with_a_hint(pair: Pair) -> None:
    done = pair.laptop.run("log", "--device", "fridge")
    assert (done.returncode, done.stderr) == (
        2,
        "error: no device is called 'fridge'\nhint: known here: jetson, laptop\n",
    )
    assert "'yesterday' is not a date" in pair.laptop.run("log", "--since", "yesterday").stderr
    assert pair.laptop.run("log", "-n", "-1").returncode == 2


def test_a_small_count_reads_only_the_end_of_each_log(pair: Pair) -> None:
    for round_ in range(3):
        pair.laptop.say(f"round {round_}")
        pair.laptop.ok("commit")
    pair.laptop.ok("sync")
    trace = pair.root / "trace"
    folder = pair.root / "bin"
    folder.mkdir()
    git = folder / "git"
    git.write_text(
        f'#!/bin/sh\ncase "$*" in *cat-file*) tee -a "{trace}" | "{shutil.which("git")}" "$@";;'
        f' *) exec "{shutil.which("git")}" "$@";; esac\n'
    )
    git.chmod(0o755)
    pair.laptop.ok("log", "-n", "1", PATH=f"{folder}{os.pathsep}{os.environ['PATH']}")
    files = Path(pair.laptop.path).glob("shared_memory/log/*/*/*.jsonl")
    asked = [line for line in trace.read_text().splitlines() if "/devices/" not in line]  # their names
    assert len(asked) == 2 < len(list(files))
