"""A row of an array for a report: a vector by its length and a hash, for nobody reads 384 numbers."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from waifusync.core.moments import moment

if TYPE_CHECKING:
    from waifusync.merging.arrays.npy import Array
    from waifusync.merging.arrays.tables import Table

_TIMES = ("updated_at", "timestamp", "timestamps")


def shown_id(value: object) -> str:
    """As a decision's key."""
    return str(shown_scalar(value))


def shown_row(table: Table, row: int) -> dict[str, object]:
    """Column to value."""
    return {name: shown(column[row]) for name, column in table.columns.items()}


def shown(value: Array) -> object:
    """One number, text or time as it is; several by shape and hash."""
    if value.ndim == 0 and not value.dtype.names:
        return shown_scalar(value.item())
    digest = hashlib.sha256(value.tobytes()).hexdigest()[:16]
    return {"shape": list(value.shape), "type": value.dtype.base.name, "sha256": digest}


def content_of(value: Array) -> bytes:
    """Equal for equal values: a text is the same in a wide array and in a narrow one."""
    content: bytes = value.tobytes()
    return content.rstrip(b"\0") + b"\0" if value.dtype.kind in "US" and value.ndim == 0 else content


def shown_scalar(value: object) -> object:
    """As JSON can hold it."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return value if value is None or isinstance(value, str | int | float) else str(value)


def row_time(table: Table, row: int) -> float | None:
    """When the row was last written, if it says so."""
    columns = [table.columns[name] for name in _TIMES if name in table.columns]
    times = (_time(column[row]) for column in columns if column.ndim == 1)
    return next((time for time in times if time is not None), None)


def _time(value: Array) -> float | None:
    if value.dtype.kind == "M":
        return None if str(value) == "NaT" else float(value.astype("M8[us]").astype("i8")) / 1e6
    item = value.item()
    return moment(item.decode("ascii", "replace") if isinstance(item, bytes) else item)
