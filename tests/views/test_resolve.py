"""`waifusync resolve`: a person decides, all devices follow, and deciding differently is a conflict again."""

from __future__ import annotations

import json
import os
import pty
import struct
import subprocess
from collections.abc import Sequence

import pytest

from tests.forked import INSTALLED
from tests.views.conftest import Folder, Pair
from waifusync.memory.learned import read_collection
from waifusync.workflows.companion import Companion
from waifusync.workflows.conflicts import Conflict
from waifusync.workflows.resolving import Choice, chosen_of, resolve
from waifusync.workflows.syncing.exchange import Wishes, exchange
from waifusync.workflows.working import at_work

NOTE = "Tea is at four. Cake is at five."


def choose(pair: Pair, strategy: str) -> None:
    for folder in (pair.laptop, pair.jetson):
        file = folder.path / "waifusync.toml"
        file.write_text(file.read_text().replace('"latest_wins"', f'"{strategy}"'))


def sync(*folders: Folder) -> None:
    """In this process, until all hold the same."""
    digests = {}
    for folder in (*folders, *folders[:-1]):
        done = exchange(Companion.find(folder.path), Wishes("sync", ask_remote=True, push=True))
        digests[folder.path] = done.digest
    assert len(set(digests.values())) == 1, digests


def dispute(pair: Pair, *, ours: object, theirs: object, column: str = "ai_response") -> Conflict:
    """The laptop and then the jetson edit one field; the conflict as the laptop sees it."""
    for folder, value in ((pair.laptop, ours), (pair.jetson, theirs)):
        folder.sql(f"UPDATE memories SET {column} = ? WHERE user_input = 'laptop one'", [value])
        exchange(Companion.find(folder.path), Wishes("commit"))
    sync(pair.laptop, pair.jetson)
    (conflict,) = conflicts(pair.laptop)
    return conflict


def conflicts(folder: Folder) -> list[Conflict]:
    return chosen_of(Companion.find(folder.path), ())


def decide(folder: Folder, choice: Choice, ids: Sequence[str] = (), *, text: str = "") -> list[Conflict]:
    done = resolve(Companion.find(folder.path), ids, choice, text=text, everything=not ids)
    return done.resolved


def answer(folder: Folder, column: str = "ai_response") -> object:
    found = folder.sql(f"SELECT {column} FROM memories WHERE user_input = 'laptop one'")
    return found[0][0] if found else None


def test_a_decision_by_id_ends_the_conflict_on_both_devices(pair: Pair) -> None:
    choose(pair, "manual_review")
    conflict = dispute(pair, ours="four", theirs="five")
    assert conflict.id == conflicts(pair.jetson)[0].id
    assert pair.laptop.run("sync").returncode == 1
    shown = " ".join(pair.laptop.run("conflicts").stdout.split())
    assert f"{conflict.id} memories {conflict.key}: ai_response" in shown
    assert "kept theirs jetson" in shown and "lost ours laptop" in shown
    done = pair.laptop.run("resolve", conflict.id[:5], "--ours", "--json")
    assert done.returncode == 0
    decided = {"id": conflict.id, "table": "memories", "key": conflict.key, "field": "ai_response"}
    assert json.loads(done.stdout) == {"resolved": [decided], "aside": [], "left": 0, "waiting": 0}
    assert pair.laptop.run("sync").returncode == pair.jetson.run("sync").returncode == 0
    sync(pair.laptop, pair.jetson)
    assert (answer(pair.laptop), answer(pair.jetson)) == ("four", "four")
    assert conflicts(pair.jetson) == []
    pair.jetson.ok("verify")


