"""Laws of merging databases, over random histories of two sides; WAIFUSYNC_HISTORIES=2000 tries longer."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings

from tests.merging.sqlite.worlds import Step, contents, histories, problems, write
from waifusync.core.three_way import Strategy
from waifusync.merging.files import Merged, Versions
from waifusync.merging.sqlite import merge

_SETTINGS = settings(
    max_examples=int(os.environ.get("WAIFUSYNC_HISTORIES", "60")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def _merge(base: Path | None, ours: Path, theirs: Path, name: str = "merged.db") -> tuple[Path, Merged]:
    out = ours.with_name(name)
    return out, merge(Versions.of(base, ours, theirs), out, Strategy.MANUAL_REVIEW)


def _conflicts(merged: Merged) -> Counter[tuple[str, str | None]]:
    return Counter((each.table, each.column) for each in merged.conflicts)


@_SETTINGS
@given(histories, histories)
def test_what_one_side_did_alone_is_the_result(before: list[Step], after: list[Step]) -> None:
    with TemporaryDirectory() as folder:
        base = write(Path(folder) / "base.db", before)
        side = write(Path(folder) / "side.db", after, after=base)
        for ours, theirs in ((base, side), (side, base), (side, side)):
            out, merged = _merge(base, ours, theirs)
            assert contents(out) == contents(side)
            assert merged.conflicts == []
            assert problems(out) == []


@_SETTINGS
@given(histories, histories, histories)
def test_both_orders_hold_the_same_rows_and_the_same_conflicts(
    before: list[Step], mine: list[Step], other: list[Step]
) -> None:
    with TemporaryDirectory() as folder:
        base = write(Path(folder) / "base.db", before)
        ours = write(Path(folder) / "ours.db", mine, after=base)
        theirs = write(Path(folder) / "theirs.db", other, after=base)
        one, merged = _merge(base, ours, theirs, "one.db")
        two, turned = _merge(base, theirs, ours, "two.db")
        assert contents(one) == contents(two)
        assert _conflicts(merged) == _conflicts(turned)
        assert problems(one) == problems(two) == []
        assert not contents(one)["fired"]
        again, nothing = _merge(theirs, one, theirs, "again.db")
        assert contents(again) == contents(one)
        assert nothing.conflicts == []


@_SETTINGS
@given(histories, histories)
def test_without_a_base_nothing_is_missing_and_equal_rows_are_one(
    mine: list[Step], other: list[Step]
) -> None:
    with TemporaryDirectory() as folder:
        ours = write(Path(folder) / "ours.db", mine)
        theirs = write(Path(folder) / "theirs.db", other)
        out, merged = _merge(None, ours, theirs)
        assert problems(out) == []
        here = contents(out)
        for side in (contents(ours), contents(theirs)):
            for table in ("people", "facts", "sources", "diary"):
                assert not side[table] - here[table], (table, merged.decisions)
        same, nothing = _merge(None, ours, ours, "same.db")
        assert contents(same) == contents(ours)
        assert nothing.conflicts == []
