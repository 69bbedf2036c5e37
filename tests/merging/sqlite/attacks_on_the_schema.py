"""A schema that is not what it says: texts, names and pages exchanged, doubled and taken away."""

from __future__ import annotations

from tests.merging.sqlite.attacks_by_expressions import in_schema
from tests.merging.sqlite.attacks_by_objects import ENDLESS
from tests.merging.sqlite.hostile import schema_edit, sql

SCHEMAS = {
    "text that is no SQL": schema_edit(
        "UPDATE sqlite_master SET sql = 'CREATE nonsense' WHERE name = 'people'"
    ),
    "text of another statement": schema_edit(
        "UPDATE sqlite_master SET sql = 'DELETE FROM people' WHERE name = 'people'"
    ),
    "text of two statements": schema_edit(
        "UPDATE sqlite_master SET sql = sql || '; DROP TABLE settings' WHERE name = 'people'"
    ),
    "text that attaches": schema_edit(
        "UPDATE sqlite_master SET sql = 'ATTACH ''owned'' AS x' WHERE name = 'by_name'"
    ),
    "a table made of a query": schema_edit(
        f"UPDATE sqlite_master SET sql = 'CREATE TABLE people AS {ENDLESS}' WHERE name = 'people'"
    ),
    "a table of another name": schema_edit(
        "UPDATE sqlite_master SET sql = replace(sql, 'TABLE people', 'TABLE settings') WHERE name = 'people'"
    ),
    "names exchanged": schema_edit(
        "UPDATE sqlite_master SET name = 'x' WHERE name = 'people';"
        "UPDATE sqlite_master SET name = 'people' WHERE name = 'settings';"
        "UPDATE sqlite_master SET name = 'settings' WHERE name = 'x'"
    ),
    "roots exchanged": schema_edit(
        "UPDATE sqlite_master SET rootpage = 99 WHERE name = 'people';"
        "UPDATE sqlite_master SET rootpage = 2 WHERE name = 'settings';"
        "UPDATE sqlite_master SET rootpage = 3 WHERE name = 'people'"
    ),
    "two tables on one page": schema_edit(
        "INSERT INTO sqlite_master SELECT type, 'twin', 'twin', rootpage,"
        " replace(sql, 'TABLE people', 'TABLE twin') FROM sqlite_master WHERE name = 'people'"
    ),
    "a table on the page of the schema": schema_edit(
        "UPDATE sqlite_master SET rootpage = 1 WHERE name = 'people'"
    ),
    "a table on no page": schema_edit("UPDATE sqlite_master SET rootpage = 0 WHERE name = 'people'"),
    "a table on a page below none": schema_edit(
        "UPDATE sqlite_master SET rootpage = -7 WHERE name = 'people'"
    ),
    "everything twice": schema_edit("INSERT INTO sqlite_master SELECT * FROM sqlite_master"),
    "everything gone": schema_edit("DELETE FROM sqlite_master"),
    "nulls": schema_edit("UPDATE sqlite_master SET sql = NULL, tbl_name = NULL WHERE name = 'people'"),
    "blobs": schema_edit(
        "UPDATE sqlite_master SET sql = CAST(sql AS BLOB), name = x'ff' WHERE name = 'people'"
    ),
    "a name that is not UTF-8": schema_edit(
        "UPDATE sqlite_master SET name = CAST(x'ff' AS TEXT), tbl_name = CAST(x'ff' AS TEXT)"
        " WHERE name = 'people'"
    ),
    "columns exchanged": schema_edit(
        "UPDATE sqlite_master SET sql = 'CREATE TABLE people (id INTEGER PRIMARY KEY, mood TEXT, name TEXT)'"
        " WHERE name = 'people'"
    ),
    "keyed otherwise": schema_edit(
        "UPDATE sqlite_master SET sql = 'CREATE TABLE people"
        " (id TEXT PRIMARY KEY, name TEXT, mood TEXT) WITHOUT ROWID'"
        " WHERE name = 'people'"
    ),
    "an index that lies": schema_edit(
        "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = 'people')"
        " WHERE type = 'index'"
    ),
    "a sequence that is a view": schema_edit(
        "INSERT INTO sqlite_master VALUES ('view', 'sqlite_sequence', 'sqlite_sequence', 0,"
        f" 'CREATE VIEW sqlite_sequence AS {ENDLESS}')"
    ),
    "a sequence of other columns": schema_edit(
        "UPDATE sqlite_master SET sql = 'CREATE TABLE sqlite_sequence(seq, x)'"
        " WHERE name = 'sqlite_sequence'",
        first="CREATE TABLE a (i INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO a VALUES (5);",
    ),
    "a sequence that is text": sql(
        "CREATE TABLE a (i INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO a VALUES (5);"
        "UPDATE sqlite_sequence SET seq = 'x';"
        "INSERT INTO sqlite_sequence VALUES ('people', 9e99), (NULL, NULL);"
    ),
    "statistics that are noise": sql(
        "ANALYZE; UPDATE sqlite_stat1 SET stat = 'x ' || hex(randomblob(1000)), idx = 'evil', tbl = 'people';"
    ),
    "tables named like those of the merge": sql(
        "CREATE TABLE waifusync_work_0 (place, r0, m0, what, mask);"
        "CREATE TABLE waifusync_theirs_0 (k0, what, mask);"
        "INSERT INTO waifusync_theirs_0 VALUES (1, 3, ''), (2, 3, ''); CREATE TABLE waifusync_old_people (x);"
        "CREATE TABLE temp_people (x); CREATE TABLE main (x); CREATE TABLE ours (x); CREATE TABLE theirs (x);"
    ),
    "a hundred tables": sql("".join(f"CREATE TABLE t{n} (a, b UNIQUE);" for n in range(100))),
    "brackets without end": in_schema(f"CHECK ({'(' * 5000}1{')' * 5000})"),
    "a comment without end": schema_edit("UPDATE sqlite_master SET sql = sql || '/*' WHERE name = 'people'"),
}
