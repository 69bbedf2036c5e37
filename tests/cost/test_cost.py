"""Cost follows the change, not the memory. WAIFUSYNC_COST_ROWS=1000000 compares with a million (by hand)."""

from __future__ import annotations

import os
from pathlib import Path

from tests.cost.measuring import companion_of, cost_of_push, medians

_MOST = 1.3
_FEW = 1_000
_ROUNDS = 7


def test_a_push_costs_the_same_behind_many_memories_as_behind_few(tmp_path: Path) -> None:
    many = int(os.environ.get("WAIFUSYNC_COST_ROWS", "20000"))
    few = 10_000 if many > 100_000 else _FEW
    small, large = companion_of(tmp_path / "small", few), companion_of(tmp_path / "large", many)
    costs = [(cost_of_push(small, seed=n), cost_of_push(large, seed=n)) for n in range(_ROUNDS)]
    before, after = medians([pair[0] for pair in costs]), medians([pair[1] for pair in costs])
    print(f"behind {few:,}: {before}\nbehind {many:,}: {after}")
    assert after.sent <= _MOST * before.sent
    assert after.kept <= _MOST * before.kept
    assert after.seconds <= _MOST * before.seconds
