"""Values read from a database: as parameters of a statement, and as a person reads them."""

from __future__ import annotations

from collections.abc import Sequence

from waifusync.core.values import RawText, Stored


def mark(value: object) -> str:
    """What stands for the value in SQL; Python would bind broken text as a BLOB, which equals no text."""
    return "CAST(? AS TEXT)" if isinstance(value, RawText) else "?"


def key_text(key: Sequence[Stored]) -> str:
    """How a row is named to a person."""
    return ", ".join(value.hex() if isinstance(value, bytes) else str(value) for value in key)
