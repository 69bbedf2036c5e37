"""Laws of merging arrays, over files that two devices changed in any way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.merging.arrays.merging_arrays import FORMS, Vectors, both, merge, merge_files, save, vector
from waifusync.merging.files import CannotMerge

IDS = st.text("abAé", min_size=1, max_size=3)
FLOATS = st.sampled_from([0.0, -0.0, 1.0, 2.0, 1e-40])
VECTORS = st.builds(vector, FLOATS, FLOATS)
TABLES = st.dictionaries(IDS, VECTORS, min_size=1, max_size=5)


@st.composite
def _went_on(draw: st.DrawFn, base: dict[str, Any]) -> dict[str, Any]:
    """What one device made of it: rows removed, changed, added, and in another order."""
    kept = {key: row for key, row in base.items() if draw(st.integers(0, 4))}
    changed = {key: row if draw(st.integers(0, 3)) else draw(VECTORS) for key, row in kept.items()}
    rows = list((changed | draw(st.dictionaries(IDS, VECTORS, max_size=3))).items())
    return dict(draw(st.permutations(rows))) or {"a": vector(9)}


@st.composite
def _three(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    base = draw(TABLES)
    return base, draw(_went_on(base)), draw(_went_on(base))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("arrays")


def _bits(vectors: Vectors) -> dict[Any, bytes]:
    """To tell 0.0 from -0.0."""
    return {key: np.array(row, "<f4").tobytes() for key, row in vectors.items()}


@given(_three(), st.sampled_from(FORMS))
@settings(max_examples=100)
def test_merging_what_only_one_side_changed_gives_that_side(
    folder: Path, three: tuple[dict[str, Any], ...], form: str
) -> None:
    base, changed, _ = three
    for ours, theirs in ((base, changed), (changed, base), (changed, changed)):
        result = merge(folder, base, ours, theirs, form)
        assert _bits(result.vectors) == _bits(changed)
        assert list(result.vectors) == list(changed)
        assert result.conflicts == []


@given(_three(), st.sampled_from(FORMS))
@settings(max_examples=100)
def test_both_orders_give_the_same_bytes_and_ask_the_same(
    folder: Path, three: tuple[dict[str, Any], ...], form: str
) -> None:
    """T8: devices that merge the same two versions must not go on to disagree."""
    both(folder, *three, form)
    both(folder, None, *three[1:], form)


@given(_three(), st.sampled_from(FORMS))
@settings(max_examples=100)
def test_a_merge_is_that_of_dictionaries(folder: Path, three: tuple[dict[str, Any], ...], form: str) -> None:
    """Said a second time, row by row: nothing that was added is missing, and nothing comes back."""
    base, ours, theirs = map(_bits, three)
    result = merge(folder, *three, form)
    disputed = {each[1] for each in result.conflicts}
    expected = {}
    for key in {*base, *ours, *theirs}:
        before, mine, yours = base.get(key), ours.get(key), theirs.get(key)
        wanted = {mine, yours} if mine == yours else {mine, yours} - {before}
        assert (key in disputed) == (len(wanted) > 1)
        expected[key] = wanted
    merged = _bits(result.vectors)
    assert all(merged.get(key) in wanted for key, wanted in expected.items())
    for key in disputed:  # a removal wins over a change
        assert (key in merged) == (None not in expected[key])


@given(_three())
def test_merging_again_changes_nothing(folder: Path, three: tuple[dict[str, Any], ...]) -> None:
    base, ours, theirs = three
    once = merge(folder, base, ours, theirs, "archive").vectors
    assert merge(folder, ours, ours, once, "archive").vectors == once
    if once:
        assert merge(folder, theirs, once, theirs, "archive").vectors == once


ROWS = st.lists(st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=2, max_size=2), max_size=4)


def _plain(folder: Path, *versions: list[list[float]]) -> tuple[list[list[float]], str]:
    names = ("base", "ours", "theirs")
    paths = [
        save(folder / f"plain-{name}.npy", np.array(rows, "<f4").reshape(-1, 2))
        for name, rows in zip(names, versions, strict=True)
    ]
    merged = merge_files(*paths)
    return np.load(paths[1]).tolist(), json.dumps([each.to_json() for each in merged.conflicts])


@given(ROWS, ROWS, ROWS)
def test_appended_rows_are_all_there_and_the_order_is_one(
    folder: Path, base: list[list[float]], mine: list[list[float]], yours: list[list[float]]
) -> None:
    merged, _ = _plain(folder, base, base + mine, base + yours)
    assert merged == _plain(folder, base, base + yours, base + mine)[0]
    assert merged[: len(base)] == base
    for row in mine + yours:
        assert merged.count(row) == base.count(row) + max(mine.count(row), yours.count(row))


@given(ROWS, ROWS, ROWS)
@settings(max_examples=100)
def test_plain_rows_are_merged_alike_or_refused_alike_from_both_sides(
    folder: Path, base: list[list[float]], ours: list[list[float]], theirs: list[list[float]]
) -> None:
    results = []
    for mine, yours in ((ours, theirs), (theirs, ours)):
        try:
            results.append(_plain(folder, base, mine, yours)[0])
        except CannotMerge:
            results.append([])
    assert results[0] == results[1]
    assert _plain(folder, base, base, ours)[0] == _plain(folder, base, ours, base)[0] == ours
