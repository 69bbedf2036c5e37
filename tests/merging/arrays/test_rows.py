"""Vectors with ids, in every form that carries them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.merging.arrays.merging_arrays import FORMS, both, merge, merge_files, read, vector, write
from waifusync.core.three_way import Strategy
from waifusync.merging import arrays

A, B, C, D = vector(1), vector(2), vector(3), vector(4)


@pytest.mark.parametrize("form", FORMS)
def test_what_both_sides_added_is_there_in_one_order_on_both(tmp_path: Path, form: str) -> None:
    base = {"m": A, "b": B}
    result = both(tmp_path, base, {**base, "z": C, "a-long-id": D}, {**base, "k": D, "z": C}, form)
    assert list(result.vectors.items()) == [("m", A), ("b", B), ("a-long-id", D), ("k", D), ("z", C)]
    assert result.conflicts == []


@pytest.mark.parametrize("form", FORMS)
def test_changes_and_removals_of_one_side_are_taken(tmp_path: Path, form: str) -> None:
    base = {"a": A, "b": B, "c": C, "d": D}
    ours = {"a": D, "b": B, "c": C}
    theirs = {"d": D, "c": A, "a": A}
    assert both(tmp_path, base, ours, theirs, form).vectors == {"a": D, "c": A}


@pytest.mark.parametrize("form", [form for form in FORMS if form != "ids.txt"])  # a line of text is a text
def test_numbers_are_ids_too(tmp_path: Path, form: str) -> None:
    base = {7: A}
    assert both(tmp_path, base, {7: A, 30: B}, {7: A, 4: C}, form).vectors == {7: A, 4: C, 30: B}


@pytest.mark.parametrize("form", FORMS)
def test_a_row_changed_on_both_sides_is_a_conflict_with_the_same_winner_from_both(
    tmp_path: Path, form: str
) -> None:
    """T8: the provisional winner must not depend on who merges."""
    base = {"a": A, "b": B}
    result = both(tmp_path, base, {"a": C, "b": B}, {"a": D, "b": B, "c": C}, form)
    [conflict] = result.conflicts
    assert conflict[:3] == ("rows", "a", "changed on both sides")
    assert result.vectors["a"] in (C, D)
    assert result.vectors["c"] == C


def test_a_row_removed_here_and_changed_there_goes_and_is_a_conflict(tmp_path: Path) -> None:
    """T4: what was deleted does not come back without a word."""
    result = both(tmp_path, {"a": A, "b": B}, {"b": B}, {"a": C, "b": D})
    assert result.vectors == {"b": D}
    assert [each[:2] for each in result.conflicts] == [("rows", "a")]


def test_without_a_base_the_same_id_with_another_vector_is_a_conflict(tmp_path: Path) -> None:
    result = both(tmp_path, None, {"a": A, "b": B, "x": C}, {"a": A, "b": C, "y": D})
    assert set(result.vectors) == {"a", "b", "x", "y"}
    assert [each[:3] for each in result.conflicts] == [
        ("rows", "b", "added on both sides with different content")
    ]


@pytest.mark.parametrize(("strategy", "left"), [(Strategy.OURS, C), (Strategy.THEIRS, D)])
def test_a_strategy_settles_conflicts(tmp_path: Path, strategy: Strategy, left: tuple[float, ...]) -> None:
    result = merge(tmp_path, {"a": A, "b": B}, {"a": C}, {"a": D, "b": C}, strategy=strategy)
    expected = {"a": left} | ({"b": C} if strategy is Strategy.THEIRS else {})
    assert result.vectors == expected
    assert result.conflicts == []


@pytest.mark.parametrize("kind", ["<f8", "<U32", "<M8[s]", "S25"])
def test_the_newer_row_wins_where_rows_have_times(tmp_path: Path, kind: str) -> None:
    """T7: as times, whatever they are written as."""
    seconds = {"<f8": (100.0, 200.0), "<M8[s]": ("2026-01-01T10:00:00", "2026-01-01T10:30:00")}
    older, newer = seconds.get(kind, ("2026-01-01T12:00:00+02:00", "2026-01-01T10:30:00Z"))
    dtype = [("id", "<U4"), ("v", "<f4", (2,)), ("updated_at", kind)]
    base = np.array([("a", (1, 1), older)], dtype)
    ours = np.array([("a", (9, 9), older)], dtype)
    theirs = np.array([("a", (2, 2), newer)], dtype)
    for mine, yours in ((ours, theirs), (theirs, ours)):
        paths = [tmp_path / name for name in ("base.npy", "ours.npy", "theirs.npy")]
        for path, table in zip(paths, (base, mine, yours), strict=True):
            np.save(path, table)
        # Theirs changed both the vector and its time: the base must differ from both.
        np.save(paths[0], np.array([("a", (0, 0), older)], dtype))
        merged = arrays.merge(arrays.Versions.of(*paths), paths[1], Strategy.LATEST_WINS)
        assert np.load(paths[1])["v"].tolist() == [[2, 2]]
        assert merged.conflicts == []


def test_arrays_beside_the_vectors_follow_their_rows_and_others_merge_as_fields(tmp_path: Path) -> None:
    def save(name: str, ids: list[str], texts: list[str], **more: Any) -> Path:
        vectors = np.arange(len(ids) * 2, dtype="<f4").reshape(-1, 2) if name == "base" else None
        matrix = vectors if vectors is not None else np.array([[len(text), 0] for text in texts], "<f4")
        np.savez(tmp_path / name, ids=np.array(ids), vectors=matrix, texts=np.array(texts), **more)
        return tmp_path / f"{name}.npz"

    base = save("base", ["a", "b", "c"], ["one", "two", "three"], version=np.array(1), mean=np.zeros(2))
    ours = save("ours", ["a", "b"], ["changed", "two"], version=np.array(1), mean=np.ones(2))
    theirs = save(
        "theirs",
        ["d", "c", "b", "a"],
        ["new and long", "three", "two", "one"],
        version=np.array(2),
        mean=np.zeros(2),
    )
    merge_files(base, ours, theirs)
    with np.load(ours) as found:
        texts = dict(zip(found["ids"].tolist(), found["texts"].tolist(), strict=True))
        assert texts["d"] == "new and long"
        lengths = dict(zip(found["ids"].tolist(), found["vectors"][:, 0].tolist(), strict=True))
        assert all(lengths[key] == len(text) for key, text in texts.items())
        assert (int(found["version"]), found["mean"].tolist()) == (2, [1, 1])


def test_a_field_that_both_changed_is_a_conflict(tmp_path: Path) -> None:
    for name, version in (("base", 1), ("ours", 2), ("theirs", 3)):
        write(tmp_path / f"{name}.npz", {"a": A}, "archive", version=np.array(version))
    merged = merge_files(*(tmp_path / f"{name}.npz" for name in ("base", "ours", "theirs")))
    [conflict] = merged.conflicts
    assert conflict.clash is not None
    assert (conflict.table, conflict.key, conflict.clash.ours) == ("version", None, 2)


def test_an_archive_is_written_the_same_whenever_and_in_whatever_order(tmp_path: Path) -> None:
    """No date, no order of members: two devices that merge make one file, and git sees no change."""
    base = {"a": A}
    contents = []
    for number, (ours, theirs) in enumerate(
        [({**base, "b": B}, {**base, "c": C}), ({**base, "c": C}, {**base, "b": B})]
    ):
        contents.append(merge(tmp_path / str(number), base, ours, theirs, "packed").path.read_bytes())
    assert contents[0] == contents[1]


def test_fortran_order_is_only_another_way_of_writing(tmp_path: Path) -> None:
    def save(name: str, rows: list[list[float]]) -> Path:
        matrix = np.array(rows, "<f4")
        np.savez(tmp_path / name, ids=np.arange(len(rows)), vectors=np.asfortranarray(matrix))
        return tmp_path / f"{name}.npz"

    ours = save("ours", [[1, 2], [3, 4], [5, 6]])
    merge_files(save("base", [[1, 2], [3, 4]]), ours, save("theirs", [[9, 9], [3, 4]]))
    with np.load(ours) as found:
        assert found["vectors"].tolist() == [[9, 9], [3, 4], [5, 6]]


def test_decisions_say_which_row_came_from_which_side(tmp_path: Path) -> None:
    result = merge(tmp_path, {"a": A, "b": B, "c": C}, {"a": A, "b": B, "d": D}, {"a": D, "c": C, "b": B})
    decided = [(each.key, each.action.value, each.side.value) for each in result.merged.decisions]
    assert decided == [("a", "change", "theirs"), ("c", "remove", "ours"), ("d", "add", "ours")]


def test_the_side_that_alone_changed_is_kept_to_the_byte_and_told(tmp_path: Path) -> None:
    """Even with another model: all of it was made anew, and nothing is mixed."""
    base = write(tmp_path / "base.npz", {"a": A, "b": B}, "archive")
    ours = write(tmp_path / "ours.npz", {"a": A, "b": B}, "archive")
    theirs = tmp_path / "theirs.npz"
    np.savez(theirs, ids=np.array(["a", "c"]), vectors=np.ones((2, 8), "<f2"), model=np.array("other"))
    content = theirs.read_bytes()
    merged = merge_files(base, ours, theirs)
    assert ours.read_bytes() == content
    told = {(each.table, each.key, each.action.value, each.side.value) for each in merged.decisions}
    assert {("rows", "c", "add", "theirs"), ("model", None, "change", "theirs")} <= told


def test_ids_beside_are_written_beside_the_result(tmp_path: Path) -> None:
    for name, more in (("base", {}), ("ours", {"b": B}), ("theirs", {"c": C})):
        write(tmp_path / f"{name}.npy", {"a": A, **more}, "ids.json")
    out = tmp_path / "out" / "x.npy"
    out.parent.mkdir()
    before = {path.name: path.read_bytes() for path in tmp_path.glob("ours*")}
    versions = arrays.Versions.of(*(tmp_path / f"{name}.npy" for name in ("base", "ours", "theirs")))
    arrays.merge(versions, out, Strategy.MANUAL_REVIEW)
    assert read(out, "ids.json") == {"a": A, "b": B, "c": C}
    assert {path.name for path in out.parent.iterdir()} == {"x.npy", "x.ids.json"}
    assert {path.name: path.read_bytes() for path in tmp_path.glob("ours*")} == before


@pytest.mark.parametrize("form", FORMS)
def test_differences_list_rows_by_id(tmp_path: Path, form: str) -> None:
    suffix = "npz" if form in ("archive", "packed") else "npy"
    one = write(tmp_path / f"one.{suffix}", {"a": A, "b": B, "c": C}, form)
    other = write(tmp_path / f"other.{suffix}", {"c": C, "dd": D, "a": B}, form)
    found = [(each.table, each.key, each.action.value) for each in arrays.differences(one, other)]
    assert found == [("rows", "a", "change"), ("rows", "b", "remove"), ("rows", "dd", "add")]
    assert list(arrays.differences(one, one)) == []


def test_differences_tell_another_model_and_dimension_first(tmp_path: Path) -> None:
    one = write(tmp_path / "one.npz", {"a": A}, "archive")
    other = tmp_path / "other.npz"
    np.savez(other, ids=np.array(["a"]), vectors=np.ones((1, 8), "<f4"), model=np.array("other"))
    whole, model, *_ = arrays.differences(one, other)
    assert whole.fields == {"vectors": ("4 float32", "8 float32")}
    assert model.fields == {"model": ("all-minilm", "other")}
