"""SQLite's session extension by way of apsw: a changeset made by comparing two databases, and its use."""

from __future__ import annotations

from pathlib import Path


def changeset_between(base: Path, changed: Path) -> bytes:
    """What leads from one to the other."""
    import apsw

    connection = apsw.Connection(str(changed))
    connection.execute("ATTACH ? AS base", (str(base),))
    session = apsw.Session(connection, "main")
    session.attach("memories")
    session.diff("base", "memories")
    made = session.changeset()
    session.close()
    connection.close()
    return bytes(made)


def apply_changeset(path: Path, changeset: bytes) -> None:
    """All or nothing; a conflict ends it, and in what the bench does there is none."""
    import apsw

    connection = apsw.Connection(str(path))
    with connection:
        apsw.Changeset.apply(changeset, connection)
    connection.close()
