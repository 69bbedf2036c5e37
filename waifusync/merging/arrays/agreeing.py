"""Whether two files may become one: never a mix of models, of dimensions or of types, which says nothing.

What is refused is named from both sides, so that a person sees which of them to make anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from waifusync.merging.arrays.tables import Table, models, shape_text
from waifusync.merging.files import CannotMerge

if TYPE_CHECKING:
    from waifusync.merging.arrays.npy import Array, DType

_HINT = "make the vectors of one side again with the other's model, then merge"


def check_agreement(base: Table | None, ours: Table, theirs: Table) -> None:
    """Raises CannotMerge, naming what ours and theirs have otherwise."""
    _refuse("the form", ours.form.value + ours.ids_suffix, theirs.form.value + theirs.ids_suffix)
    if ours.ids is not None and not can_compare_ids(ours, theirs):
        _refuse("the type of ids", ours.known_ids.dtype.name, theirs.known_ids.dtype.name)
    _refuse("the columns", ", ".join(_names(ours)), ", ".join(_names(theirs)))
    for name, column in ours.columns.items():
        other = theirs.columns[name]
        if not is_same_type(column, other):
            _refuse(name, shape_text(column), shape_text(other))
    _check_models(base, ours, theirs)


def can_compare(one: Table, other: Table) -> bool:
    """Whether rows of the same id can be the same."""
    return (
        one.form is other.form
        and list(one.columns) == list(other.columns)
        and all(is_same_type(column, other.columns[name]) for name, column in one.columns.items())
    )


def can_compare_ids(one: Table, other: Table) -> bool:
    """Whether ids of both can be the same; those of no rows may be of any type."""
    if one.ids is None or other.ids is None:
        return False
    return not len(one.ids) or not len(other.ids) or is_same_type(one.ids, other.ids)


def is_same_type(one: Array, other: Array) -> bool:
    """Texts may be of different lengths: an array of them is as wide as its longest."""
    is_text = one.dtype.kind == other.dtype.kind and one.dtype.kind in "US"
    return one.shape[1:] == other.shape[1:] and (is_text or one.dtype == other.dtype)


def widest(*dtypes: DType) -> DType:
    """Of types that agree, the one that holds them all; the same in any order."""
    return max(dtypes, key=lambda dtype: (dtype.itemsize, dtype.str))


def _names(table: Table) -> list[str]:
    """In the order that they have in the file."""
    names = table.dtype.names if table.dtype is not None else None
    return list(names or [table.id_name, *table.columns])


def _refuse(what: str, ours: object, theirs: object) -> None:
    if ours != theirs:
        text = f"{what} differ: ours has {ours or 'none'}, theirs has {theirs or 'none'}"
        raise CannotMerge(text, hint=_HINT)


def _check_models(base: Table | None, ours: Table, theirs: Table) -> None:
    """A side that names no model has that of the base; of files that never named one nothing is known."""
    known = models(base) if base else []
    mine, yours = models(ours) or known, models(theirs) or known
    if base and not known and not (mine and yours):
        return
    if mine != yours or len(mine) > 1:
        raise CannotMerge(
            f"the models differ: ours has {_named(mine)}, theirs has {_named(yours)}", hint=_HINT
        )


def _named(names: list[str]) -> str:
    return " and ".join(names) or "none"
