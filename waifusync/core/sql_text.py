"""Names and constants as SQL text, for whoever puts statements together. Pure, and cheap to import."""

from __future__ import annotations

import re

_LITERAL = r"[-+]?\d+(\.\d*)?([eE][-+]?\d+)?|[xX]?'([^']|'')*'|NULL|TRUE|FALSE"


def quote(name: str) -> str:
    """A name as SQL; a NUL cannot be quoted and is refused."""
    if "\0" in name or not name:
        raise ValueError("a name that SQL cannot hold")
    return '"' + name.replace('"', '""') + '"'


def is_literal(default: str | None) -> bool:
    """Whether a default is a constant, which can be compared, and added to a table that has rows."""
    return default is not None and bool(re.fullmatch(_LITERAL, default, re.IGNORECASE))
