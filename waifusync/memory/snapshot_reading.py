"""Reading a snapshot that anybody may have made: it is data, and nothing in it is trusted or executed.

Opened as a file that cannot change, so that nothing lying beside it is looked at; only real tables of exactly
our columns count as ours; sizes and counts are asked for before anything is read.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from waifusync.core.table_kinds import TableKind, listing, table_kinds
from waifusync.errors import RefusedError, UntrustedError
from waifusync.memory.connection import NotADatabase, explained, tolerant_text
from waifusync.memory.schema import read_shape
from waifusync.memory.snapshot_file import FORMAT, TABLES, tables_of, unpacked
from waifusync.memory.soundness import is_sound

MOST_FILES = 200_000
MOST_FILE_BYTES = 100 * 1024 * 1024
MOST_BYTES = 1 << 30
_LONGEST_PATH = 1024


class NewerSnapshot(RefusedError):
    """A newer waifusync wrote it: taking it for an edited one would lose what only that one knows."""


class DamagedSnapshot(UntrustedError):
    """A file that is no snapshot, and no SQLite database of the person's either."""


@contextlib.contextmanager
def open_snapshot(path: Path) -> Iterator[SnapshotReader]:
    """Raises DamagedSnapshot, also in the block, for a file that SQLite cannot read; NewerSnapshot."""
    try:
        with explained(path):
            connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
            try:
                for pragma in ("trusted_schema=OFF", "query_only=ON", "cell_size_check=ON", "mmap_size=0"):
                    connection.execute(f"PRAGMA {pragma}")
                connection.text_factory = tolerant_text
                yield SnapshotReader(connection)
            finally:
                connection.close()
    except NotADatabase as error:
        raise DamagedSnapshot(error.message.partition(": ")[2] or error.message) from error
    except (sqlite3.Error, OverflowError) as error:
        raise DamagedSnapshot(f"cannot be read ({error})") from error


def is_snapshot(path: Path) -> bool:
    """Whether a file is one that carries logs; never raises for what a file holds, or holds too new."""
    try:
        with open_snapshot(path) as opened:
            return opened.is_ours
    except NewerSnapshot:
        return True
    except UntrustedError:
        return False


class SnapshotReader:
    """One open file: what it carries, and what became of it since it was written."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.is_ours = self._has_our_tables()
        if self.is_ours:
            self._check_format()

    def _has_our_tables(self) -> bool:
        kinds = table_kinds(self.connection.execute(listing()))
        if not TABLES.keys() & kinds.keys():
            return False
        for name, columns in TABLES.items():
            if kinds.get(name) is not TableKind.ORDINARY:
                raise DamagedSnapshot(f"its {name} is no table")
            shape = read_shape(self.connection, name)
            if tuple(each.name for each in shape.columns) != columns or shape.generated:
                raise DamagedSnapshot(f"its {name} has other columns")
        return True

    def _check_format(self) -> None:
        row = self.connection.execute("SELECT value FROM waifusync_snapshot WHERE name = 'format'").fetchone()
        if row is None or not isinstance(row[0], int):
            raise DamagedSnapshot("it does not say its format")
        if row[0] > FORMAT:
            raise NewerSnapshot(
                f"shared_memory/memory.db has format {row[0]}, and this waifusync reads up to {FORMAT}",
                hint="upgrade waifusync on this device, then run the command again",
            )

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Every log and vector file, in order of path. Raises DamagedSnapshot; names are for the caller."""
        if not self.is_ours:
            return
        self._check_sizes()
        left = MOST_BYTES
        for path, content in self.connection.execute("SELECT path, content FROM waifusync_files ORDER BY 1"):
            try:
                data = unpacked(content, most_bytes=min(MOST_FILE_BYTES, left))
            except ValueError as error:
                raise DamagedSnapshot(f"{path} in it {error}") from None
            left -= len(data)
            yield path, data

    def _check_sizes(self) -> None:
        (count,) = self.connection.execute("SELECT count(*) FROM waifusync_files").fetchone()
        if count > MOST_FILES:
            raise DamagedSnapshot(f"it holds {count} files, more than {MOST_FILES}")
        odd = self.connection.execute(
            "SELECT 1 FROM waifusync_files WHERE typeof(path) <> 'text' OR typeof(content) <> 'blob'"
            " OR length(path) > ? OR length(content) > ? LIMIT 1",
            (_LONGEST_PATH, MOST_FILE_BYTES),
        ).fetchone()
        if odd is not None:
            raise DamagedSnapshot("one of the files in it is none")

    def noted(self) -> dict[str, object]:
        """What waifusync_snapshot says, by name."""
        return dict(self.connection.execute("SELECT name, value FROM waifusync_snapshot LIMIT 100000"))

    def edited_tables(self) -> list[str]:
        """Tables that do not hold what they did when waifusync wrote them, or that it did not write."""
        noted = self.noted() if self.is_ours else {}
        try:
            found = {f"table:{each.shape.name}": each.digest(each) for each in tables_of(self.connection)}
        except RefusedError as error:  # a table whose rows cannot be told apart
            raise DamagedSnapshot(error.message) from error
        gone = [name for name in noted if name.startswith("table:") and name not in found]
        changed = [name for name, digest in found.items() if noted.get(name) != digest]
        return [name.partition(":")[2] for name in (*changed, *gone)]

    def is_whole(self) -> bool:
        """A file cut short may open all the same, and show a part of its rows as if they were all."""
        return is_sound(self.connection)
