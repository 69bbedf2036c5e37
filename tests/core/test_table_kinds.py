"""What a table is, told from the schema's text, is what SQLite says it is."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from waifusync.core.table_kinds import TableKind, listing, module_of, options_of, table_kinds

_TOLD = {"table": "ordinary", "virtual": "virtual", "shadow": "behind", "view": "view"}
_SCHEMAS = {
    "ordinary": "CREATE TABLE t (a); CREATE TEMP TABLE u (a); CREATE TABLE v AS SELECT 1 AS a;",
    "options": """CREATE TABLE a (k TEXT PRIMARY KEY) WITHOUT ROWID; CREATE TABLE b (k INT) STRICT;
        CREATE TABLE c (k INT PRIMARY KEY) strict, -- a comment)
            without /* another) */ rowid;
        CREATE TABLE d (k TEXT DEFAULT ') WITHOUT ROWID' CHECK (k <> 'STRICT'));
        CREATE TABLE "e WITHOUT ROWID" ("STRICT" INT);
        CREATE TABLE f ("rowid" TEXT, k INTEGER PRIMARY KEY);""",
    "autoincrement": "CREATE TABLE a (k INTEGER PRIMARY KEY AUTOINCREMENT);",
    "views": "CREATE TABLE t (a); CREATE VIEW t_content AS SELECT a FROM t;",
    "full text": """CREATE VIRTUAL TABLE found USING fts5 (a);
        CREATE VIRTUAL TABLE "Found more" USING "fts5" (a);
        CREATE VIRTUAL TABLE bare USING fts5 (a, content=''); CREATE TABLE found_other (a);
        CREATE TABLE other_content (a); CREATE TABLE found_more_data (a);""",
    "older full text": "CREATE VIRTUAL TABLE a USING fts3 (x); CREATE VIRTUAL TABLE b_c USING FTS4 (x);",
    "boxes": """CREATE VIRTUAL TABLE a USING rtree (i, x, y);
        CREATE VIRTUAL TABLE b USING rtree_i32 (i, x, y);""",
    "a name that lies": """CREATE VIRTUAL TABLE "x USING rtree" USING fts5 (a);
        CREATE TABLE "CREATE VIRTUAL" (a);""",
}


@pytest.mark.parametrize("schema", _SCHEMAS)
def test_what_a_table_is_agrees_with_sqlites_own_list(schema: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(_SCHEMAS[schema])
        told = {name: kind.value for name, kind in table_kinds(connection.execute(listing())).items()}
        definitions = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
        rows = connection.execute(
            "SELECT name, type, wr, strict FROM pragma_table_list WHERE schema = 'main'"
        )
        listed = {row[0]: row[1:] for row in rows if row[0] != "sqlite_schema"}
    assert told == {name: _TOLD[kind] for name, (kind, _, _) in listed.items()}
    for name, (kind, without_rowid, strict) in listed.items():
        if kind == "table":
            options = options_of(definitions[name])
            assert ("without rowid" in options, "strict" in options) == (bool(without_rowid), bool(strict)), (
                name
            )


@pytest.mark.parametrize("between", ["/* */", "--\n", "\n", "\t/*\n*/ -- x\n "])
def test_a_virtual_table_is_one_however_its_definition_is_forged(between: str) -> None:
    """T24: what is taken for ordinary would be read, and reading opens it."""
    forged = f"create{between}virtual{between}table people{between}using fts5 (x)"
    rows = [("table", "people", forged), ("table", "People", ""), ("table", "x", b"CREATE \xff")]
    assert set(table_kinds(rows).values()) == {TableKind.VIRTUAL}


def test_the_name_of_a_table_is_not_taken_for_its_module() -> None:
    assert module_of('CREATE VIRTUAL TABLE "a USING fts5 " USING evil (b)') == "evil"
