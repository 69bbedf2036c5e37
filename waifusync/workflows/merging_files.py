"""Merging and comparing files that a person, or git, hands over; no companion is needed.

A database that a program has open is refused: what it wrote last is in a file beside, which a merge of the
database alone would lose, and replacing the file under it would lose everything it writes from then on.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from types import MappingProxyType

from waifusync.core.three_way import Action, Difference, Side, Strategy
from waifusync.errors import RefusedError
from waifusync.merging.files import Merged, Versions, is_hot
from waifusync.merging.kinds import KINDS, SQLITE, Kind, kind_by_name, kind_of

_JOURNALS = ("-wal", "-journal")
_GITS_LOOK = 8000


class InUse(RefusedError):
    """A program has the database open, or died with it open. `facts["path"]` is the file beside it."""


def merge_file(
    base: Path | None,
    ours: Path,
    theirs: Path,
    out: Path,
    *,
    strategy: Strategy,
    tables: Mapping[str, Strategy] = MappingProxyType({}),
    name: str = "",
) -> Merged:
    """Writes `out`, which may be `ours`, whole or not at all. `name` says what kind of file it is.

    `tables` are the strategies of single tables ("table") and fields ("table.column") of a database.
    Raises CannotMerge, InUse.
    """
    versions = Versions.of(base, ours, theirs)
    if not out.parent.is_dir():
        raise RefusedError(f"{out.parent} is no folder", hint="make it, or choose another place")
    kind = kind_of((ours, theirs), name=name or _telling(ours, theirs, out))
    if kind is SQLITE:
        from waifusync.merging import sqlite

        refuse_in_use((*((base,) if base else ()), ours, theirs, out))
        return sqlite.merge(versions, out, strategy, tables=tables)
    return kind.load().merge(versions, out, strategy)


def differences(one: Path, other: Path) -> Iterator[Difference]:
    """What `other` has otherwise than `one`; an empty file, or /dev/null, holds nothing."""
    for path in (one, other):
        if not path.exists():
            raise RefusedError(f"{path} is not there")
    kind = kind_of((one, other), name=_telling(one, other))
    with _nothing(kind) as nothing:
        one, other = (path if path.is_file() and path.stat().st_size else nothing for path in (one, other))
        yield from kind.load().differences(one, other)


def contents(file: Path) -> Iterator[Difference]:
    """All that a file holds, as what it has otherwise than nothing. Raises CannotMerge."""
    return differences(Path(os.devnull), file)


@contextmanager
def _nothing(kind: Kind) -> Iterator[Path]:
    """An empty file of this kind."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="waifusync-") as folder:
        file = Path(folder, "nothing" + kind.suffixes[0])
        if kind is SQLITE:
            _make_database(file)
        else:
            file.write_bytes(kind.nothing)
        yield file


def _make_database(file: Path) -> None:
    """A header and no table: SQLite itself writes nothing before it has to."""
    import sqlite3

    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 0")


def is_text(file: Path) -> bool:
    """As git itself tells: no zero byte among the first 8,000."""
    with file.open("rb") as opened:
        beginning = opened.read(_GITS_LOOK)
    return b"\0" not in beginning and beginning != b""


def refuse_in_use(databases: Iterable[Path]) -> None:
    """Raises InUse for a database with rows in a journal beside it."""
    for database in databases:
        for ending in _JOURNALS:
            beside = database.with_name(database.name + ending)
            if is_hot(beside):
                raise InUse(
                    f"{database} is open in a program: {beside.name} holds what it wrote last",
                    hint="close the program, or take a copy with: waifusync export --database",
                    path=str(beside),
                )


def _telling(*files: Path) -> str:
    """The first name that says what kind of file it is; "" when none does."""
    return next((file.name for file in files if kind_by_name(file.name)), "")


def taken_from_theirs(merged: Merged) -> tuple[int, tuple[str, str]]:
    """How many rows (or vectors, or parts) theirs made otherwise, and what one and many are called."""
    places = {
        (each.table, each.key)
        for each in merged.decisions
        if each.side is Side.THEIRS and each.key is not None and each.action is not Action.KEEP
    }
    units = {kind.name: kind.unit for kind in KINDS}
    return len(places), units.get(merged.kind, ("row", "rows"))
