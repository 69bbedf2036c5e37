"""T24: generated columns and CHECKs travel as expressions of known parts, and nothing else is executed."""

from __future__ import annotations

import sqlite3

import pytest

from tests.memory.conftest import Pair
from waifusync.core.expression import UnsafeExpression, render

COLUMNS = ("a", "b", "select", 'odd"name')


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a + b * 2", '"a" + "b" * 2'),
        ("LENGTH(a) < 10", 'length ( "a" ) < 10'),
        ("a in ('x', 'it''s') or b is not null", "\"a\" IN ( 'x' , 'it''s' ) OR \"b\" IS NOT NULL"),
        ('"odd""name" || [select]', '"odd""name" || "select"'),
        ("case when a > 1 then b else -1.5e3 end", 'CASE WHEN "a" > 1 THEN "b" ELSE - 1.5e3 END'),
    ],
)
def test_what_is_known_is_written_anew(text: str, written: str) -> None:
    assert render(text, COLUMNS) == written


@pytest.mark.parametrize(
    "text",
    [
        "load_extension('x')",
        "(SELECT sql FROM sqlite_master)",
        "random()",
        "a); DROP TABLE memories; --",
        "a; b",
        "unknown",
        '"a text"',
        "a ? b",
        "((((((((((a))))))))))",
        "a" * 2000,
        "",
        "(a",
        "a)",
    ],
)
def test_what_is_not_known_is_refused(text: str) -> None:
    with pytest.raises(UnsafeExpression):
        render(text, COLUMNS)


def test_generated_columns_and_checks_are_made_on_the_other_device(pair: Pair) -> None:
    pair.laptop.program.executescript(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT CHECK (length(a) < 10), b REAL,"
        " size INTEGER GENERATED ALWAYS AS (length(a)), twice TEXT AS (a || a) STORED, CHECK (b > 0));"
        "INSERT INTO t (a, b) VALUES ('four', 1)"
    )
    pair.sync()
    assert pair.jetson.query("SELECT a, size, twice FROM t") == [("four", 4, "fourfour")]
    for values in ("('far too long a text', 1)", "('x', -1)"):
        with pytest.raises(sqlite3.IntegrityError):
            pair.jetson.program.execute(f"INSERT INTO t (a, b) VALUES {values}")
    pair.laptop.program.execute("ALTER TABLE t ADD COLUMN half AS (b / 2)")
    pair.sync()
    assert pair.jetson.query("SELECT half FROM t") == [(0.5,)]


def test_an_expression_that_is_not_known_is_left_out_and_named(pair: Pair) -> None:
    pair.laptop.program.executescript(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, odd AS (printf('%s', a)));"
        "INSERT INTO t (a) VALUES ('kept')"
    )
    pair.laptop.collect()
    pair.jetson.store.take_from(pair.laptop.store)
    with pair.jetson.memory() as memory:
        problems = memory.apply(pair.jetson.store.in_order(), pair.jetson.sources).problems
    assert problems == ["table t: the generated column odd is left out: an expression with 'printf'"]
    assert pair.jetson.query("SELECT * FROM t") == [(1, "kept")]
