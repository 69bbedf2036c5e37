"""What memories may hold, how much of it, and what another version may have put beside it."""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path

from tests.companions import World, assert_same, push_tree


def test_vectors_of_two_models_are_kept_apart_bit_for_bit(world: World) -> None:
    """T15: equal dimension or not, with or without: every row travels, every vector comes back as it was."""
    laptop, jetson = world.pair()
    vectors = [struct.pack("<4f", *(number + part / 8 for part in range(4))) for number in range(6)]
    odd = [struct.pack("<3f", 0.5, -0.0, 1e-40), b"no vector!", None, b""]
    rows = [(f"row {n}", "model-a" if n % 2 else "model-b", v) for n, v in enumerate([*vectors, *odd])]
    laptop.sql_many("INSERT INTO memories (user_input, model_used, embeddings) VALUES (?, ?, ?)", rows)
    world.settle(laptop, jetson)
    found = jetson.sql("SELECT user_input, model_used, embeddings FROM memories ORDER BY user_input")
    assert found == sorted(rows, key=lambda row: row[0])
    assert_same(laptop, jetson)
    groups = {path.parent.name for path in (jetson.directory / "shared_memory/vectors").rglob("*.npy")}
    assert {"model-a-4", "model-b-4"} <= groups


def test_what_a_newer_version_wrote_is_carried_along(world: World) -> None:
    """T16: unknown members, fields and collections survive an older version's edits and are still there."""
    laptop, jetson = world.pair()
    laptop.say("known")
    laptop.sync()
    entries = [
        {
            "n": 1,
            "t": "019b000000000000",
            "c": "dreams",
            "k": "newnewer-1",
            "f": {"of": "sheep"},
            "z": [1, {"q": 2}],
        },
        {
            "n": 2,
            "t": "019b000000000001",
            "c": "memories",
            "k": "newnewer-2",
            "f": {"user_input": "new", "mood": "calm"},
        },
    ]
    lines, previous = "", ""
    for entry in entries:
        body = json.dumps(entry, separators=(",", ":"))
        previous = hashlib.sha256((previous + body).encode()).hexdigest()[:16]
        lines += f'{body[:-1]},"h":"{previous}"}}\n'
    path = "shared_memory/log/phone-newnewer/0000/0000000001-0000000002.jsonl"
    push_tree(world, {path: lines.encode()})
    for number in range(5):
        for device in (laptop, jetson):
            device.sync()
            device.sql(
                "UPDATE memories SET ai_response = ? WHERE user_input = 'new'", (f"{device.name} {number}",)
            )
    world.settle(laptop, jetson)
    assert laptop.said() == jetson.said() == ["known", "new"]
    assert world.git(world.remote, "show", f"main:{path}") + "\n" == lines
    assert_same(laptop, jetson)
    assert world.device("tablet").digest() == laptop.digest()


def test_hostile_names_of_tables_and_columns_are_names(world: World) -> None:
    """T24: made by a program here, they travel as what they are; a trigger or a view does not travel."""
    laptop, jetson = world.pair()
    name = 'x"; DROP TABLE memories; --'
    quoted = '"' + name.replace('"', '""') + '"'
    laptop.sql(f"CREATE TABLE {quoted} (id INTEGER PRIMARY KEY, {quoted} TEXT)")
    laptop.sql(f"INSERT INTO {quoted} VALUES (1, ?)", (name,))
    laptop.sql("CREATE TRIGGER spy AFTER INSERT ON memories BEGIN DELETE FROM memories; END")
    laptop.sql("CREATE VIEW look AS SELECT * FROM memories")
    laptop.sync()
    jetson.say("still here")
    world.settle(jetson, laptop, jetson)
    assert jetson.sql(f"SELECT * FROM {quoted}") == [(1, name)]
    assert jetson.said() == ["still here"]
    made = {
        each for (each,) in jetson.sql("SELECT name FROM sqlite_master WHERE name NOT LIKE 'waifusync_%'")
    }
    assert not {"spy", "look"} & made


def test_many_syncs_keep_the_repository_small(world: World, is_long: bool) -> None:
    """T14: each sync adds a file, and they are packed: .git grows with what was said."""
    laptop, jetson = world.pair()
    vector = struct.pack("<64f", *range(64))
    rounds = 300 if is_long else 24
    for number in range(rounds):
        row = (f"memory {number}", "minilm", vector)
        laptop.sql("INSERT INTO memories (user_input, model_used, embeddings) VALUES (?, ?, ?)", row)
        laptop.sync()
    jetson.sync()
    assert len(jetson.said()) == rounds
    log = list((laptop.directory / "shared_memory/log").rglob("*.jsonl"))
    assert len(log) < 20 + rounds // 10
    assert _bytes_of(laptop.directory / ".git/objects") < rounds * 12_000
    assert _count_of(laptop.directory / ".git/objects") < 200


def _bytes_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _count_of(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


def test_deleted_and_restored_beside_edits_ends_alike_on_all_devices(world: World) -> None:
    """T8: T4: delete here, edit there, restore on the third: one digest, and the restored memory lives."""
    laptop, jetson = world.pair()
    laptop.say("one", "two", "three")
    world.settle(laptop, jetson)
    tablet = world.device("tablet")
    key = laptop.key_of("one")
    laptop.run("forget", key)
    laptop.sync()
    jetson.sql("UPDATE memories SET ai_response = 'edited late' WHERE user_input = 'one'")
    jetson.sync()
    tablet.sync()
    assert "one" not in tablet.said()
    tablet.run("restore", key)
    world.settle(tablet, jetson, laptop)
    for device in (laptop, jetson, tablet):
        assert device.said() == ["one", "three", "two"]
    assert_same(laptop, jetson, tablet)
    before = world.remote_head()
    world.settle(laptop, jetson, tablet, rounds=1)
    assert world.remote_head() == before
