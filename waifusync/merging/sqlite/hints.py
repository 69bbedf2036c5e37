"""Where to look for what a side changed: by pages where the files allow it, everywhere where they do not."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

from waifusync.merging.sqlite.joining import SIDES, Schema
from waifusync.merging.sqlite.pages import File, Near, Pages, Unsure, different_pages

_NOTHING = Near([], [])
_SMALL = 1 << 18  # a file of fewer bytes is compared faster than it is read by pages


class Hints:
    """For one merge; `stack` closes the files."""

    def __init__(self, connection: sqlite3.Connection, schema: Schema, stack: ExitStack) -> None:
        self._connection = connection
        self._schema = schema
        self._root: dict[str, dict[str, int]] = {side: self._read_roots(side) for side in SIDES}
        files = {name: file for _, name, file in connection.execute("PRAGMA database_list")}
        self._pages: dict[str, Pages] = {}
        if files.get("base") and Path(files["base"]).stat().st_size >= _SMALL:
            with suppress(Unsure, IndexError, ValueError, struct.error):
                self._open(files, stack)

    def _open(self, files: dict[str, str], stack: ExitStack) -> None:
        opened = {side: File(Path(files[side]), stack) for side in SIDES}
        base, *sides = opened.values()
        for side, changed in zip(("ours", "theirs"), different_pages(base, sides)):
            pages = Pages(base, opened[side], changed)
            if pages.covers(self._roots("base"), self._roots(side)):
                self._pages[side] = pages

    def _roots(self, side: str) -> list[int]:
        return [
            root
            for (root,) in self._connection.execute(
                f"SELECT rootpage FROM {side}.sqlite_master WHERE rootpage"
            )
        ]

    def of(self, table: str, side: str) -> Near | None:
        """The rows to compare; None for all of them."""
        pages, roots = self._pages.get(side), [self._root[each].get(table, 0) for each in ("base", side)]
        if pages is None or not all(roots) or not self._is_alike(table, side):
            return None
        try:
            if pages.is_untouched(*roots):
                return _NOTHING
            return None if self._schema.tables["base"][table].is_without_rowid else pages.near(*roots)
        except (Unsure, IndexError, struct.error):
            return None

    def untouched(self, table: str, near: Mapping[str, Near | None]) -> frozenset[str]:
        """Sides that changed no row, and ours where it has no such table."""
        found = {side for side, each in near.items() if each is not None and not (each.there or each.before)}
        return frozenset(found if table in self._schema.tables["ours"] else {*found, "ours"})

    def are_whole(self, table: str, side: str, rows: Iterable[int]) -> bool | None:
        """Whether the pages where these rows would be are sound; None where the files do not tell."""
        pages, root = self._pages.get(side), self._root[side].get(table, 0)
        if pages is None or not root or self._schema.tables[side][table].is_without_rowid:
            return None
        try:
            return pages.are_whole(root, rows)
        except (Unsure, IndexError, struct.error):
            return None

    def _read_roots(self, side: str) -> dict[str, int]:
        rows = self._connection.execute(
            f"SELECT name, rootpage FROM {side}.sqlite_master WHERE type = 'table'"
        )
        return {name: int(root or 0) for name, root in rows}

    def _is_alike(self, table: str, side: str) -> bool:
        """Whether the bytes of a row mean the same: one definition in base, on the side and in the result."""
        tables = [self._schema.tables[each].get(table) for each in ("base", side, "main")]
        return len({each.sql for each in tables if each}) == 1 and None not in tables
