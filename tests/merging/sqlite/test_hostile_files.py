"""A theirs.db that is no file, no database, too large or not alone: refused, or merged as what lies in it."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.merging.sqlite import hostile
from tests.merging.sqlite.hostile import Outcome

ENDINGS = ["-wal", "-journal"]
HOT_JOURNAL = bytes.fromhex("d9d505f920a163d7") + b"\xff" * 600


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "files"
    made.mkdir()
    hostile.set_up(made, hostile.sql(""))
    return made


def _assert_refused(outcome: Outcome) -> None:
    told = hostile.told(outcome)
    assert outcome.is_refused, told
    assert outcome.are_inputs_untouched and outcome.left == set(), told
    assert outcome.said.startswith("error: "), told
    assert outcome.seconds < hostile.SECONDS
    assert outcome.mebibytes < hostile.MEBIBYTES


def _directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _link_to_nothing(path: Path) -> None:
    path.unlink()
    path.symlink_to("nothing")


def _link_to_itself(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def _endless(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _text(path: Path) -> None:
    path.write_text("CREATE TABLE people (id INTEGER PRIMARY KEY);\n")


def _encrypted(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(path.stat().st_size))


def _only_a_header(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def _noise_behind_the_header(path: Path) -> None:
    head = path.read_bytes()[:100]
    path.write_bytes(head + random.Random(1).randbytes(path.stat().st_size - 100))


NO_DATABASES = (
    *(_directory, _fifo, _link_to_nothing, _link_to_itself, _endless),
    *(_text, _encrypted, _only_a_header, _noise_behind_the_header),
)


@pytest.mark.parametrize("make", NO_DATABASES, ids=lambda make: make.__name__[1:])
def test_what_is_no_database_is_refused(make: Callable[[Path], None], folder: Path) -> None:
    """T25: and neither waited for nor read without end."""
    make(folder / "theirs.db")
    _assert_refused(hostile.merge(folder))


def test_a_link_is_read_as_the_database_that_it_leads_to(folder: Path) -> None:
    (folder / "theirs.db").rename(folder / "elsewhere.db")
    (folder / "theirs.db").symlink_to("elsewhere.db")
    outcome = hostile.merge(folder)
    assert outcome.code == 0 and outcome.rows is not None
    assert outcome.rows >= hostile.ADDED_BY_OURS | {("of theirs", "glad")}
    assert outcome.are_inputs_untouched


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_journal_planted_beside_theirs_is_refused_and_not_played(ending: str, folder: Path) -> None:
    """T2, T24: opened as a program opens it, the file would become what lies beside it."""
    beside = folder / f"theirs.db{ending}"
    beside.write_bytes(HOT_JOURNAL if ending == "-journal" else _log_that_deletes(folder))
    _assert_refused(hostile.merge(folder))


def test_a_journal_that_a_program_only_keeps_is_no_reason_to_refuse(folder: Path) -> None:
    """T2: with journal_mode=PERSIST it stays, and its header is zeros."""
    with closing(sqlite3.connect(folder / "theirs.db")) as connection, connection:
        connection.execute("PRAGMA journal_mode = PERSIST")
        connection.execute("UPDATE people SET mood = 'glad' WHERE id = 1")
    assert (folder / "theirs.db-journal").stat().st_size > 0
    outcome = hostile.merge(folder)
    assert outcome.code in (0, 1), hostile.told(outcome)
    assert outcome.rows is not None and outcome.rows >= hostile.ADDED_BY_OURS


def _log_that_deletes(folder: Path) -> bytes:
    """A write-ahead log that belongs to theirs.db, and in which all rows are gone."""
    copy = folder.parent / "copy.db"
    copy.write_bytes((folder / "theirs.db").read_bytes())
    with closing(sqlite3.connect(copy)) as connection:
        connection.executescript("PRAGMA journal_mode = WAL; BEGIN; DELETE FROM people; COMMIT;")
        return Path(f"{copy}-wal").read_bytes()


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name", ["theirs.db", ".out.db.merging"])
def test_a_journal_that_is_a_link_is_not_written_through(name: str, ending: str, folder: Path) -> None:
    """T25: what it leads to is nobody's to change."""
    elsewhere = folder.parent / "elsewhere"
    elsewhere.write_bytes(b"mine")
    (folder / f"{name}{ending}").symlink_to(elsewhere)
    outcome = hostile.merge(folder)
    assert outcome.code == 0 or outcome.is_refused, hostile.told(outcome)
    assert elsewhere.read_bytes() == b"mine"
    assert (folder / "ours.db").stat().st_size > 0


def test_a_cell_of_a_hundred_megabytes_is_merged_or_refused_in_bounded_memory(folder: Path) -> None:
    """T25: it is there, so it may be taken, but not many times at once."""
    with closing(sqlite3.connect(folder / "theirs.db")) as connection, connection:
        connection.execute("INSERT INTO people VALUES (300, zeroblob(100000000), 'large')")
    outcome = hostile.merge(folder)
    assert outcome.code == 0 or outcome.is_refused, hostile.told(outcome)
    assert outcome.are_inputs_untouched and outcome.left == set()
    assert outcome.rows is None or outcome.rows >= hostile.ADDED_BY_OURS
    assert outcome.mebibytes < 2 * hostile.MEBIBYTES
    assert outcome.seconds < 5 * hostile.SECONDS
