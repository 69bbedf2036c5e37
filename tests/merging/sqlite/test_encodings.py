"""Text that is not UTF-8 has no form in a UTF-16 file: it is not turned into something else on the way."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.merging.sqlite.reading import contents
from waifusync.merging.files import CannotMerge, Versions
from waifusync.merging.sqlite import merge

BROKEN = "INSERT INTO notes VALUES (2, CAST(x'ff41' AS TEXT))"
WHOLE = "INSERT INTO notes VALUES (3, 'whole')"


def _write(path: Path, encoding: str, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"PRAGMA encoding = '{encoding}'")
        connection.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)")
        for statement in statements:
            connection.execute(statement)
    return path


@pytest.fixture
def versions(tmp_path: Path) -> Versions:
    """Ours is UTF-16; theirs has a text that UTF-16 cannot say."""
    base = _write(tmp_path / "base.db", "UTF-8")
    ours = _write(tmp_path / "ours.db", "UTF-16le", WHOLE)
    return Versions(base, ours, _write(tmp_path / "theirs.db", "UTF-8", BROKEN))


def test_broken_text_is_not_written_into_a_file_of_another_encoding(versions: Versions) -> None:
    with pytest.raises(CannotMerge, match="notes holds broken text"):
        merge(versions, versions.ours.with_name("out.db"))
    assert {path.suffix for path in versions.ours.parent.iterdir()} == {".db"}


def test_broken_text_stays_in_a_file_that_has_it(versions: Versions) -> None:
    out = versions.ours.with_name("out.db")
    merge(versions._replace(ours=versions.theirs, theirs=versions.ours), out)
    assert contents(out) == {"notes": [{"text": "whole"}, {"text": {"text": "ff41"}}]}
