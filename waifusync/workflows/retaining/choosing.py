"""How much of the past a small board keeps: this device's own choice, of which nothing travels.

What goes is history that the remote has just shown to have, the search index, and old memories out of the
live database, which stay in the log. No log and no file of the newest commit ever does, so neither the fold
nor the digest is touched, and nothing looks like a deletion.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from waifusync.errors import RefusedError, UsageError
from waifusync.memory.connection import NotADatabase, explained, open_foreign, used_bytes
from waifusync.repository.packs import stored_bytes
from waifusync.values import NamedTuple
from waifusync.workflows.companion import Companion
from waifusync.workflows.local_state import write_atomically

_FILE = "retention.json"
INDEX = ("search.db", "search.db-wal", "search.db-shm", "search.db-journal")


class Retention(NamedTuple):
    """What this device keeps; None: all. `applied`: when it was last put into effect, in ms since 1970."""

    days: int | None = None
    repository_bytes: int | None = None
    database_bytes: int | None = None
    applied: int | None = None

    @property
    def is_chosen(self) -> bool:
        return any(each is not None for each in self[:3])


class Sizes(NamedTuple):
    """What takes room, in bytes; `database` with what SQLite keeps beside it, `used` is what of it holds
    anything, `search` is the index."""

    repository: int
    database: int
    used: int
    search: int

    def over(self, chosen: Retention) -> list[str]:
        """Which limits are not kept."""
        limits = (
            ("repository", self.repository, chosen.repository_bytes),
            ("database", self.used, chosen.database_bytes),
        )
        return [name for name, size, limit in limits if limit is not None and size > limit]


def read_retention(directory: Path) -> Retention:
    """What was chosen here; nothing, where there is no file or a damaged one."""
    try:
        return Retention(**json.loads((directory / _FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Retention()


def write_retention(directory: Path, chosen: Retention) -> None:
    write_atomically(directory / _FILE, json.dumps(chosen._asdict(), indent=1) + "\n")


def forget_retention(directory: Path) -> bool:
    """False when nothing was chosen."""
    file = directory / _FILE
    was_there = file.exists()
    file.unlink(missing_ok=True)
    return was_there


def choose(
    companion: Companion, *, days: int | None, repository: int | None, database: int | None
) -> Retention:
    """Adds to what was chosen. Frees nothing yet. Raises UsageError."""
    if days is None and repository is None and database is None:
        raise UsageError("nothing was chosen", hint="name --days, --repository or --database")
    if days is not None and days < 1:
        raise UsageError(f"{days} days are too few", hint="the newest day always stays: --days 1 or more")
    known = read_retention(companion.git.state_directory)
    chosen = known._replace(
        days=known.days if days is None else days,
        repository_bytes=known.repository_bytes if repository is None else repository,
        database_bytes=known.database_bytes if database is None else database,
    )
    write_retention(companion.git.state_directory, chosen)
    return chosen


def choose_any_database(companion: Companion) -> None:
    """No limit of the live database any more; the others stand."""
    known = read_retention(companion.git.state_directory)
    write_retention(companion.git.state_directory, known._replace(database_bytes=None))


def sizes_of(companion: Companion) -> Sizes:
    """As the disk has it now."""
    index = (companion.git.state_directory / name for name in INDEX)
    return Sizes(
        stored_bytes(companion.git), database_bytes(companion), _used_bytes(companion), _total(index)
    )


def _used_bytes(companion: Companion) -> int:
    """The size of the file, where it cannot be asked."""
    try:
        connection = open_foreign(companion.live_path)
    except (NotADatabase, RefusedError):
        return database_bytes(companion)
    try:
        with explained(companion.live_path):
            return used_bytes(connection)
    finally:
        connection.close()


def read_shelved(companion: Companion) -> dict[str, int]:
    """How many rows of each table are in the log only; none of a database that cannot be read."""
    from waifusync.memory.standing import read_standing

    try:
        standing = read_standing(companion.live_path)
    except (NotADatabase, RefusedError):
        return {}
    return standing.shelved if standing else {}


def database_bytes(companion: Companion) -> int:
    """The live database and what SQLite keeps beside it."""
    live = companion.live_path
    return _total((live, live.with_name(live.name + "-wal")))


def _total(files: Iterable[Path]) -> int:
    return sum(each.stat().st_size for each in files if each.exists())
