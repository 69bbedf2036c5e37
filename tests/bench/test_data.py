"""The conversations that the bench invents."""

from __future__ import annotations

import json
import sqlite3
import zlib

from experiments.bench.changes import change
from experiments.bench.data import INSERT, TABLE, memories

_ROWS = 600


def test_the_same_seed_gives_the_same_memories_and_another_seed_others() -> None:
    one, again, other = (list(memories(_ROWS, seed=seed, dimensions=4)) for seed in (1, 1, 2))
    assert one == again
    assert len(one) == _ROWS
    assert not {each.ai_response for each in one} & {each.ai_response for each in other}


def test_each_memory_is_200_to_800_characters_long_and_packs_like_real_chat() -> None:
    made = list(memories(_ROWS, seed=1))
    lengths = [len(each.user_input) + len(each.ai_response) + 1 for each in made]
    assert min(lengths) >= 200 and max(lengths) < 850
    raw = json.dumps(made[:100]).encode()
    assert 0.35 < len(zlib.compress(raw)) / len(raw) < 0.5


def test_a_vector_has_so_many_dimensions_of_four_bytes() -> None:
    made = next(iter(memories(1, seed=1, dimensions=384))).embeddings
    assert made is not None and len(made) == 4 * 384


def test_two_sides_change_other_rows_so_that_every_merge_has_one_right_answer() -> None:
    changed: list[set[int]] = []
    for side in ("laptop", "jetson"):
        with sqlite3.connect(":memory:") as connection:
            connection.execute(TABLE)
            connection.executemany(INSERT, memories(_ROWS, seed=1))
            before = dict(connection.execute("SELECT id, ai_response FROM memories").fetchall())
            change(connection, side, 50, _ROWS)
            after = dict(connection.execute("SELECT id, ai_response FROM memories").fetchall())
        assert len(after) == _ROWS + 50 - 5
        changed.append({row for row in before.keys() | after.keys() if before.get(row) != after.get(row)})
        assert len(changed[-1]) == 50 + 50 + 5
    assert not changed[0] & changed[1]
