"""Entries that are well formed, and say of tables, skills, people and states what cannot be so."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from tests.hostile.cases import Shared, chained, device_of, entry, log_file, memory

_ESCAPES = "\x1b[2J\x1b]0;owned\x07\x1b[31mred\u202egnp\r\nerror: owned"
_DROP = 'x"; DROP TABLE memories; --'
_FIRST = 200  # of the numbers of its devices

# collection, key, fields
Told = tuple[str, str, Mapping[str, object] | None]


def _table(name: str, *columns: Mapping[str, object], **facts: object) -> Told:
    usual = {
        "foreign_keys": [], "generated": [], "is_autoincrement": False, "is_strict": False,
        "is_without_rowid": False, "order": [str(each["name"]) for each in columns], "uniques": [],
    }  # fmt: skip
    fields = {"table": json.dumps({**usual, **facts})}
    fields |= {f"column:{each['name']}": json.dumps(each) for each in columns}
    return "waifusync:tables", f"table:{name}", fields


def _column(name: str = "id", **facts: object) -> dict[str, object]:
    return {"default": None, "name": name, "not_null": False, "primary": 0, "type": "TEXT", **facts}


_ID = _column(type="INTEGER", primary=1)
_SELF = {"columns": ["id"], "parent": "loop", "parent_columns": ["id"], "on_delete": "CASCADE"}

_TABLES: dict[str, Told] = {
    "a table's name that ends a statement": _table(_DROP, _ID),
    "a column's name that ends a statement": _table("t1", _ID, _column(_DROP)),
    "a type that ends a statement": _table("t2", _ID, _column("c", type="TEXT); DROP TABLE memories; --")),
    "a default that is a function": _table("t3", _ID, _column("c", default="(load_extension('x'))")),
    "a default that is a query": _table("t4", _ID, _column("c", default="(SELECT * FROM memories)")),
    "a check that never ends": _table("t5", _ID, checks=["(WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n)"]),
    "a check nested a thousand deep": _table("t6", _ID, checks=["(" * 1000 + "1" + ")" * 1000]),
    "a check that ends a statement": _table("t7", _ID, checks=["1); DROP TABLE memories; --"]),
    "SQLite's own table": _table("sqlite_master", _ID),
    "SQLite's numbers": _table("sqlite_sequence", _column("name"), _column("seq")),
    "a table of ours": _table("waifusync_meta", _ID),
    "a table of ours in capitals": _table("WAIFUSYNC_META", _ID),
    "the person's table, otherwise": _table("memories", _ID, _column("user_input", type="BLOB", not_null=True)),
    "the person's table in capitals": _table("MEMORIES", _ID, _column("user_input")),
    "a table of no name": _table("", _ID),
    "a table of a byte of zero": _table("a\0b", _ID),
    "a table of terminal commands": _table(_ESCAPES, _ID),
    "a table of a hundred thousand letters": _table("x" * 100_000, _ID),
    "a table of no columns": _table("t8"),
    "a column of no name": _table("t9", _ID, _column("")),
    "a column twice": ("waifusync:tables", "table:t10", {"table": json.dumps({"order": ["a"], "foreign_keys": [], "uniques": []}), "column:a": json.dumps(_column("a")), "column:A": json.dumps(_column("A")), "column:b": json.dumps(_column("a"))}),
    "three thousand columns": _table("t11", *(_column(f"c{n}") for n in range(3000))),
    "a parent that is nowhere": _table("t12", _ID, foreign_keys=[{"columns": ["id"], "parent": "nowhere", "parent_columns": ["x"], "on_delete": "CASCADE"}]),
    "a parent that is itself": _table("loop", _ID, foreign_keys=[_SELF]),
    "an action that is none": _table("t13", _ID, foreign_keys=[{**_SELF, "on_delete": "CASCADE; DROP TABLE memories"}]),
    "a unique of columns that are not": _table("t14", _ID, uniques=[["nowhere"], [], ["id", "id"]]),
    "a key that counts wrong": _table("t15", _column("a", primary=-3), _column("b", primary=10**30)),
    "without rows' numbers, and without a key": _table("t16", _column("a"), is_without_rowid=True),
    "strict, of a type that is none": _table("t17", _ID, _column("c", type="OWNED"), is_strict=True),
    "a description that is no JSON": ("waifusync:tables", "table:t18", {"table": "{", "column:id": "["}),
    "a description nested too deeply": ("waifusync:tables", "table:t19", {"table": "[" * 100_000}),
    "a description that is a number": ("waifusync:tables", "table:t20", {"table": 1, "column:id": None}),
    "a description of a number of thousands of digits": ("waifusync:tables", "table:t20b", {"table": "9" * 5000}),
    "a description whose order is a number": _table("t21", _ID, order=7),
    "a description whose order is of lists": _table("t21b", _ID, order=[["id"]]),
    "a computed column that is a query": ("waifusync:tables", "table:t22", {**dict(_table("t22", _ID)[2] or {}), "computed:c": json.dumps({"name": "c", "type": "", "expression": "(SELECT 1)", "is_stored": True})}),
    "a table that is deleted": ("waifusync:tables", "table:memories", None),
    "a key of another kind": ("waifusync:tables", "memories", {"table": "{}"}),
}  # fmt: skip

_ROWS: dict[str, Told] = {
    "a row of a table that nobody described": ("nowhere", "k1", {"a": 1}),
    "a row of SQLite's schema": ("sqlite_master", "k2", {"type": "trigger", "sql": "DROP TABLE memories"}),
    "a row of ours": ("waifusync_records", "k3", {"key": "x", "state": 9}),
    "a row of a view's name": ("sqlite_stat1", "k4", {"tbl": "memories"}),
    "a row of a thousand columns that are not": ("memories", "k5", {f"x{n}": n for n in range(1000)}),
    "a row of a column's name that ends a statement": ("memories", "k6", {_DROP: "x", "user_input": "fine"}),
    "a row whose values have other types": ("memories", "k7", {"id": "one", "timestamp": {"b": "/w=="}, "user_input": 7}),
    "a row that says which number it has": ("memories", "k8", {"id": 1, "rowid": 1, "_rowid_": 1, "oid": 1}),
    "a row that refers to itself": ("memories", "k9", {"user_input": {"k": "k9"}}),
    "a row whose vector is nowhere": ("memories", "k10", {"user_input": "v", "embeddings": {"v": ["x-4", 0, "0" * 16]}}),
    "a row whose vector is on a path": ("memories", "k11", {"user_input": "p", "embeddings": {"v": ["../../canary", 0, "0" * 16]}}),
    "a row whose text is bytes": ("memories", "k12", {"user_input": {"t": "/w=="}, "ai_response": {"r": "inf"}}),
    "a row of a key that is a path": ("memories", "../../canary", {"user_input": "path"}),
    "a row of no key": ("memories", "", {"user_input": "no key"}),
    "a row of a key of terminal commands": ("memories", _ESCAPES, {"user_input": _ESCAPES}),
    "a row of a long key": ("memories", "k" * 100_000, {"user_input": "long"}),
    "a collection of no name": ("", "k13", {"a": 1}),
    "a collection of terminal commands": (_ESCAPES, "k14", {"a": 1}),
    "a collection of ours that is none": ("waifusync:owned", "k15", {"a": 1}),
    "a deletion of what never was": ("memories", "k16", None),
    "a field of no name": ("memories", "k17", {"": "x", "user_input": "nameless"}),
    "a field of a byte of zero": ("memories", "k18", {"a\0b": "x", "user_input": "zero\0byte"}),
}  # fmt: skip

_HUGE = {"x": 10**18, "y": -(10**18), "z": 1e308}
# What stands in the place of each value that a collection of ours has.
_LIES: tuple[object, ...] = (
    None, 1, -1, 1e308, "", "x", _ESCAPES, "9" * 5000, "[" * 50_000, '{"a":', "[]", "{}", "null", "NaN",
    json.dumps({"value": "x", "as_of": 1}), json.dumps({"value": 1e308, "as_of": -1}), json.dumps([1, 2]),
    json.dumps([[1, 2, 3]]), json.dumps({"v": _ESCAPES, "t": 10**17}), json.dumps([_ESCAPES, 10**17]),
    json.dumps({"\ud800": 1}), json.dumps(_HUGE), {"b": "AAAA"}, {"t": "/w=="}, {"r": "inf"}, {"k": "x"},
    {"v": ["x-4", 0, "0" * 16]}, "2026-99-99T99:99:99", "-9999-01-01", "1e400", "\ufeff", "x" * 100_000,
)  # fmt: skip
_LEARNED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "skills": ("skill:juggling:eve:{device}", ("skill", "source", "name", "category", "proficiency", "acquired", "invocations", "success_rate", "contexts", "last_used", "prerequisites", "enables", "curve", "up_to", "seen")),
    "knowledge": ("knowledge:0123456789abcdef:eve:{device}", ("statement", "source", "content", "stance", "confidence", "category", "domains", "evidence", "one", "other", "relation")),
    "personality": ("personality:{device}:1", ("trait", "value", "kind", "name", "to", "by", "amount", "at", "why", "source", "mood", "intensity", "voice", "preference")),
    "states": ("state:mood:{device}", ("name", "source", "vector", "values", "data", "length", "dimension", "at", "as_of", "dtype", "block", "weight", "merge", "strategy")),
    "state_blocks": ("block:mood:0", ("data", "name", "bits", "count", "block")),
    "experiences": ("experience:eve:1", ("event", "id", "instance", "type", "at", "content", "context", "timestamp", "data")),
    "memory_facts": ("memory:k1", ("importance", "tier", "tags", "summary", "rating", "device", "memory", "source")),
    "links": ("link:a:b", ("first", "second", "same", "review", "verdict")),
    "merged": ("merged:eve:1", ("fields", "of", "user_input", "merged")),
    "settled": ("settled:eve:1", ("field", "choice", "winner")),
}  # fmt: skip


def _lying(collection: str) -> Iterator[Told]:
    """One record for each lie, in every field; and one for each field alone."""
    key, fields = _LEARNED[collection]
    name = f"waifusync:{collection}"
    usual: dict[str, object] = dict.fromkeys(fields, "x") | {
        "skill": "juggling",
        "source": "eve",
        "name": "juggling",
    }
    for number, lie in enumerate(_LIES):
        yield name, f"{key}-{number}", dict.fromkeys(fields, lie)
        for field in fields:
            yield name, f"{key}-{number}-{field}", {**usual, field: lie}
    for strange in ("", _ESCAPES, "x" * 10_000, "merged:../..:-1", "link:::", "skill-gone:"):
        yield name, strange, dict(usual)
    yield name, key, None


def _log(device: str, told: list[Told]) -> dict[str, bytes]:
    lines = [memory(device, 1)]
    lines += [
        entry(number, collection, key.format(device=device[-8:]) if "{device}" in key else key, fields)
        for number, (collection, key, fields) in enumerate(told, start=2)
    ]
    chunks, found = [lines[start : start + 1000] for start in range(0, len(lines), 1000)], {}
    whole = chained(lines).splitlines(keepends=True)
    first = 1
    for chunk in chunks:
        found[log_file(device, first, first + len(chunk) - 1)] = b"".join(
            whole[first - 1 : first - 1 + len(chunk)]
        )
        first += len(chunk)
    return found


def shared() -> Iterator[Shared]:
    """Each in a log of its own. None is refused as a log: what it says counts as not said, or as data."""
    alone = {**_TABLES, **_ROWS}
    told = {name: [found] for name, found in alone.items()}
    told |= {f"lies about {name}": list(_lying(name)) for name in _LEARNED}
    for number, (name, lines) in enumerate(told.items(), start=_FIRST):
        device = device_of(number)
        yield Shared("entries", name, _log(device, lines), kept=f"good of {device}")
