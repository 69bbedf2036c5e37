"""Opening three databases for a merge: a copy of ours to work on, and all three to read, none trusted.

Nothing of a file is executed: its triggers are put aside before the first row is written, its views, virtual
tables and generated columns are never read, and no function is allowed in its schema that could do harm.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from waifusync.core.values import RawText
from waifusync.merging.files import CannotMerge, Versions, is_hot
from waifusync.merging.sqlite.bounds import bound
from waifusync.values import NamedTuple

MAGIC = b"SQLite format 3\0"
_HEADER_SIZE = 100
_CHUNK = 1 << 20
_ENCODINGS = {1: "UTF-8", 2: "UTF-16le", 3: "UTF-16be"}


class Header(NamedTuple):
    """What the first hundred bytes tell."""

    page_size: int
    journal: bytes  # two bytes: 1, 1 for a rollback journal and 2, 2 for WAL
    encoding: str


def read_header(path: Path) -> Header:
    """Raises CannotMerge for what is no SQLite database, or an encrypted one."""
    with path.open("rb") as file:
        head = file.read(_HEADER_SIZE)
    if len(head) < _HEADER_SIZE or not head.startswith(MAGIC):
        raise CannotMerge(f"{path} is not an SQLite database, or it is encrypted or cut short")
    size = int.from_bytes(head[16:18], "big")
    return Header(65536 if size == 1 else size, head[18:20], _ENCODINGS.get(head[59] or 1, "UTF-8"))


def are_alike(one: Path, other: Path) -> bool:
    """Whether what is made out of the one could stand for what is made out of the other."""
    first, second = read_header(one), read_header(other)
    return (first.page_size, first.encoding) == (second.page_size, second.encoding)


def refuse_hot(path: Path) -> None:
    """What lies in a -wal or a journal beside the file is not in the file: raises CannotMerge."""
    for ending in ("-wal", "-journal"):
        beside = path.with_name(path.name + ending)
        if is_hot(beside):
            raise CannotMerge(
                f"{beside} is not empty: a program has the database open, or left it unfinished",
                hint="close the program, or open the file once with sqlite3 and close it; then try again",
            )


def connect_to_read(path: Path) -> sqlite3.Connection:
    """The file alone, as it lies there."""
    read_header(path)
    refuse_hot(path)
    return _harmless(sqlite3.connect(_uri(path), uri=True, isolation_level=None), [path])


@contextlib.contextmanager
def side_by_side(one: Path, other: Path) -> Iterator[sqlite3.Connection]:
    """Two files to compare, as `base` and `theirs`."""
    import tempfile

    connection = _harmless(sqlite3.connect(":memory:", uri=True, isolation_level=None), [one, other])
    with contextlib.ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        stack.callback(connection.close)
        connection.execute(f"PRAGMA encoding='{read_header(one).encoding}'")
        connection.execute("CREATE TABLE encoded (once)")  # from here on the encoding stands
        for name, path in (("base", one), ("theirs", other)):
            refuse_hot(path)
            alike = _alike(path, read_header(one), Path(folder) / "copy", stack)
            connection.execute(f"ATTACH ? AS {name}", [_uri(alike)])
        yield connection


@contextlib.contextmanager
def workbench(versions: Versions, target: Path, *, like: Path | None = None) -> Iterator[sqlite3.Connection]:
    """`main` is a copy of ours at `target`; `base`, `ours` and `theirs` are beside it, to be read.

    Without a base, `base` is an empty database. Raises CannotMerge for a damaged file.
    """
    header = read_header(versions.ours)
    with contextlib.ExitStack() as stack:
        attached = {"ours": versions.ours, "theirs": _alike(versions.theirs, header, target, stack)}
        if versions.base is not None:
            attached["base"] = _alike(versions.base, header, target, stack)
        files = [versions.ours, versions.theirs, *([versions.base] if versions.base else [])]
        for path in files:
            refuse_hot(path)
        _copy(versions.ours, target)
        _write_journal_mode(target, b"\1\1")
        connection = _harmless(sqlite3.connect(target, isolation_level=None, uri=True), files)
        stack.callback(connection.close)
        for name in ("base", "ours", "theirs"):
            connection.execute(f"ATTACH ? AS {name}", [_uri(attached[name]) if name in attached else ""])
        for pragma in (
            "journal_mode=MEMORY",
            "synchronous=OFF",
            "temp_store=MEMORY",
            "locking_mode=EXCLUSIVE",
        ):
            connection.execute(f"PRAGMA main.{pragma}")
        for name in attached:
            _refuse_broken_schema(connection, name)
        yield connection
        connection.close()
        _write_journal_mode(target, header.journal)


def keep_journal_mode(made: Path, ours: Path) -> None:
    """A result that was made out of another file has the kind of journal that ours has."""
    _write_journal_mode(made, read_header(ours).journal)


@contextlib.contextmanager
def copied(path: Path, copy: Path, *, like: Path, beside: Path) -> Iterator[sqlite3.Connection]:
    """`main` is a copy of `path` to be changed, in the text encoding of `like`; `standing` is `beside`.

    All is one transaction. How the file keeps its journal is in the end as it was.
    """
    header = read_header(path)
    refuse_hot(path)
    with contextlib.ExitStack() as stack:
        _copy(_alike(path, read_header(like), copy, stack), copy)
        _write_journal_mode(copy, b"\1\1")
        connection = _harmless(sqlite3.connect(copy, isolation_level=None, uri=True), [path])
        stack.callback(connection.close)
        connection.execute("ATTACH ? AS standing", [str(beside)])
        for schema in ("main", "standing"):
            connection.execute(f"PRAGMA {schema}.journal_mode=MEMORY")
            connection.execute(f"PRAGMA {schema}.synchronous=OFF")
        _refuse_broken_schema(connection, "main")
        connection.execute("BEGIN")
        yield connection
        connection.execute("COMMIT")
    _write_journal_mode(copy, header.journal)


def remove(path: Path) -> None:
    """With what SQLite may have put beside it."""
    for ending in ("", "-journal", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _refuse_broken_schema(connection: sqlite3.Connection, schema: str) -> None:
    """Names and definitions are read as text everywhere. Raises CannotMerge for what is none."""
    for values in connection.execute(f"SELECT type, name, tbl_name, sql FROM {schema}.sqlite_master"):
        if not all(isinstance(value, str) for value in values[:3]) or isinstance(values[3], bytes):
            raise CannotMerge(f"the schema of {schema} is damaged: what stands in it is no text")


def _harmless(connection: sqlite3.Connection, files: list[Path]) -> sqlite3.Connection:
    """`files` are what will be read: they say how much work is honest."""
    bound(connection, files)
    connection.text_factory = _any_text
    for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "foreign_keys=OFF", "recursive_triggers=OFF"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _any_text(data: bytes) -> str | RawText:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return RawText(data)


def _uri(path: Path) -> str:
    # Immutable: no lock, no -wal planted beside the file, no journal rolled back.
    return f"{path.absolute().as_uri()}?mode=ro&immutable=1"


def _write_journal_mode(path: Path, mode: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(18)
        file.write(mode)


def _alike(path: Path, header: Header, target: Path, stack: contextlib.ExitStack) -> Path:
    """The file itself, or a copy in the text encoding of ours."""
    from waifusync.merging.sqlite.recoding import recode

    if read_header(path).encoding == header.encoding:
        return path
    copy = target.with_name(f"{target.name}.{path.name}.recoded")
    stack.callback(lambda: copy.unlink(missing_ok=True))
    copy.unlink(missing_ok=True)
    with (
        contextlib.closing(connect_to_read(path)) as source,
        contextlib.closing(_harmless(sqlite3.connect(copy), [path])) as made,
    ):
        made.execute(f"PRAGMA encoding='{header.encoding}'")
        recode(source, made)
        made.commit()
    return copy


def _copy(path: Path, target: Path) -> None:
    """Into a new file: what a stranger put under that name, a link perhaps, is not written through."""
    target.unlink(missing_ok=True)
    with path.open("rb") as source, target.open("xb") as made:
        while chunk := source.read(_CHUNK):
            made.write(chunk)


def put_in_place(made: Path, out: Path) -> None:
    """On the disk first, then under its name: a crash leaves what was there."""
    with made.open("rb") as file:
        os.fsync(file.fileno())
    if out.exists():
        made.chmod(out.stat().st_mode & 0o777)
    made.replace(out)
