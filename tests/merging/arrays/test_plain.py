"""Arrays without ids: only what was appended can be told apart."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from tests.merging.arrays.merging_arrays import merge_files, save
from waifusync.merging import arrays
from waifusync.merging.files import CannotMerge, Merged

Rows = list[list[float]]
BASE: Rows = [[1, 1], [2, 2]]


def _merge(folder: Path, base: Rows | None, ours: Rows, theirs: Rows) -> tuple[Rows, Merged]:
    def as_file(name: str, rows: Rows) -> Path:
        return save(folder / f"{name}.npy", np.array(rows, "<f4").reshape(-1, 2))

    out = as_file("ours", ours)
    before = None if base is None else as_file("base", base)
    merged = merge_files(before, out, as_file("theirs", theirs))
    return np.load(out).tolist(), merged


def _both(folder: Path, base: Rows | None, ours: Rows, theirs: Rows) -> Rows:
    one, _ = _merge(folder, base, ours, theirs)
    other, _ = _merge(folder, base, theirs, ours)
    assert one == other
    return one


def test_what_both_sides_appended_is_kept_in_each_sides_order(tmp_path: Path) -> None:
    merged = _both(tmp_path, BASE, [*BASE, [9, 9], [3, 3]], [*BASE, [4, 4], [8, 8]])
    assert merged[:2] == BASE
    assert merged[2:] in ([[9, 9], [3, 3], [4, 4], [8, 8]], [[4, 4], [8, 8], [9, 9], [3, 3]])


def test_a_row_that_both_sides_appended_stands_once(tmp_path: Path) -> None:
    merged = _both(tmp_path, BASE, [*BASE, [3, 3], [4, 4], [5, 5]], [*BASE, [3, 3], [5, 5], [6, 6]])
    assert sorted(merged) == [*BASE, [3, 3], [4, 4], [5, 5], [6, 6]]


def test_a_row_that_one_side_appended_twice_stands_twice(tmp_path: Path) -> None:
    merged = _both(tmp_path, BASE, [*BASE, [3, 3], [3, 3]], [*BASE, [4, 4], [3, 3]])
    assert sorted(merged) == [*BASE, [3, 3], [3, 3], [4, 4]]


def test_one_side_appends_while_the_other_changes_and_removes_rows(tmp_path: Path) -> None:
    merged = _both(tmp_path, BASE, [*BASE, [3, 3], [4, 4]], [[7, 7], [3, 3]])
    assert merged == [[7, 7], [3, 3], [4, 4]]


def test_rows_before_the_end_changed_on_both_sides_are_refused(tmp_path: Path) -> None:
    for ours, theirs in itertools.permutations(([[7, 7], [2, 2]], [[1, 1], [8, 8]], [[2, 2]]), 2):
        with pytest.raises(CannotMerge, match="no ids"):
            _merge(tmp_path, BASE, ours, theirs)
        assert np.load(tmp_path / "ours.npy").tolist() == ours


def test_the_same_change_on_both_sides_is_no_quarrel(tmp_path: Path) -> None:
    changed: Rows = [[7, 7], [2, 2]]
    assert _both(tmp_path, BASE, [*changed, [3, 3]], changed) == [*changed, [3, 3]]


def test_without_a_base_all_rows_are_new(tmp_path: Path) -> None:
    assert sorted(_both(tmp_path, None, [[1, 1], [3, 3]], [[1, 1], [2, 2]])) == [[1, 1], [2, 2], [3, 3]]


@pytest.mark.parametrize("dtype", ["<i8", "<f4", "<U3"])
def test_a_single_list_that_both_changed_is_refused(tmp_path: Path, dtype: str) -> None:
    """T3: ids of another file, or context tokens: their order is their meaning."""
    paths = [
        save(tmp_path / f"{name}.npy", np.array(values, dtype))
        for name, values in (("base", [1, 2]), ("ours", [1, 2, 3]), ("theirs", [1, 2, 4]))
    ]
    with pytest.raises(CannotMerge, match="list of values"):
        merge_files(*paths)


def test_records_without_an_id_are_rows(tmp_path: Path) -> None:
    dtype = [("mood", "<f4"), ("energy", "<f4")]
    paths = [
        save(tmp_path / f"{name}.npy", np.array(rows, dtype))
        for name, rows in (("base", [(1, 1)]), ("ours", [(1, 1), (2, 2)]), ("theirs", [(1, 1), (3, 3)]))
    ]
    merge_files(*paths)
    assert sorted(np.load(paths[1]).tolist()) == [(1, 1), (2, 2), (3, 3)]


def test_decisions_and_differences_name_rows_by_their_place(tmp_path: Path) -> None:
    _, merged = _merge(tmp_path, BASE, [*BASE, [3, 3]], [[7, 7], [2, 2]])
    decided = [(each.key, each.action.value, each.side.value) for each in merged.decisions]
    assert decided == [("0", "change", "theirs"), ("2", "add", "ours")]
    found = arrays.differences(tmp_path / "base.npy", tmp_path / "ours.npy")
    assert [(each.key, each.action.value) for each in found] == [("0", "change"), ("2", "add")]