@pytest.mark.parametrize(
    ("choice", "text", "stands"),
    [
        (Choice.OURS, "", NOTE.replace("four", "three")),
        (Choice.THEIRS, "", NOTE.replace("five", "six")),
        (Choice.BOTH, "", "Tea is at three. Cake is at six."),
        (Choice.EDIT, "Neither.", "Neither."),
    ],
)
def test_what_was_chosen_stands_on_both_and_can_be_taken_back(
    pair: Pair, choice: Choice, text: str, stands: str
) -> None:
    pair.laptop.sql("UPDATE memories SET ai_response = ? WHERE user_input = 'laptop one'", [NOTE])
    sync(pair.laptop, pair.jetson)
    dispute(pair, ours=NOTE.replace("four", "three"), theirs=NOTE.replace("five", "six"))
    decide(pair.laptop, choice, text=text)
    sync(pair.laptop, pair.jetson)
    assert (answer(pair.laptop), answer(pair.jetson)) == (stands, stands)
    if choice is Choice.EDIT:
        assert pair.laptop.ok("undo").startswith("Undid resolve: 1 record as before.")
        sync(pair.laptop, pair.jetson)
        assert answer(pair.jetson) == NOTE.replace("five", "six"), "which stood before"
        pair.laptop.ok("undo")
        assert answer(pair.laptop) == "Neither."


def test_both_of_one_sentence_stand_one_below_the_other(pair: Pair) -> None:
    dispute(pair, ours="four", theirs="five")
    decide(pair.laptop, Choice.BOTH)
    assert answer(pair.laptop) == "four\nfive"


def test_what_cannot_be_done_with_a_conflict_is_said_and_changes_nothing(pair: Pair) -> None:
    conflict = dispute(pair, ours=4, theirs=5, column="embeddings")
    laptop, before = pair.laptop, pair.laptop.sql("SELECT * FROM memories")
    for words, error in (
        ((conflict.id, "--both"), f"error: {conflict.id}: only of two texts both can be kept"),
        ((conflict.id, "--ours", "--theirs"), "error: --ours and --theirs exclude each other"),
        (("--ours",), "error: which conflicts?"),
        (("nonsense", "--ours"), "error: no conflict has the id 'nonsense'"),
        (("--all", "--edit", "x"), "error: --edit is for one conflict"),
        (("--all", conflict.id, "--ours"), "error: --all and an ID exclude each other"),
        ((), "error: there is nobody to ask here"),
    ):
        done = laptop.run("resolve", *words)
        assert (done.returncode, done.stderr.splitlines()[0]) == (2, error)
        assert "hint: " in done.stderr or "exclude" in error or "one conflict" in error
    assert laptop.sql("SELECT * FROM memories") == before and len(conflicts(laptop)) == 1


@pytest.mark.parametrize("brings_back", [True, False])
def test_a_deletion_against_an_edit_stays_or_comes_back_with_the_edit(pair: Pair, brings_back: bool) -> None:
    """T4"""
    pair.laptop.sql("UPDATE memories SET ai_response = 'kept?' WHERE user_input = 'laptop one'")
    pair.jetson.sql("DELETE FROM memories WHERE user_input = 'laptop one'")
    sync(pair.laptop, pair.jetson)
    (conflict,) = conflicts(pair.laptop)
    done = pair.laptop.run("resolve", conflict.id, "--both")
    assert done.returncode == 2
    assert "--theirs leaves it gone, --ours brings it back with the edit" in done.stderr
    decide(pair.laptop, Choice.OURS if brings_back else Choice.THEIRS)
    sync(pair.laptop, pair.jetson)
    for folder in (pair.jetson, pair.laptop):
        assert answer(folder) == ("kept?" if brings_back else None)
        assert conflicts(folder) == []
        folder.ok("verify")
    pair.laptop.ok("undo")
    assert answer(pair.laptop) is None, "as it stood before"


def test_two_devices_that_decide_differently_agree_and_both_are_told(pair: Pair) -> None:
    """T8"""
    choose(pair, "manual_review")
    dispute(pair, ours="four", theirs="five")
    decide(pair.laptop, Choice.EDIT, [conflicts(pair.laptop)[0].id], text="three")
    decide(pair.jetson, Choice.OURS)
    sync(pair.laptop, pair.jetson)
    assert answer(pair.laptop) == answer(pair.jetson)
    (ours,), (theirs,) = conflicts(pair.laptop), conflicts(pair.jetson)
    assert ours.id == theirs.id
    assert {ours.winner.text, ours.loser.text} == {"three", "five"}
    assert pair.jetson.run("pull").returncode == 1
    decide(pair.jetson, Choice.THEIRS)
    sync(pair.jetson, pair.laptop)
    assert answer(pair.laptop) == answer(pair.jetson) == "three"
    assert conflicts(pair.laptop) == conflicts(pair.jetson) == []


