"""Values read from a database, as parameters of a statement: text that is not UTF-8 is told apart."""

from __future__ import annotations

from waifusync.core.values import RawText


def mark(value: object) -> str:
    """What stands for the value in SQL; Python would bind broken text as a BLOB, which equals no text."""
    return "CAST(? AS TEXT)" if isinstance(value, RawText) else "?"
