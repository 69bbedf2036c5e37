"""What one array has otherwise than another: the whole first, then its fields, then row by row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from waifusync.core.three_way import Action, Difference
from waifusync.merging.arrays.agreeing import can_compare_ids, is_same_type
from waifusync.merging.arrays.deciding import TABLE, wanted_field
from waifusync.merging.arrays.matching import in_one_type, locate, same_rows
from waifusync.merging.arrays.plain import plain_differences
from waifusync.merging.arrays.showing import content_of, shown, shown_id
from waifusync.merging.arrays.tables import Form, Table, shape_text
from waifusync.merging.clashes import action_of

if TYPE_CHECKING:
    from waifusync.merging.arrays.npy import Array


def table_differences(one: Table, other: Table) -> Iterator[Difference]:
    """Rows in the order of the first, then those that only the second has."""
    yield from _of_the_whole(one, other)
    yield from _of_fields(one, other)
    if one.form is other.form is Form.PLAIN:
        before, after = one.columns["rows"], other.columns["rows"]
        if before.ndim == after.ndim and before.ndim and is_same_type(before, after):
            yield from plain_differences(before, after)
    elif can_compare_ids(one, other):
        yield from _of_rows(one, other)


def _of_the_whole(one: Table, other: Table) -> Iterator[Difference]:
    before, after = _described(one), _described(other)
    names = [name for name in (before | after) if before.get(name) != after.get(name)]
    if names:
        changed = {name: (before.get(name), after.get(name)) for name in names}
        yield Difference(TABLE, None, Action.CHANGE, changed)


def _described(table: Table) -> dict[str, object]:
    described: dict[str, object] = {"form": table.form.value}
    if table.ids is not None:
        described["ids"] = "text" if table.ids.dtype.kind in "US" else table.ids.dtype.name
    return described | {name: shape_text(column) for name, column in table.columns.items()}


def _of_fields(one: Table, other: Table) -> Iterator[Difference]:
    for name in sorted({*one.fields, *other.fields}):
        before, after = (wanted_field(table.fields.get(name)) for table in (one, other))
        if before.order != after.order:
            action = action_of(before.order, after.order)
            yield Difference(name, None, action, {name: (before.shown, after.shown)})


def _of_rows(one: Table, other: Table) -> Iterator[Difference]:
    import numpy

    columns = in_one_type([one.known_ids, other.known_ids])
    ids = numpy.concatenate([columns[0], numpy.setdiff1d(columns[1], columns[0])])
    mine, yours = (locate(column, ids) for column in columns)
    same = same_rows(one, mine, other, yours)
    for place in (~same).nonzero()[0].tolist():
        yield _of_row(shown_id(ids[place].item()), _row(one, mine[place]), _row(other, yours[place]))


def _row(table: Table, row: int) -> dict[str, Array]:
    return {name: column[row] for name, column in table.columns.items()} if row >= 0 else {}


def _of_row(key: str, before: dict[str, Array], after: dict[str, Array]) -> Difference:
    action = Action.CHANGE if before and after else Action.ADD if after else Action.REMOVE
    fields = {
        name: (_shown(before.get(name)), _shown(after.get(name)))
        for name in (before | after)
        if _content(before.get(name)) != _content(after.get(name))
    }
    return Difference(TABLE, key, action, fields)


def _content(value: Array | None) -> bytes | None:
    return None if value is None else content_of(value)


def _shown(value: Array | None) -> object:
    return None if value is None else shown(value)
