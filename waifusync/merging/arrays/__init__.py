"""Merging arrays of embeddings: by id where they have ids, else by what was appended; never across models.

A side that alone changed is taken as it is, to the byte. Files are mapped, so memory does not follow their
size.
"""

from __future__ import annotations

import filecmp
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from waifusync.core.three_way import Decision, Difference, Side, Strategy
from waifusync.merging.arrays.agreeing import check_agreement
from waifusync.merging.arrays.columns import with_columns_agreed
from waifusync.merging.arrays.deciding import Versions as Tables
from waifusync.merging.arrays.deciding import decide_fields, decide_rows
from waifusync.merging.arrays.differing import table_differences
from waifusync.merging.arrays.ids_files import ids_beside, ids_path
from waifusync.merging.arrays.matching import match
from waifusync.merging.arrays.plain import added, merge_plain
from waifusync.merging.arrays.tables import Form, Table, read_table
from waifusync.merging.arrays.writing import Plan, write_slices, write_table
from waifusync.merging.files import CannotMerge, Merged, Versions
from waifusync.merging.replacing import replacing


def merge(versions: Versions, out: Path, strategy: Strategy = Strategy.MANUAL_REVIEW) -> Merged:
    """Writes the merged array to `out` (which may be ours) at the very end. Raises CannotMerge.

    Ids beside the versions are merged too, into a file beside `out`.
    """
    base = read_table(versions.base, "base", out.parent) if versions.base else None
    ours = read_table(versions.ours, "ours", out.parent)
    theirs = read_table(versions.theirs, "theirs", out.parent)
    if ours.ids_suffix != theirs.ids_suffix:
        raise CannotMerge("one side has its ids in another kind of file beside it, or in none")
    taken = _only_change(versions)
    if taken is not None:
        decisions = _adopt(versions, Tables(base, ours, theirs), taken, out)
    else:
        tables = with_columns_agreed(Tables(base, ours, theirs))
        check_agreement(*tables)
        decisions = _merge_tables(tables, strategy, out)
    return Merged("vectors", strategy, tuple(decisions))


def differences(one: Path, other: Path) -> Iterator[Difference]:
    """What the other array has otherwise; an empty file holds nothing. Raises CannotMerge."""
    before, after = (
        read_table(path, side) if path.stat().st_size else None
        for path, side in ((one, "the first"), (other, "the second"))
    )
    if before or after:
        known = before or after
        assert known is not None
        yield from table_differences(before or known.emptied(), after or known.emptied())


def _merge_tables(tables: Tables, strategy: Strategy, out: Path) -> list[Decision]:
    base, ours, theirs = tables
    if ours.form is Form.PLAIN:
        return _merge_plain(base, ours, theirs, out)
    matching = match(base, ours, theirs)
    taken, of_rows = decide_rows(tables, matching, strategy)
    fields, of_fields = decide_fields(tables, strategy)
    write_table(Plan(tables, matching, taken, fields), out)
    return of_rows + of_fields


def _merge_plain(base: Table | None, ours: Table, theirs: Table, out: Path) -> list[Decision]:
    before = base.columns.get("rows") if base else None
    if base and before is None:
        raise CannotMerge("the base has ids, and neither side has them any more")
    slices, changes = merge_plain(before, ours.columns["rows"], theirs.columns["rows"])
    write_slices([rows for rows, _ in slices], out)
    appender = next((side for _, side in slices if side), Side.OURS)
    changer = Side.THEIRS if appender is Side.OURS else Side.OURS
    return [_decision(each, changer) for each in changes] + added(slices)


def _only_change(versions: Versions) -> Side | None:
    """Which side's file is the result as it is; None when both changed."""
    if _is_same(versions.ours, versions.theirs) or _is_same(versions.theirs, versions.base):
        return Side.OURS
    return Side.THEIRS if _is_same(versions.ours, versions.base) else None


def _is_same(one: Path, other: Path | None) -> bool:
    if other is None or not filecmp.cmp(one, other, shallow=False):
        return False
    mine, yours = ids_beside(one), ids_beside(other)
    if mine is None or yours is None:
        return mine is yours
    return mine.suffix == yours.suffix and filecmp.cmp(mine, yours, shallow=False)


def _adopt(versions: Versions, tables: Tables, side: Side, out: Path) -> list[Decision]:
    chosen, path = (tables.ours, versions.ours)
    if side is Side.THEIRS:
        chosen, path = (tables.theirs, versions.theirs)
    copies = [(path, out)]
    if ids := ids_beside(path):
        copies.insert(0, (ids, ids_path(out, chosen.ids_suffix)))
    with ExitStack() as stack:
        for source, target in copies:
            with source.open("rb") as content:
                shutil.copyfileobj(content, stack.enter_context(replacing(target)))
    if tables.base is None:
        return []
    return [_decision(each, side) for each in table_differences(tables.base, chosen)]


def _decision(change: Difference, side: Side) -> Decision:
    return Decision(change.table, change.key, change.action, side)
