"""Three array files in any form that carries ids, made and read by numpy alone, merged in both orders."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from waifusync.core.three_way import Strategy
from waifusync.merging import arrays
from waifusync.merging.files import Merged, Versions

DIMENSION = 4
FORMS = ("structured", "archive", "packed", "ids.npy", "ids.json", "ids.txt")
Vectors = Mapping[Any, Sequence[float]]


@dataclass(frozen=True)
class Result:
    """What a merge decided, and where the file is."""

    merged: Merged
    path: Path
    form: str

    @property
    def vectors(self) -> dict[Any, tuple[float, ...]]:
        return read(self.path, self.form)

    @property
    def conflicts(self) -> list[tuple[object, ...]]:
        """In words that do not change when the sides are swapped."""
        listed = []
        for each in self.merged.conflicts:
            assert each.clash is not None
            sides = sorted(json.dumps(side, sort_keys=True) for side in (each.clash.ours, each.clash.theirs))
            listed.append((each.table, each.key, each.clash.reason, *sides))
        return sorted(listed, key=str)


def vector(*start: float) -> tuple[float, ...]:
    return (*start, *[0.0] * (DIMENSION - len(start)))


def columns(vectors: Vectors) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    ids = np.array(list(vectors)) if vectors else np.array([], "<U1")
    return ids, np.array(list(vectors.values()), "<f4").reshape(len(vectors), -1 if vectors else DIMENSION)


def write(path: Path, vectors: Vectors, form: str, **arrays: object) -> Path:
    """`arrays` are further members of an archive."""
    ids, matrix = columns(vectors)
    if form == "structured":
        table = np.zeros(len(ids), [("id", ids.dtype), ("vector", "<f4", matrix.shape[1:])])
        table["id"], table["vector"] = ids, matrix
        np.save(path, table)
    elif form == "archive":
        np.savez(path, ids=ids, vectors=matrix, model=np.array("all-minilm"), **arrays)  # type: ignore[arg-type]
    elif form == "packed":
        np.savez_compressed(path, ids=ids, vectors=matrix, **arrays)  # type: ignore[arg-type]
    else:
        np.save(path, matrix)
        _write_ids(path.with_name(f"{path.stem}.{form}"), ids)
    return path


def _write_ids(path: Path, ids: np.ndarray[Any, Any]) -> None:
    if path.suffix == ".npy":
        np.save(path, ids)
    elif path.suffix == ".json":
        path.write_text(json.dumps(ids.tolist()))
    else:
        path.write_text("".join(f"{each}\n" for each in ids.tolist()))


def read(path: Path, form: str) -> dict[Any, tuple[float, ...]]:
    if form == "structured":
        table = np.load(path)
        ids, matrix = table["id"], table["vector"]
    elif form in ("archive", "packed"):
        with np.load(path) as found:
            ids, matrix = found["ids"], found["vectors"]
    else:
        ids, matrix = _read_ids(path.with_name(f"{path.stem}.{form}")), np.load(path)
    assert len(ids) == len(matrix)
    return dict(zip(ids.tolist(), map(tuple, matrix.tolist()), strict=True))


def _read_ids(path: Path) -> np.ndarray[Any, Any]:
    if path.suffix == ".npy":
        return np.load(path)  # type: ignore[no-any-return]
    text = path.read_text()
    return np.array(json.loads(text) if path.suffix == ".json" else text.splitlines())


def name(side: str, form: str) -> str:
    return f"{side}.{'npz' if form in ('archive', 'packed') else 'npy'}"


def merge(
    folder: Path,
    base: Vectors | None,
    ours: Vectors,
    theirs: Vectors,
    form: str = "structured",
    strategy: Strategy = Strategy.MANUAL_REVIEW,
) -> Result:
    """`base` None is none; the result goes to ours."""
    folder = folder / form  # ids beside one form would be found by another
    folder.mkdir(parents=True, exist_ok=True)
    before = None if base is None else write(folder / name("base", form), base, form)
    out = write(folder / name("ours", form), ours, form)
    yours = write(folder / name("theirs", form), theirs, form)
    return Result(arrays.merge(Versions.of(before, out, yours), out, strategy), out, form)


def both(
    folder: Path, base: Vectors | None, ours: Vectors, theirs: Vectors, form: str = "structured"
) -> Result:
    """The same bytes from both sides, and the same conflicts; returns that of ours."""
    other = merge(folder, base, theirs, ours, form)
    content = other.path.read_bytes()
    conflicts = other.conflicts
    one = merge(folder, base, ours, theirs, form)
    assert one.path.read_bytes() == content
    assert one.conflicts == conflicts
    return one


def merge_files(base: Path | None, ours: Path, theirs: Path) -> Merged:
    return arrays.merge(Versions.of(base, ours, theirs), ours)


def save(path: Path, array: object) -> Path:
    np.save(path, np.asarray(array))
    return path


def zipped(path: Path, members: Mapping[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return path
