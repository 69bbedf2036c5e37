"""Which rows of three tables are of one id, and which of those hold the same bytes; all by whole columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waifusync.merging.arrays.agreeing import can_compare, can_compare_ids, widest
from waifusync.merging.arrays.npy import BLOCK_BYTES, row_bytes
from waifusync.values import dataclass

if TYPE_CHECKING:
    from waifusync.merging.arrays.npy import Array, DType
    from waifusync.merging.arrays.tables import Table


@dataclass(frozen=True, slots=True)
class Matching:
    """For each id, in the order of the result: its row in each version (-1: none), and what is the same."""

    ids: Array
    base: Array
    ours: Array
    theirs: Array
    ours_as_base: Array
    theirs_as_base: Array
    both_same: Array


def match(base: Table | None, ours: Table, theirs: Table) -> Matching:
    """First the ids of the base in its order, then the new ones, sorted: the same from both sides."""
    import numpy

    before = base if base and can_compare_ids(base, ours) and can_compare_ids(base, theirs) else None
    versions = [before, ours, theirs]
    columns = in_one_type([version.known_ids if version else None for version in versions])
    new = numpy.setdiff1d(numpy.union1d(columns[1], columns[2]), columns[0])
    ids = numpy.concatenate([columns[0], new])
    at_base, mine, yours = (locate(column, ids) for column in columns)
    return Matching(
        ids,
        at_base,
        mine,
        yours,
        ours_as_base=same_rows(before, at_base, ours, mine),
        theirs_as_base=same_rows(before, at_base, theirs, yours),
        both_same=same_rows(ours, mine, theirs, yours),
    )


def locate(column: Array, wanted: Array) -> Array:
    """At which row each stands; -1 for those that do not."""
    import numpy

    if not len(column):
        return numpy.full(len(wanted), -1, numpy.int64)
    order = numpy.argsort(column, kind="stable")
    ordered = column[order]
    places = numpy.minimum(numpy.searchsorted(ordered, wanted), len(column) - 1)
    return numpy.where(ordered[places] == wanted, order[places], -1)


def same_rows(one: Table | None, one_rows: Array, other: Table, other_rows: Array) -> Array:
    """For each pair of rows, whether both are there and hold the same, to the bit."""
    import numpy

    same = numpy.zeros(len(one_rows), bool)
    if one is None or not can_compare(one, other):
        return same
    pairs = numpy.nonzero((one_rows >= 0) & (other_rows >= 0))[0]
    same[pairs] = True
    for name, column in one.columns.items():
        against = other.columns[name]
        dtype = widest(column.dtype, against.dtype)
        for span in spans(pairs, column):
            mine = row_matrix(column, one_rows[span], dtype)
            same[span] &= (mine == row_matrix(against, other_rows[span], dtype)).all(axis=1)
    return same


def spans(places: Array, *columns: Array) -> list[Array]:
    """The places in pieces of which the rows fit into a block."""
    import numpy

    step = max(1, BLOCK_BYTES // max(1, *(row_bytes(column) for column in columns)))
    return numpy.split(places, range(step, len(places), step))


def row_matrix(column: Array, rows: Array, dtype: DType) -> Array:
    """The bytes of these rows."""
    import numpy

    taken = numpy.ascontiguousarray(column[rows].astype(dtype, copy=False))
    return taken.reshape(len(rows), -1).view(numpy.uint8) if len(rows) else numpy.zeros((0, 1), numpy.uint8)


def in_one_type(columns: list[Array | None]) -> list[Array]:
    """So that ids compare; None becomes a column of none."""
    import numpy

    filled = [column for column in columns if column is not None and len(column)]
    dtype = widest(*(column.dtype for column in filled)) if filled else numpy.dtype(numpy.int64)
    return [numpy.empty(0, dtype) if column is None else column.astype(dtype) for column in columns]
