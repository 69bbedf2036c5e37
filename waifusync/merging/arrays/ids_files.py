"""Ids in a file of their own: `x.ids.npy`, `.json` or `.txt` beside `x.npy`, one id for each row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from waifusync.merging.arrays.npy import MalformedArray, check_content, map_array, npy_header
from waifusync.merging.files import CannotMerge

if TYPE_CHECKING:
    from waifusync.merging.arrays.npy import Array

_FORMATS = ("npy", "json", "txt")
_INTEGERS = range(-(1 << 63), 1 << 63)


def ids_beside(path: Path) -> Path | None:
    """The ids of an array's rows. Raises CannotMerge when there is more than one such file."""
    if path.suffix != ".npy" or path.stem.endswith(".ids"):
        return None
    found = [each for each in (ids_path(path, suffix) for suffix in _FORMATS) if each.is_file()]
    if len(found) > 1:
        raise CannotMerge(f"{path.name} has two files of ids beside it: {found[0].name} and {found[1].name}")
    return found[0] if found else None


def refuse_apart(place: Path) -> None:
    """Raises CannotMerge for an array whose ids stand in a file that is not merged along with it.

    Each would find an order of its own: every vector would then stand under another one's id.
    """
    ids = ids_beside(place)
    if ids is not None:
        text = f"the ids of {place.name} are in {ids.name}, and git merges one file at a time"
        raise CannotMerge(text, hint="merge both by hand (docs/merging.md, Arrays), or keep them in one .npz")


def ids_path(path: Path, suffix: str) -> Path:
    """Where the ids of the array at `path` stand."""
    return path.with_name(f"{path.stem}.ids.{suffix.lstrip('.')}")


def read_ids(path: Path) -> Array:
    """As one column. Raises MalformedArray."""
    if path.suffix == ".npy":
        with path.open("rb") as file:
            return map_array(file, path.stat().st_size)
    try:
        text = path.read_bytes().decode()
        return _column(_lines(text) if path.suffix == ".txt" else json.loads(text))
    except (ValueError, RecursionError) as error:
        raise MalformedArray(f"{path.name} is not a list of ids ({type(error).__name__})") from None


def ids_bytes(ids: Array, suffix: str) -> bytes:
    """A file of these ids."""
    if suffix == ".npy":
        return npy_header(ids.dtype, ids.shape) + ids.tobytes()
    listed = ids.tolist()
    if suffix == ".json":
        return (json.dumps(listed, ensure_ascii=False, indent=0) + "\n").encode()
    return "".join(f"{each}\n" for each in listed).encode()


def _lines(text: str) -> list[str]:
    lines = text.replace("\r\n", "\n").split("\n")
    return lines if lines[-1] else lines[:-1]


def _column(values: object) -> Array:
    import numpy

    if not isinstance(values, list):
        raise ValueError("no list")
    if all(type(each) is int and each in _INTEGERS for each in values):
        return numpy.array(values, numpy.int64)
    if not all(isinstance(each, str) and each and "\0" not in each for each in values):
        raise ValueError("neither all texts nor all integers")
    column = numpy.array(values, numpy.str_)
    check_content(column)
    return column
