"""Files that lie, hide something or would mix what does not mix: refused with the reason, ours as it was."""

from __future__ import annotations

import io
import pickle
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.merging.arrays.merging_arrays import merge_files, save, vector, write, zipped
from waifusync.merging import arrays
from waifusync.merging.files import CannotMerge

A, B = vector(1), vector(2)
MATRIX = np.ones((2, 4), "<f4")


class _Runs:
    """A pickle that leaves a trace when it is read."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> object:
        return (Path.touch, (self.trace,))


def _npy(array: object, **changes: object) -> bytes:
    """A file whose header says something else."""
    found = np.asarray(array)
    says = {"descr": np.lib.format.dtype_to_descr(found.dtype), "fortran_order": False, "shape": found.shape}
    header = repr(says | changes).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + found.tobytes()


def _raw(header: bytes, version: bytes = b"\x01\x00") -> bytes:
    return b"\x93NUMPY" + version + struct.pack("<H", len(header)) + header


NPY = {
    "a shape larger than the file": (_npy(MATRIX, shape=(1_000_000_000, 4)), "header speaks of"),
    "a shape of astronomic size": (_npy(MATRIX, shape=(10**30, 10**30)), "header speaks of"),
    "a shape smaller than the file": (_npy(MATRIX, shape=(1, 4)), "header speaks of"),
    "a negative shape": (_npy(MATRIX, shape=(-2, -4)), "shape"),
    "a shape of truth values": (_npy(MATRIX, shape=(True, 8)), "shape"),
    "rows of nothing": (_npy(MATRIX[:0], shape=(10**12, 0)), "rows are empty"),
    "cut off": (_npy(MATRIX)[:-1], "header speaks of"),
    "nothing but the start": (b"\x93NUMPY", "version"),
    "another version": (_raw(b"{}", b"\x09\x00"), "version"),
    "a header longer than allowed": (_raw(b" " * 20_000), "too long"),
    "a header that ends early": (_raw(b"{}")[:-1] + b"", "cut off"),
    "a header that is code": (_raw(b"__import__('os').system('true')\n"), "not one of an array"),
    "a header nested without end": (_raw(b"(" * 9_000 + b"\n"), "not one of an array"),
    "an unknown type": (_npy(MATRIX, descr="<z9"), "unknown type"),
    "a type inside a type": (_npy(MATRIX, descr=[("a", [("b", "<f4", (8,))])]), "cannot be compared"),
    "texts of no length": (_npy(np.zeros(0, "<f4"), descr="<U0", shape=(10**12,)), "cannot be compared"),
    "NaN": (_npy([[1.0, float("nan")]]), "NaN or infinity"),
    "infinity": (_npy(np.array([[1, float("-inf")]], "<f2")), "NaN or infinity"),
    "NaN in a record": (
        _npy(np.array([(1, float("nan"))], [("id", "<i8"), ("v", "<f4")])),
        "NaN or infinity",
    ),
    "text that is none": (_npy(np.array([0x110000], "<u4").view("<U1")), "not Unicode"),
    "half a character": (_npy(np.array([0xD800], "<u4").view("<U1")), "not Unicode"),
    "an id twice": (_npy(np.array([(1, 1), (1, 2)], [("id", "<i8"), ("v", "<f4")])), "same id twice"),
    "ids that are no ids": (_npy(np.array([(1.5, 1)], [("id", "<f8"), ("v", "<f4")])), "ids are not"),
    "neither kind": (b"SQLite format 3\0", "neither .npy nor .npz"),
}


@pytest.mark.parametrize("side", ["base", "ours", "theirs"])
@pytest.mark.parametrize("case", NPY)
def test_an_array_that_cannot_be_trusted_is_refused_by_name_and_ours_stays(
    tmp_path: Path, case: str, side: str
) -> None:
    """T25: lying headers, NaN and infinity, endless nesting."""
    content, reason = NPY[case]
    paths = {name: save(tmp_path / f"{name}.npy", MATRIX) for name in ("base", "ours", "theirs")}
    paths[side].write_bytes(content)
    before = paths["ours"].read_bytes()
    with pytest.raises(CannotMerge) as raised:
        merge_files(paths["base"], paths["ours"], paths["theirs"])
    assert side in raised.value.message
    assert reason in raised.value.message
    assert paths["ours"].read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"base.npy", "ours.npy", "theirs.npy"}


def _pickled(trace: Path) -> bytes:
    file = io.BytesIO()
    np.save(file, np.array([_Runs(trace)], object), allow_pickle=True)
    return file.getvalue()


@pytest.mark.parametrize("form", ["array", "archive", "only a pickle"])
def test_a_pickle_is_refused_and_not_run(tmp_path: Path, form: str) -> None:
    """T24: numpy.load with pickles allowed would run it."""
    trace = tmp_path / "ran"
    ours = save(tmp_path / "ours.npy", MATRIX)
    theirs = tmp_path / "theirs.npy"
    if form == "archive":
        zipped(theirs, {"ids.npy": _npy([1]), "vectors.npy": _pickled(trace)})
    else:
        theirs.write_bytes(_pickled(trace) if form == "array" else pickle.dumps(_Runs(trace)))
    reason = "neither .npy nor .npz" if form == "only a pickle" else "Python objects"
    with pytest.raises(CannotMerge, match=f"theirs.*{reason}"):
        merge_files(None, ours, theirs)
    assert not trace.exists()
    found = np.load(theirs, allow_pickle=True)  # the trap itself works
    assert form != "archive" or found["vectors"] is not None
    assert trace.exists()


def _bomb(path: Path) -> Path:
    """70 MB of nothing, many times over."""
    rows = 17_500_000
    zeros = _npy(np.zeros((0, 1), "<f4"), shape=(rows, 1)) + bytes(4 * rows)
    return zipped(path, {"ids.npy": _npy(np.arange(1)), "vectors.npy": zeros}, zipfile.ZIP_DEFLATED)


def _encrypted(path: Path) -> Path:
    content = bytearray(zipped(path, {"ids.npy": _npy([1])}).read_bytes())
    for magic, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(magic) + place] |= 1
    path.write_bytes(content)
    return path


def _damaged(path: Path) -> Path:
    content = bytearray(zipped(path, {"ids.npy": _npy([1, 2, 3])}).read_bytes())
    content[content.index(b"\n") + 3] ^= 1
    path.write_bytes(content)
    return path


def _member(name: str) -> Callable[[Path], Path]:
    return lambda path: zipped(path, {"ids.npy": _npy([1]), name: _npy([1])})


ZIPS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a bomb": (_bomb, "would unpack to"),
    "an encrypted member": (_encrypted, "is encrypted, or packed"),
    "a member packed otherwise": (
        lambda path: zipped(path, {"ids.npy": _npy([1])}, zipfile.ZIP_LZMA),
        "packed in an unusual way",
    ),
    "a damaged member": (_damaged, "damaged"),
    "a path upwards": (_member("../evil.npy"), "no array's name"),
    "an absolute path": (_member("/evil.npy"), "no array's name"),
    "a path of another system": (_member("C:\\evil.npy"), "no array's name"),
    "a folder": (_member("folder/"), "no array's name"),
    "another kind of file": (_member("evil.py"), "no array's name"),
    "too many members": (
        lambda path: zipped(path, {f"{each}.npy": b"" for each in range(1001)}),
        "more than 1000",
    ),
    "no ids": (lambda path: zipped(path, {"vectors.npy": _npy(MATRIX)}), "no array called ids"),
    "an array that lies": (
        lambda path: zipped(path, {"ids.npy": _npy([1], shape=(9,))}),
        "in 'ids.npy', its header",
    ),
    "ids of two dimensions": (lambda path: zipped(path, {"ids.npy": _npy([[1]])}), "one column"),
    "not whole": (lambda path: _cut(zipped(path, {"ids.npy": _npy([1])})), "damaged"),
}


def _cut(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[:-30])
    return path


@pytest.mark.parametrize("case", ZIPS)
def test_an_archive_that_cannot_be_trusted_is_refused_and_leaves_nothing(tmp_path: Path, case: str) -> None:
    """T25: compression bombs, `..`, absolute paths, names for other file systems."""
    make, reason = ZIPS[case]
    ours = write(tmp_path / "ours.npz", {1: A}, "archive")
    before = ours.read_bytes()
    with pytest.raises(CannotMerge) as raised:
        merge_files(None, ours, make(tmp_path / "theirs.npz"))
    assert "theirs" in raised.value.message
    assert reason in raised.value.message
    assert ours.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"ours.npz", "theirs.npz"}


def _archive(path: Path, ids: list[str], matrix: object, **more: object) -> Path:
    np.savez(path, ids=np.array(ids), vectors=np.asarray(matrix), **more)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize("base_model", ["one", None])
def test_two_models_are_never_mixed_and_both_are_named(tmp_path: Path, base_model: str | None) -> None:
    """T15: vectors of two models of equal dimension look alike, and mean nothing to each other."""
    model = {} if base_model is None else {"model": np.array(base_model)}
    base = _archive(tmp_path / "base.npz", ["a"], MATRIX[:1], **model)
    ours = _archive(tmp_path / "ours.npz", ["a", "b"], MATRIX, model=np.array("one"))
    theirs = _archive(tmp_path / "theirs.npz", ["a", "c"], MATRIX * 2, model=np.array("two"))
    with pytest.raises(CannotMerge, match="ours has one, theirs has two"):
        merge_files(base, ours, theirs)


def test_models_named_row_by_row_are_not_mixed_either(tmp_path: Path) -> None:
    """T15: nor is a file that mixes them already added to."""
    for mine, yours in ((["one", "one"], ["one", "two"]), (["one", "two"], ["one", "two"])):
        ours = _archive(tmp_path / "ours.npz", ["a", "b"], MATRIX, model=np.array(mine))
        theirs = _archive(tmp_path / "theirs.npz", ["a", "c"], MATRIX, model=np.array(yours))
        with pytest.raises(CannotMerge, match="two"):
            merge_files(None, ours, theirs)


def test_a_side_that_dropped_the_models_name_still_has_that_model(tmp_path: Path) -> None:
    """T15."""
    base = _archive(tmp_path / "base.npz", ["a"], MATRIX[:1], model=np.array("one"))
    ours = _archive(tmp_path / "ours.npz", ["a", "b"], MATRIX)
    theirs = _archive(tmp_path / "theirs.npz", ["a", "c"], MATRIX * 2, model=np.array("two"))
    with pytest.raises(CannotMerge, match="ours has one, theirs has two"):
        merge_files(base, ours, theirs)


def test_a_model_that_only_one_side_names_is_taken_where_the_base_named_none(tmp_path: Path) -> None:
    base = _archive(tmp_path / "base.npz", ["a"], MATRIX[:1])
    ours = _archive(tmp_path / "ours.npz", ["a", "b"], MATRIX, model=np.array("one"))
    theirs = _archive(tmp_path / "theirs.npz", ["a", "c"], MATRIX)
    with pytest.raises(CannotMerge, match="ours has one, theirs has none"):
        merge_files(None, ours, theirs)
    merge_files(base, ours, theirs)
    with np.load(ours) as found:
        assert (str(found["model"]), found["ids"].tolist()) == ("one", ["a", "b", "c"])


@pytest.mark.parametrize(
    ("mine", "yours", "told"),
    [
        (np.ones((2, 4), "<f4"), np.ones((2, 8), "<f4"), "ours has 4 float32, theirs has 8 float32"),
        (np.ones((2, 4), "<f4"), np.ones((2, 4), "<f2"), "ours has 4 float32, theirs has 4 float16"),
        (np.ones((2, 4), "<f4"), np.ones((2, 2, 2), "<f4"), "4 float32, theirs has 2 x 2 float32"),
    ],
)
def test_two_dimensions_or_types_are_never_mixed_and_both_are_named(
    tmp_path: Path, mine: object, yours: object, told: str
) -> None:
    """T15."""
    ours = _archive(tmp_path / "ours.npz", ["a", "b"], mine)
    theirs = _archive(tmp_path / "theirs.npz", ["a", "c"], yours)
    with pytest.raises(CannotMerge, match=told):
        merge_files(None, ours, theirs)
    with pytest.raises(CannotMerge, match=told):
        merge_files(None, save(tmp_path / "ours.npy", mine), save(tmp_path / "theirs.npy", yours))


def test_files_of_two_forms_or_columns_are_refused(tmp_path: Path) -> None:
    archive = write(tmp_path / "ours.npz", {"a": A}, "archive")
    with pytest.raises(CannotMerge, match=r"archive with ids.*structured"):
        merge_files(None, archive, write(tmp_path / "theirs.npy", {"b": B}, "structured"))
    more = _archive(tmp_path / "theirs.npz", ["b"], [B], texts=np.array(["x"]))
    with pytest.raises(CannotMerge, match="columns"):
        merge_files(None, archive, more)


def test_an_array_that_could_follow_ids_or_dimensions_is_refused(tmp_path: Path) -> None:
    """As many numbers as ids, and as many as a vector has: adding a row would spoil one of the two."""
    ids = ["a", "b", "c", "d"]
    ours = _archive(tmp_path / "ours.npz", ids, np.ones((4, 4)), mean=np.ones(4))
    theirs = _archive(tmp_path / "theirs.npz", ["a", "b", "c", "e"], np.ones((4, 4)), mean=np.zeros(4))
    with pytest.raises(CannotMerge, match="may follow either"):
        merge_files(None, ours, theirs)
    theirs = _archive(tmp_path / "theirs.npz", ["a", "b"], np.ones((2, 4)), mean=np.zeros(3))
    with pytest.raises(CannotMerge, match="has another length"):
        merge_files(None, ours, theirs)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("theirs.ids.json", b'["a", 1]', "not a list of ids"),
        ("theirs.ids.json", b'{"a": 1}', "not a list of ids"),
        ("theirs.ids.json", b"[" * 100_000, "not a list of ids"),
        ("theirs.ids.json", b'["a\\u0000", "a"]', "not a list of ids"),
        ("theirs.ids.json", b'["\\ud800", "a"]', "not Unicode|not a list of ids"),
        ("theirs.ids.json", b'["a"]', "1 ids for 2 rows"),
        ("theirs.ids.txt", b"a\na\n", "same id twice"),
        ("theirs.ids.txt", b"a\n\n", "not a list of ids"),
        ("theirs.ids.txt", b"\xff\nb\n", "not a list of ids"),
    ],
)
def test_ids_beside_that_fit_no_rows_are_refused(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    ours = write(tmp_path / "ours.npy", {"a": A, "b": B}, name.removeprefix("theirs."))
    theirs = save(tmp_path / "theirs.npy", MATRIX)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CannotMerge, match=reason):
        merge_files(None, ours, theirs)


def test_ids_beside_one_side_only_or_twice_are_refused(tmp_path: Path) -> None:
    ours = write(tmp_path / "ours.npy", {"a": A, "b": B}, "ids.json")
    theirs = save(tmp_path / "theirs.npy", MATRIX)
    with pytest.raises(CannotMerge, match="or in none"):
        merge_files(None, ours, theirs)
    (tmp_path / "theirs.ids.json").write_text('["a","c"]')
    (tmp_path / "theirs.ids.txt").write_text("a\nc\n")
    with pytest.raises(CannotMerge, match="two files of ids"):
        merge_files(None, ours, theirs)


def test_memory_does_not_follow_the_size_of_the_file(tmp_path: Path) -> None:
    """T25: 3 files of 48 MiB, by what Python and numpy allocate for them."""
    rows = 32_768
    matrix = np.arange(rows * 384, dtype="<f4").reshape(rows, 384)
    dtype = [("id", "<i8"), ("vector", "<f4", (384,))]
    table = np.zeros(rows, dtype)
    table["id"], table["vector"] = np.arange(rows), matrix
    paths = []
    for name, place in (("base", None), ("ours", 5), ("theirs", 7)):
        changed = table.copy()
        if place is not None:
            changed["vector"][place] = 1
            changed["id"][place + 1] += rows
        paths.append(save(tmp_path / f"{name}.npy", changed))
    del table, matrix, changed
    tracemalloc.start()
    merged = merge_files(*paths)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(merged.decisions) == 6
    assert peak < 32 * 1024 * 1024
    assert len(np.load(paths[1], mmap_mode="r")) == rows


def test_differences_of_what_is_no_array_are_refused(tmp_path: Path) -> None:
    one = save(tmp_path / "one.npy", MATRIX)
    (tmp_path / "other.npy").write_bytes(b"text")
    with pytest.raises(CannotMerge, match="the second"):
        list(arrays.differences(one, tmp_path / "other.npy"))
