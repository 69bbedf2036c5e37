"""Arrays with ids as a table: one row for each id, whichever of the three ways the file has of saying so."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from waifusync.merging.arrays.ids_files import ids_beside, read_ids
from waifusync.merging.arrays.npy import MAGIC, MalformedArray, map_array
from waifusync.merging.arrays.npz import MAGICS, map_arrays
from waifusync.merging.files import CannotMerge
from waifusync.values import dataclass, field, replace

if TYPE_CHECKING:
    from waifusync.merging.arrays.npy import Array, DType

ID_NAMES = ("ids", "id")
MODEL_NAMES = ("model", "model_name", "model_used")
_ID_KINDS = "iuUS"


class Form(str, Enum):
    """How a file holds its rows."""

    STRUCTURED = "a structured array with ids"
    BESIDE = "an array with a file of ids"
    ARCHIVE = "an archive with ids"
    PLAIN = "an array without ids"


@dataclass(frozen=True, slots=True)
class Table:
    """Columns follow the ids, fields belong to the whole; a plain array is one column without ids."""

    form: Form
    ids: Array | None
    columns: dict[str, Array]
    fields: dict[str, Array] = field(default_factory=dict)
    id_name: str = ""
    is_compressed: bool = False
    ids_suffix: str = ""
    dtype: DType | None = None

    @property
    def known_ids(self) -> Array:
        """Of a table that has some."""
        if self.ids is None:
            raise LookupError(self.form.value)
        return self.ids

    def emptied(self) -> Table:
        """One of the same kind that holds nothing."""
        columns = {
            name: column.reshape(-1)[:0] if not column.ndim else column[:0]
            for name, column in self.columns.items()
        }
        return replace(self, ids=None if self.ids is None else self.ids[:0], columns=columns, fields={})


def read_table(path: Path, side: str, folder: Path | None = None) -> Table:
    """`side` names the version in messages, `folder` is for unpacking. Raises CannotMerge."""
    try:
        return _read(path, folder)
    except MalformedArray as error:
        raise CannotMerge(f"{side} is not an array file that can be merged: {error}", side=side) from None


def models(table: Table) -> list[str]:
    """The models that the file names."""
    import numpy

    found = [table.fields.get(name, table.columns.get(name)) for name in MODEL_NAMES]
    named = {str(each) for array in found if array is not None for each in numpy.unique(array).tolist()}
    return sorted(named - {""})


def _read(path: Path, folder: Path | None) -> Table:
    with path.open("rb") as file:
        start = file.read(len(MAGIC))
        if start == MAGIC:
            file.seek(0)
            return _of_array(map_array(file, path.stat().st_size), ids_beside(path))
    if start[:4] not in MAGICS:
        raise MalformedArray("it is neither .npy nor .npz")
    arrays, is_compressed = map_arrays(path, folder)
    return _of_archive(arrays, is_compressed)


def _of_array(array: Array, ids_file: Path | None) -> Table:
    if ids_file is not None:
        ids = read_ids(ids_file)
        _check_ids(ids, len(array) if array.ndim else 0)
        return Table(Form.BESIDE, ids, {"vectors": array}, ids_suffix=ids_file.suffix)
    names = array.dtype.names or ()
    id_name = _id_name(names)
    if not id_name or array.ndim != 1:
        return Table(Form.PLAIN, None, {"rows": array}, dtype=array.dtype)
    ids = array[id_name]
    _check_ids(ids, len(array))
    columns = {name: array[name] for name in names if name != id_name}
    return Table(Form.STRUCTURED, ids, columns, id_name=id_name, dtype=array.dtype)


def _of_archive(arrays: Mapping[str, Array], is_compressed: bool) -> Table:
    id_name = _id_name(arrays)
    if not id_name:
        raise MalformedArray(f"it has no array called {' or '.join(ID_NAMES)}")
    ids = arrays[id_name]
    _check_ids(ids, len(ids) if ids.ndim else 0)
    others = {name: array for name, array in sorted(arrays.items()) if name != id_name}
    columns = {name: array for name, array in others.items() if array.ndim and len(array) == len(ids)}
    fields = {name: array for name, array in others.items() if name not in columns}
    return Table(Form.ARCHIVE, ids, columns, fields, id_name=id_name, is_compressed=is_compressed)


def _id_name(names: Mapping[str, Array] | tuple[str, ...]) -> str:
    return next((name for name in ID_NAMES if name in names), "")


def _check_ids(ids: Array, rows: int) -> None:
    import numpy

    if ids.ndim != 1 or ids.dtype.kind not in _ID_KINDS:
        raise MalformedArray("its ids are not one column of integers or texts")
    if len(ids) != rows:
        raise MalformedArray(f"it has {len(ids)} ids for {rows} rows")
    ordered = numpy.sort(ids)
    if (ordered[1:] == ordered[:-1]).any():
        raise MalformedArray("it has the same id twice")


def shape_text(array: Array) -> str:
    """The type and dimension of a column's rows, for people."""
    dimensions = " x ".join(str(size) for size in array.shape[1:])
    return f"{dimensions or 'one'} {array.dtype.base.name}" if prod(array.shape[1:]) else array.dtype.name
