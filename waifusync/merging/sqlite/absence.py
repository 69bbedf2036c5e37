"""Rows that theirs seems to have deleted: believed of a table that is sound, since damage hides rows too.

Checked only then, where those rows would be if the files can be compared by pages; a check of the whole
table costs half as much as a copy of it. What damage changed looks like an edit.
"""

from __future__ import annotations

import sqlite3

from waifusync.core.sql_text import quote
from waifusync.merging.files import CannotMerge
from waifusync.merging.sqlite.changes import REMOVED
from waifusync.merging.sqlite.hints import Hints
from waifusync.merging.sqlite.plan import Joint, Kind


def refuse_absent_keys(joint: Joint) -> None:
    """Rows that a side keeps without the column by which they are now known. Raises CannotMerge."""
    if joint.kind is not Kind.COUNTED and any(None in field.names.values() for field in joint.key):
        raise CannotMerge(
            f"the rows of {joint.name} are known by a key that one side does not have",
            hint="change the table on both sides, commit that, and merge again",
        )


def refuse_false_absence(connection: sqlite3.Connection, joint: Joint, hints: Hints) -> None:
    """The list of what theirs changed must be there. Raises CannotMerge."""
    removed = f"SELECT k0 FROM {joint.changes('theirs')} WHERE what = {REMOVED}"
    if connection.execute(f"{removed} LIMIT 1").fetchone() is None:
        return
    if joint.kind is Kind.NUMBERED and hints.are_whole(
        joint.name, "theirs", (row for (row,) in connection.execute(removed))
    ):
        return
    connection.execute("PRAGMA ignore_check_constraints = ON")  # they are expressions of theirs
    # A row that is known by another key is looked up in an index, which only the longer check compares.
    check = "integrity_check" if joint.kind is Kind.NAMED else "quick_check"
    (found,) = connection.execute(f"PRAGMA theirs.{check}({quote(joint.name)})").fetchone()
    connection.execute("PRAGMA ignore_check_constraints = OFF")
    if found != "ok":
        raise CannotMerge(
            f"rows of {joint.name} are missing in theirs, which is damaged: they may not have been deleted",
            hint="theirs has to be repaired first: sqlite3 FILE .recover",
        )
