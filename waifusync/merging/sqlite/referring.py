"""Which columns hold the row numbers of which table: declared references, through chains of keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from waifusync.merging.sqlite.shape import Table


class References:
    """Which columns hold row numbers of which table, through chains of keys."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = tables
        self._by_lower = {name.lower(): name for name in tables}

    def parent_of(
        self, table: str, column: str, visited: frozenset[tuple[str, str]] = frozenset()
    ) -> str | None:
        """The table at the end of the chain; None for a column with a value of its own."""
        if (table, column.lower()) in visited:
            return None
        for parent, target in self._targets(table, column):
            further = self.parent_of(parent, target, visited | {(table, column.lower())})
            if further is not None:
                return further
            alias = self._tables[parent].alias
            if alias is not None and alias.lower() == target.lower():
                return parent
        return None

    def _targets(self, table: str, column: str) -> Iterator[tuple[str, str]]:
        for reference in self._tables[table].references:
            parent = self._by_lower.get(reference.parent.lower())
            if parent is None:
                continue
            targets = reference.parent_columns or self._tables[parent].key
            for own, target in zip(reference.columns, targets):
                if own.lower() == column.lower():
                    yield parent, target


def referring_columns(tables: Mapping[str, Table], parent: str) -> list[tuple[str, str]]:
    """Table and column of everything that holds the parent's row numbers."""
    references = References(tables)
    return [
        (name, column.name)
        for name, table in tables.items()
        for column in table.columns
        if references.parent_of(name, column.name) == parent
    ]
