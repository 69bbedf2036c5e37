"""Which memories are shown as one: the groups that links make, of memories as they read now."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Protocol, TypeVar

from waifusync.core.matching.fused import Fused, fuse
from waifusync.core.matching.links import Link, groups
from waifusync.memory.links import has_links, links_around, read_links
from waifusync.memory.memory_rows import MemoryRows, Row
from waifusync.memory.rows import LiveTable
from waifusync.values import replace


class Shown(Protocol):
    """What a reader is shown: a frozen dataclass. `duplicates` are the keys of those that it stands for."""

    __dataclass_fields__: ClassVar[dict[str, Any]]  # Any: as the standard library has it

    @property
    def key(self) -> str | None: ...
    @property
    def duplicates(self) -> tuple[str, ...]: ...


T = TypeVar("T", bound=Shown)


class Duplicates:
    """Reads links and the memories that they name; writes nothing."""

    def __init__(self, connection: sqlite3.Connection, table: LiveTable) -> None:
        self.rows = MemoryRows(connection, table)
        self._connection = connection
        self._has_links = has_links(connection)

    def links(self) -> list[Link]:
        """All of them."""
        return read_links(self._connection)

    def groups(self, among: Iterable[str] | None = None) -> list[list[Row]]:
        """Each group as rows; with `among`, at least those that one of these keys is in."""
        links = self.links() if among is None else links_around(self._connection, among)
        rows = self.rows.by_key({key for link in links for key in (link.first, link.second)})
        texts = {key: row.told.hash for key, row in rows.items()}
        return [[rows[key] for key in group] for group in groups(links, texts)]

    def fused(self, group: Iterable[Row]) -> Fused:
        """What a group is shown as."""
        return fuse(self.rows.member(row) for row in group)

    def first(self, look: Callable[[int], list[T]], limit: int) -> list[T]:
        """The first `limit` of what `look` finds (-1: all), of each group one, which names the others."""
        most = limit
        while True:
            found = look(most)
            shown = self._once(found) if self._has_links else found
            if limit < 0:
                return shown
            if len(shown) >= limit or len(found) < most:
                return shown[:limit]
            most *= 2

    def _once(self, found: Sequence[T]) -> list[T]:
        others: dict[str | None, tuple[str, ...]] = {}
        for group in self.groups(each.key for each in found if each.key is not None):
            members = self.fused(group).members
            others |= {key: tuple(each for each in members if each != key) for key in members}
        hidden: set[str | None] = set()
        shown: list[T] = []
        for each in found:
            if each.key not in hidden:
                alike = others.get(each.key, ())
                hidden.update(alike)
                shown.append(replace(each, duplicates=alike) if alike else each)
        return shown
