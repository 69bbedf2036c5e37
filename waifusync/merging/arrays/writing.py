"""Writing a merged table in blocks: the rows that were decided on, in the form that both sides had."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from waifusync.merging.arrays.agreeing import widest
from waifusync.merging.arrays.deciding import OURS, Versions
from waifusync.merging.arrays.ids_files import ids_bytes, ids_path
from waifusync.merging.arrays.matching import Matching, spans
from waifusync.merging.arrays.npy import blocks, npy_header
from waifusync.merging.arrays.npz import ArrayWriter
from waifusync.merging.arrays.tables import Form
from waifusync.merging.replacing import replacing
from waifusync.values import dataclass

if TYPE_CHECKING:
    from waifusync.merging.arrays.npy import Array, DType


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything decided: whose row each id takes, and what belongs to no row."""

    versions: Versions
    matching: Matching
    taken: Array
    fields: dict[str, Array]

    @property
    def places(self) -> Array:
        """Of the ids that stay."""
        return self.taken.nonzero()[0]


def write_table(plan: Plan, out: Path) -> None:
    """The file (and that of the ids) appears whole, at the very end."""
    form = plan.versions.ours.form
    if form is Form.ARCHIVE:
        _write_archive(plan, out)
    elif form is Form.BESIDE:
        _write_beside(plan, out)
    else:
        _write_structured(plan, out)


def write_slices(slices: Sequence[Array], out: Path) -> None:
    """Rows of several arrays of one type, one after the other."""
    with replacing(out) as file:
        shape = (sum(len(each) for each in slices), *slices[0].shape[1:])
        file.write(npy_header(slices[0].dtype, shape))
        for each in slices:
            for start, stop in blocks(each):
                file.write(each[start:stop].tobytes())


def _write_archive(plan: Plan, out: Path) -> None:
    ours, theirs = plan.versions[1:]
    ids = plan.matching.ids[plan.places]
    with replacing(out) as file:
        writer = ArrayWriter(file, compressed=ours.is_compressed or theirs.is_compressed)
        writer.add(ours.id_name, ids.dtype, ids.shape, iter([ids.tobytes()]))
        for name in sorted({*ours.columns, *plan.fields}):
            if name in ours.columns:
                dtype, shape = _type_of(plan, name)
                content = (block.tobytes() for block in _column_blocks(plan, name, dtype))
                writer.add(name, dtype, shape, content)
            else:
                array = plan.fields[name]
                writer.add(name, array.dtype, array.shape, iter([array.tobytes()]))
        writer.close()


def _write_beside(plan: Plan, out: Path) -> None:
    """Two files cannot appear in one moment; the ids, made first, follow the vectors as closely as can be."""
    suffix = plan.versions.ours.ids_suffix
    [name] = plan.versions.ours.columns
    dtype, shape = _type_of(plan, name)
    with ExitStack() as stack:
        ids_file = stack.enter_context(replacing(ids_path(out, suffix)))
        ids_file.write(ids_bytes(plan.matching.ids[plan.places], suffix))
        ids_file.flush()
        os.fsync(ids_file.fileno())
        file = stack.enter_context(replacing(out))
        file.write(npy_header(dtype, shape))
        file.writelines(block.tobytes() for block in _column_blocks(plan, name, dtype))


def _write_structured(plan: Plan, out: Path) -> None:
    with replacing(out) as file:
        dtype = _record_type(plan)
        file.write(npy_header(dtype, (len(plan.places),)))
        file.writelines(block.tobytes() for block in _record_blocks(plan, dtype))


def _record_type(plan: Plan) -> DType:
    import numpy

    mine, yours = (version.dtype for version in plan.versions[1:] if version)
    assert mine is not None and yours is not None  # a structured array keeps its type
    if mine == yours:
        return mine
    parts = [(name, widest(mine[name].base, yours[name].base), mine[name].shape) for name in mine.names or ()]
    return numpy.dtype(parts)


def _record_blocks(plan: Plan, dtype: DType) -> Iterator[Array]:
    import numpy

    ours = plan.versions.ours
    for span in spans(plan.places, *ours.columns.values(), ours.known_ids):
        block = numpy.zeros(len(span), dtype)
        block[ours.id_name] = plan.matching.ids[span]
        for name in ours.columns:
            _fill(plan, name, span, block[name])
        yield block


def _column_blocks(plan: Plan, name: str, dtype: DType) -> Iterator[Array]:
    import numpy

    column = plan.versions.ours.columns[name]
    for span in spans(plan.places, column):
        block = numpy.zeros((len(span), *column.shape[1:]), dtype)
        _fill(plan, name, span, block)
        yield block


def _fill(plan: Plan, name: str, span: Array, block: Array) -> None:
    matching, ours, theirs = plan.matching, plan.versions.ours, plan.versions.theirs
    is_ours = plan.taken[span] == OURS
    block[is_ours] = ours.columns[name][matching.ours[span[is_ours]]]
    block[~is_ours] = theirs.columns[name][matching.theirs[span[~is_ours]]]


def _type_of(plan: Plan, name: str) -> tuple[DType, tuple[int, ...]]:
    mine, yours = (version.columns[name] for version in plan.versions[1:] if version)
    return widest(mine.dtype, yours.dtype), (len(plan.places), *mine.shape[1:])
