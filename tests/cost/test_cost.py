"""Cost follows the change, not the memory. WAIFUSYNC_COST_ROWS=1000000 compares with a million (by hand)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.companions import Device
from tests.cost.measuring import companion_of, cost_of_push, medians, peak_mebibytes, write

_MOST = 1.3
_FEW = 1_000
_MOST_MEBIBYTES = 300
_ROUNDS = 7
_MANY = int(os.environ.get("WAIFUSYNC_COST_ROWS", "20000"))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Device:
    return companion_of(tmp_path_factory.mktemp("cost") / "large", _MANY)


def test_a_push_costs_the_same_behind_many_memories_as_behind_few(large: Device, tmp_path: Path) -> None:
    few = 10_000 if _MANY > 100_000 else _FEW
    small = companion_of(tmp_path / "small", few)
    costs = [(cost_of_push(small, seed=n), cost_of_push(large, seed=n)) for n in range(_ROUNDS)]
    before, after = medians([pair[0] for pair in costs]), medians([pair[1] for pair in costs])
    print(f"behind {few:,}: {before}\nbehind {_MANY:,}: {after}")
    assert after.sent <= _MOST * before.sent
    assert after.kept <= _MOST * before.kept
    assert after.seconds <= _MOST * before.seconds


def test_no_command_needs_memory_in_proportion_to_the_history(large: Device, tmp_path: Path) -> None:
    laptop = large
    jetson = laptop.world.device("jetson", "--live", str(tmp_path / "jetson.db"), timeout=3600)
    write(jetson, 100, seed=0)
    jetson.run("push")
    peaks = {
        words: peak_mebibytes(device, *words.split())
        for device, words in ((laptop, "pull"), (laptop, "verify"), (laptop, "rebuild"))
    }
    peaks["join"] = _peak_of_joining(laptop, tmp_path)
    print({words: round(peak) for words, peak in peaks.items()})
    assert all(peak < _MOST_MEBIBYTES for peak in peaks.values()), peaks


def _peak_of_joining(laptop: Device, folder: Path) -> float:
    """The whole history taken in at once: the largest pull there is."""
    return peak_mebibytes(
        laptop, "join", str(laptop.world.remote), str(folder / "third"), "--device", "third"
    )
