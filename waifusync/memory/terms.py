"""What the live database is given and what it answers: values that are known without loading how it works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from waifusync.values import dataclass, field

if TYPE_CHECKING:
    from waifusync.memory.encoding import VectorLookup
    from waifusync.memory.folding import EntryLookup


@dataclass(frozen=True, slots=True)
class Choices:
    """What the person chose about tables, from waifusync.toml; columns are named `table.column`."""

    exclude: tuple[str, ...] = ()
    vectors: Mapping[str, str] | None = None
    references: Mapping[str, str] | None = None
    atomic: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sources:
    """Where values are that the live database does not hold: the logs and the vector files."""

    entry: EntryLookup
    vector: VectorLookup


@dataclass(slots=True)
class Collected:
    """What one collection made: entries by kind, and by table."""

    added: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    deleted: dict[str, int] = field(default_factory=dict)
    entries: int = 0


@dataclass(slots=True)
class Compared:
    """By table: rows brought back from the log, and rows that will be collected."""

    restored: dict[str, int] = field(default_factory=dict)
    marked: dict[str, int] = field(default_factory=dict)