def test_what_was_learned_is_listed_and_decided_as_rows_are(pair: Pair) -> None:
    def learn(folder: Folder, level: float) -> None:
        with at_work(Companion.find(folder.path), "test") as work, work.lesson() as learning:
            learning.put("waifusync:tests", "test:tea", {"level": level, "name": "tea"})

    def learned(folder: Folder) -> dict[str, object]:
        with Companion.find(folder.path).memory() as memory:
            return dict(read_collection(memory.connection, "waifusync:tests"))

    learn(pair.laptop, 0.5)
    sync(pair.laptop, pair.jetson)
    learn(pair.laptop, 0.25)
    learn(pair.jetson, 0.75)
    sync(pair.laptop, pair.jetson)
    (conflict,) = conflicts(pair.laptop)
    assert (conflict.table, conflict.field) == ("waifusync:tests", "level")
    decide(pair.laptop, Choice.EDIT, [conflict.id], text="0.6")
    sync(pair.laptop, pair.jetson)
    assert learned(pair.laptop) == learned(pair.jetson) == {"test:tea": {"level": 0.6, "name": "tea"}}
    assert conflicts(pair.jetson) == []
    pair.jetson.ok("verify")
    pair.laptop.ok("undo")
    assert learned(pair.laptop)["test:tea"] in ({"level": each, "name": "tea"} for each in (0.25, 0.75))


def test_a_person_is_shown_both_sides_and_asked(pair: Pair) -> None:
    dispute(pair, ours="four", theirs="five \x1b[31mred")
    master, slave = pty.openpty()
    asked = subprocess.Popen(
        [INSTALLED, "-C", str(pair.laptop.path), "resolve"],
        stdin=slave,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(slave)
    os.write(master, b"what?\ne\nHalf past four.\n")
    out, err = asked.communicate(timeout=60)
    os.close(master)
    assert asked.returncode == 0, err
    shown = " ".join(out.split())
    assert "ours laptop" in shown and "theirs jetson" in shown and "\x1b" not in out
    assert out.splitlines()[-1].startswith("Settled 1 conflict;")
    assert err.count("[o]urs, [t]heirs, [b]oth, [e]dit, [s]kip, [q]uit?") == 2
    assert answer(pair.laptop) == "Half past four."


def test_weighted_merge_settles_by_itself_and_then_there_is_silence(pair: Pair) -> None:
    """T8"""
    choose(pair, "weighted_merge")
    for folder, numbers in ((pair.laptop, (1, 0, 0, 1)), (pair.jetson, (0, 1, 0, 3))):
        folder.sql(
            "UPDATE memories SET embeddings = ?, ai_response = ?, model_used = 'm'"
            " WHERE user_input = 'laptop one'",
            [struct.pack("<4f", *numbers), f"from {folder.path.name}"],
        )
    pair.laptop.ok("sync")
    assert "Merged 2 fields by weight." in pair.jetson.ok("sync")
    sync(pair.laptop, pair.jetson)
    for folder in (pair.laptop, pair.jetson):
        assert struct.unpack("<4f", answer(folder, "embeddings")) == (0.5, 0.5, 0, 2)  # type: ignore[arg-type]
        assert answer(folder) == "from jetson", "one sentence: the latest stands"
        assert conflicts(folder) == []
    listed = pair.laptop.lines("conflicts", "--merged")
    (told,) = (each for each in listed if each["field"] == "ai_response")
    assert (told["merged"]["device"], told["merged"]["value"]) == ("jetson", "from jetson")
    assert [(each["device"], each["value"]) for each in told["of"]] == [
        ("laptop", "from laptop"),
        ("jetson", "from jetson"),
    ]
    heads = [folder.git("rev-parse", "HEAD") for folder in (pair.laptop, pair.jetson)]
    sync(pair.laptop, pair.jetson)
    assert [folder.git("rev-parse", "HEAD") for folder in (pair.laptop, pair.jetson)] == heads
    pair.laptop.ok("verify")
    pair.laptop.ok("rebuild")
    assert struct.unpack("<4f", answer(pair.laptop, "embeddings")) == (0.5, 0.5, 0, 2)  # type: ignore[arg-type]
    pair.laptop.ok("verify")
