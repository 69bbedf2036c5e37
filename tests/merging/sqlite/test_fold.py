"""A three-way merge of files equals the fold of the same history, where both apply."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from waifusync.core.fold import fold
from waifusync.core.three_way import Strategy
from waifusync.merging.files import Versions
from waifusync.merging.sqlite import merge

_FIELDS = ("a", "b", "c")
_values = st.sampled_from([None, "x", "y", "z", 1])
_rows = st.dictionaries(st.sampled_from("pqrstuv"), st.tuples(_values, _values, _values), max_size=7)
# What a side did to a row: nothing, delete it, or set some of its fields.
_did = st.one_of(st.none(), st.just("delete"), st.dictionaries(st.sampled_from(_FIELDS), _values, min_size=1))
_side = st.dictionaries(st.sampled_from("pqrstuv"), _did)


@dataclass(frozen=True)
class _Touch:
    device: str
    number: int
    seen: Mapping[str, int]
    fields: Mapping[str, object] | None

    @property
    def rank(self) -> tuple[int, str, int]:
        return self.number, self.device, self.number


def _after(row: tuple[object, ...] | None, did: object) -> tuple[object, ...] | None:
    if did is None or did == "delete" or row is None:
        return None if did == "delete" else row
    assert isinstance(did, dict)
    return tuple(did.get(field, value) for field, value in zip(_FIELDS, row, strict=True))


def _write(
    path: Path, rows: Mapping[str, tuple[object, ...]], *, did: Mapping[str, object] | None = None
) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, a, b, c)")
        for name, row in rows.items():
            connection.execute("INSERT INTO t (name, a, b, c) VALUES (?, ?, ?, ?)", (name, *row))
        for name in rows:
            after = _after(rows[name], (did or {}).get(name))
            if after is None:
                connection.execute("DELETE FROM t WHERE name = ?", (name,))
            else:
                connection.execute("UPDATE t SET a = ?, b = ?, c = ? WHERE name = ?", (*after, name))
    return path


def _folded(
    row: tuple[object, ...], ours: object, theirs: object
) -> tuple[dict[str, object] | None, set[str]]:
    """The row by the fold, None when it is deleted; and the fields in dispute, "" for the whole row."""
    touches = [_Touch("base", 1, {}, dict(zip(_FIELDS, row, strict=True)))]
    for device, did in (("ours", ours), ("theirs", theirs)):
        after = _after(row, did)
        if after is None:
            touches.append(_Touch(device, 2, {"base": 1}, None))
        else:
            changed = {
                name: new for name, old, new in zip(_FIELDS, row, after, strict=True) if _differs(old, new)
            }
            touches += [_Touch(device, 2, {"base": 1}, changed)] if changed else []
    folded = fold(touches)
    clashes = {clash.field for clash in folded.clashes}
    if not folded.alive:
        return None, clashes
    return {name: touch.fields[name] for name, touch in folded.winners.items() if touch.fields}, clashes


def _differs(one: object, other: object) -> bool:
    return (type(one), one) != (type(other), other)


@settings(max_examples=100, deadline=None)
@given(_rows, _side, _side)
def test_a_merge_of_files_is_the_fold_of_what_was_done(
    rows: dict[str, tuple[object, ...]], ours: dict[str, object], theirs: dict[str, object]
) -> None:
    with TemporaryDirectory() as folder:
        base = _write(Path(folder) / "base.db", rows)
        sides = [
            _write(Path(folder) / f"{n}.db", rows, did=did) for n, did in (("ours", ours), ("theirs", theirs))
        ]
        out = Path(folder) / "out.db"
        merged = merge(Versions.of(base, *sides), out, Strategy.MANUAL_REVIEW)
        with closing(sqlite3.connect(out)) as connection:
            found = {name: row for name, *row in connection.execute("SELECT name, a, b, c FROM t")}
    disputed = {(each.key, each.column or "") for each in merged.conflicts}
    keys = {name: str(number) for number, name in enumerate(rows, 1)}
    for name, row in rows.items():
        wanted, clashes = _folded(row, ours.get(name), theirs.get(name))
        assert {column for key, column in disputed if key == keys[name]} == clashes
        assert (found.get(name) is None) == (wanted is None)
        for place, field in enumerate(_FIELDS):
            if wanted is not None and field not in clashes:
                assert not _differs(found[name][place], wanted[field])
