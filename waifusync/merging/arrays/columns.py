"""Which arrays of an archive follow its ids: an archive does not say, so the versions are asked together.

An array as long as the ids follows them. One that is so by chance (a mean, as long as a vector) gives itself
away by keeping its length in a version that has more ids or fewer.
"""

from __future__ import annotations

from waifusync.merging.arrays.deciding import Versions
from waifusync.merging.arrays.tables import Form, Table
from waifusync.merging.files import CannotMerge
from waifusync.values import replace


def with_columns_agreed(versions: Versions) -> Versions:
    """With arrays that follow the ids by chance made fields. Raises CannotMerge where nobody could tell."""
    archives = [version for version in versions if version and version.form is Form.ARCHIVE]
    if len(archives) < len([version for version in versions if version]):
        return versions
    in_doubt = {name for each in archives for name in each.columns if _is_field(name, archives)}
    for name in sorted({name for each in archives for name in each.columns} - in_doubt):
        if all(_could_follow_dimensions(each, name) for each in archives):
            raise CannotMerge(
                f"{name!r} is as long as the ids and as long as a vector, and may follow either"
            )
    base, ours, theirs = versions
    agreed = base and _as_fields(base, in_doubt)
    return Versions(agreed, _as_fields(ours, in_doubt), _as_fields(theirs, in_doubt))


def _is_field(name: str, archives: list[Table]) -> bool:
    fields = [each.fields[name] for each in archives if name in each.fields]
    columns = [each.columns[name] for each in archives if name in each.columns]
    if fields and len({array.shape for array in fields + columns}) > 1:
        raise CannotMerge(f"{name!r} follows the ids in one version, and has another length in another")
    return bool(fields)


def _as_fields(table: Table, names: set[str]) -> Table:
    columns = {name: array for name, array in table.columns.items() if name not in names}
    moved = {name: array for name, array in table.columns.items() if name in names}
    return replace(table, columns=columns, fields=table.fields | moved)


def _could_follow_dimensions(table: Table, name: str) -> bool:
    column = table.columns.get(name)
    if column is None or column.ndim != 1 or column.dtype.kind != "f" or "time" in name:
        return False
    others = table.columns.values()
    return any(each.shape[1:] == column.shape and each.dtype == column.dtype for each in others)
