"""What the tables of a database are, told from the text of its schema alone.

SQLite's own list (PRAGMA table_list) opens every virtual table to count its columns, and FTS5 reads the list
of an index's parts when it is opened: noise in there makes it ask for gigabytes, or work for minutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import Enum

from waifusync.patterns import pattern

_BLANK = r"(?:\s|--[^\n]*\n|/\*.*?\*/)+"
_NAME = r"""(?:"(?:[^"]|"")*"|'(?:[^']|'')*'|`(?:[^`]|``)*`|\[[^\]]*\]|[\w$]+)"""
_VIRTUAL = pattern(f"CREATE{_BLANK}VIRTUAL\\b", re.IGNORECASE | re.DOTALL)
_MODULE = pattern(
    f"CREATE\\s+VIRTUAL\\s+TABLE\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?{_NAME}\\s*USING\\s+[\"'`\\[]?(\\w+)",
    re.IGNORECASE,
)
_MENTIONS_OPTIONS = pattern(r"\b(?:ROWID|STRICT)\b", re.IGNORECASE)
_OF_FTS4 = ("content", "docsize", "segdir", "segments", "stat")
_OF_RTREE = ("node", "parent", "rowid")
# What each module keeps its things in, behind the name of the table.
_PARTS = {
    "fts3": _OF_FTS4,
    "fts4": _OF_FTS4,
    "fts5": ("config", "content", "data", "docsize", "idx"),
    "rtree": _OF_RTREE,
    "rtree_i32": _OF_RTREE,
    "geopoly": _OF_RTREE,
}


class TableKind(Enum):
    """`BEHIND` is a table in which a virtual one keeps what it holds."""

    ORDINARY = "ordinary"
    VIRTUAL = "virtual"
    BEHIND = "behind"
    VIEW = "view"


def listing(schema: str = "main") -> str:
    """SQL for the rows that `table_kinds` takes; texts that could not be of a virtual table stay there."""
    text = "CASE WHEN sql LIKE 'CREATE TABLE%' OR type = 'view' THEN '' ELSE sql END"
    tables = f"{schema}.sqlite_master WHERE type IN ('table', 'view')"
    return f"SELECT type, name, {text} FROM {tables}"  # noqa: S608 - one of our names for a database


def table_kinds(rows: Iterable[tuple[str, str, object]]) -> dict[str, TableKind]:
    """By name. Of two of one name, which only a forged schema has, a virtual one counts."""
    found = list(rows)
    modules = {name.lower(): module_of(sql) for _, name, sql in found if is_virtual(sql)}
    return {name: _kind(kind, name, modules) for kind, name, _ in found}


def _kind(kind: str, name: str, modules: Mapping[str, str]) -> TableKind:
    if name.lower() in modules:
        return TableKind.VIRTUAL
    if kind == "view":
        return TableKind.VIEW
    owner, _, part = name.lower().rpartition("_")
    return TableKind.BEHIND if part in _PARTS.get(modules.get(owner, ""), ()) else TableKind.ORDINARY


def is_virtual(sql: object) -> bool:
    """A text that cannot be read could be anything, so it is."""
    return not isinstance(sql, str) or _VIRTUAL.match(sql) is not None


def module_of(sql: object) -> str:
    """In lower case; empty where the definition is not written as SQLite writes it."""
    found = _MODULE.match(sql) if isinstance(sql, str) else None
    return "" if found is None else str(found[1]).lower()


def tables_behind(name: str, sql: str) -> list[str]:
    """The tables that a virtual one may have."""
    return [f"{name}_{part}" for part in _PARTS.get(module_of(sql), ())]


def options_of(sql: str) -> frozenset[str]:
    """What stands behind the columns: `without rowid`, `strict`."""
    if _MENTIONS_OPTIONS.search(sql) is None:
        return frozenset()
    from waifusync.core.definitions import Unreadable, meaning, parse

    try:
        tail = meaning(parse(sql).tail)
    except Unreadable:
        return frozenset()
    return frozenset(" ".join(tail).split(" , "))
