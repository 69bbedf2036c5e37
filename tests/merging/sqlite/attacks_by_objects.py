"""Triggers, views and virtual tables that lie in wait."""

from __future__ import annotations

from tests.merging.sqlite.hostile import schema_edit, sql

BOMB = "hex(zeroblob(400000000))"
ENDLESS = "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
# What FTS5 reads first of an index: how many parts it has. 2**26 would be 800 megabytes, and 2**31 - 1 is
# more than SQLite ever asks for.
MANY_PARTS, TOO_MANY_PARTS = "x'0000000001010000A0808000'", "x'000000000101000087FFFFFF7F'"
_DELETE_ALL = "DELETE FROM people; DELETE FROM settings;"

TRIGGERS = {
    "after insert": sql(f"CREATE TRIGGER t AFTER INSERT ON people BEGIN {_DELETE_ALL} END;"),
    "before update": sql(f"CREATE TRIGGER t BEFORE UPDATE ON people BEGIN {_DELETE_ALL} END;"),
    "after delete": sql(
        f"DELETE FROM people WHERE id = 9; CREATE TRIGGER t AFTER DELETE ON people BEGIN {_DELETE_ALL} END;"
    ),
    "instead of": sql(
        "CREATE VIEW v AS SELECT * FROM people;"
        f"CREATE TRIGGER t INSTEAD OF INSERT ON v BEGIN {_DELETE_ALL} END;"
    ),
    "aborting": sql("CREATE TRIGGER t BEFORE INSERT ON people BEGIN SELECT raise(ABORT, 'no'); END;"),
    "loading code": sql("CREATE TRIGGER t AFTER INSERT ON people BEGIN SELECT load_extension('evil'); END;"),
    "writing a file": sql(
        "CREATE TRIGGER t AFTER INSERT ON people BEGIN SELECT writefile('owned', 'x'); END;"
    ),
    "endless": sql(f"CREATE TRIGGER t AFTER INSERT ON people BEGIN {ENDLESS}; END;"),
    "on another table than it says": schema_edit(
        "UPDATE sqlite_master SET tbl_name = 'settings' WHERE type = 'trigger'",
        first=f"CREATE TRIGGER t AFTER INSERT ON people BEGIN {_DELETE_ALL} END;",
    ),
    "on the tables behind a full-text table": sql(
        "CREATE VIRTUAL TABLE found USING fts5 (text); INSERT INTO found VALUES ('x');"
        + "".join(
            f"CREATE TRIGGER {what}_{table} AFTER {what} ON found_{table} BEGIN {_DELETE_ALL} END;"
            for table in ("data", "idx", "content", "docsize")
            for what in ("INSERT", "UPDATE", "DELETE")
        )
    ),
    "on the schema": schema_edit(
        "INSERT INTO sqlite_master VALUES ('trigger', 't', 'sqlite_master', 0,"
        f" 'CREATE TRIGGER t AFTER INSERT ON sqlite_master BEGIN {_DELETE_ALL} END')"
    ),
}

VIEWS = {
    "in place of a table": sql(
        "DROP TABLE people; CREATE VIEW people AS SELECT 1 AS id, 'x' AS name, 'y' AS mood;"
    ),
    "endless, in place of a table": sql(f"DROP TABLE settings; CREATE VIEW settings AS {ENDLESS};"),
    "of itself": sql("CREATE VIEW a AS SELECT * FROM b; CREATE VIEW b AS SELECT * FROM a;"),
    "of a bomb": sql(f"CREATE VIEW v AS SELECT {BOMB} AS big, load_extension('evil');"),
}

VIRTUAL = {
    "unknown module": schema_edit(
        "INSERT INTO sqlite_master VALUES ('table', 'v', 'v', 0, 'CREATE VIRTUAL TABLE v USING evil (a, b)')"
    ),
    "pages of the file": schema_edit(
        "INSERT INTO sqlite_master"
        " VALUES ('table', 'v', 'v', 0, 'CREATE VIRTUAL TABLE v USING sqlite_dbpage')"
    ),
    "statistics of the file": schema_edit(
        "INSERT INTO sqlite_master VALUES ('table', 'v', 'v', 0, 'CREATE VIRTUAL TABLE v USING dbstat')"
    ),
    "text of an endless view": sql(
        f"CREATE VIEW v AS {ENDLESS.replace('count(*)', 'i AS rowid, i AS text')};"
        "CREATE VIRTUAL TABLE found USING fts5 (text, content = 'v');"
    ),
    "text of a view of a bomb": sql(
        f"CREATE VIEW v AS SELECT 1 AS rowid, {BOMB} AS text;"
        'CREATE VIRTUAL TABLE found USING fts5 (text, content = "v");'
    ),
    "old text of an endless view": sql(
        f"CREATE VIEW v AS {ENDLESS.replace('count(*)', 'i AS docid, i AS text')};"
        "CREATE VIRTUAL TABLE found USING fts4 (text, content=[v]);"
    ),
    "text of the schema": sql("CREATE VIRTUAL TABLE found USING fts5 (sql, content = 'sqlite_master');"),
    "text of itself": sql("CREATE VIRTUAL TABLE found USING fts5 (text, content = 'found');"),
    "unknown tokenizer": schema_edit(
        "UPDATE sqlite_master SET sql = replace(sql, ')', ', tokenize = ''evil /etc/passwd'')')"
        " WHERE sql LIKE 'CREATE VIRTUAL%'",
        first="CREATE VIRTUAL TABLE found USING fts5 (text);",
    ),
    "behind the name of a table of ours": schema_edit(
        "INSERT INTO sqlite_master"
        " VALUES ('table', 'p', 'p', 0, 'CREATE VIRTUAL TABLE people USING fts5 (x)')"
    ),
    "a full-text table whose text was taken away": sql(
        "CREATE VIRTUAL TABLE found USING fts5 (text); INSERT INTO found VALUES ('x');"
        "PRAGMA writable_schema = ON; DELETE FROM sqlite_master WHERE name = 'found_content';"
    ),
    "a full-text table whose index is noise": sql(
        "CREATE VIRTUAL TABLE found USING fts5 (text); INSERT INTO found VALUES ('x');"
        "UPDATE found_data SET block = randomblob(100); UPDATE found_config SET v = 99;"
    ),
    "a full-text table whose index asks for gigabytes": sql(
        "CREATE VIRTUAL TABLE found USING fts5 (text); INSERT INTO found VALUES ('x');"
        f"UPDATE found_data SET block = {MANY_PARTS} WHERE id = 10;"
    ),
    "boxes that are noise": sql(
        "CREATE VIRTUAL TABLE boxes USING rtree (id, low, high); INSERT INTO boxes VALUES (1, 0, 1);"
        "UPDATE boxes_node SET data = randomblob(1000);"
    ),
    "commands for a full-text table": sql(
        "CREATE VIRTUAL TABLE found USING fts5 (text); INSERT INTO found VALUES ('x');"
        "UPDATE found_content SET c0 = 'delete-all';"
        "INSERT INTO found_config VALUES ('rank', 'load_extension(1)');"
    ),
}
