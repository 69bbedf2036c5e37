"""Laws of merging databases, over random histories of two sides; WAIFUSYNC_HISTORIES=2000 tries longer."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, Phase, given, settings

from tests.merging.sqlite.worlds import Step, World, contents, histories, problems, worlds, write
from waifusync.core.three_way import Strategy
from waifusync.merging.files import CannotMerge, Merged, Versions
from waifusync.merging.sqlite import merge

_SETTINGS = settings(
    max_examples=int(os.environ.get("WAIFUSYNC_HISTORIES", "60")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.generate],
)


def _merge(base: Path | None, ours: Path, theirs: Path, name: str = "merged.db") -> tuple[Path, Merged]:
    out = ours.with_name(name)
    return out, merge(Versions.of(base, ours, theirs), out, Strategy.MANUAL_REVIEW)


def _is_refused(base: Path, ours: Path, theirs: Path) -> bool:
    """Only for a row that others refer to, and that a UNIQUE does not let back in."""
    try:
        _merge(base, ours, theirs, "tried.db")
    except CannotMerge as error:
        assert "cannot stand beside the others" in error.message
        return True
    return False


def _conflicts(merged: Merged) -> Counter[tuple[str, str | None]]:
    return Counter((each.table, each.column) for each in merged.conflicts)


@_SETTINGS
@given(worlds, histories, histories)
def test_what_one_side_did_alone_is_the_result(world: World, before: list[Step], after: list[Step]) -> None:
    with TemporaryDirectory() as folder:
        base = write(Path(folder) / "base.db", world, before)
        side = write(Path(folder) / "side.db", world, after, after=base)
        for ours, theirs in ((base, side), (side, base), (side, side)):
            out, merged = _merge(base, ours, theirs)
            assert contents(out, world) == contents(side, world)
            assert merged.conflicts == []
            assert problems(out) == []


@_SETTINGS
@given(worlds, histories, histories, histories)
def test_both_orders_hold_the_same_rows_and_the_same_conflicts(
    world: World, before: list[Step], mine: list[Step], other: list[Step]
) -> None:
    with TemporaryDirectory() as folder:
        base = write(Path(folder) / "base.db", world, before)
        ours = write(Path(folder) / "ours.db", world, mine, after=base)
        theirs = write(Path(folder) / "theirs.db", world, other, after=base)
        if _is_refused(base, ours, theirs):
            assert _is_refused(base, theirs, ours)
            return
        one, merged = _merge(base, ours, theirs, "one.db")
        two, turned = _merge(base, theirs, ours, "two.db")
        assert contents(one, world) == contents(two, world)
        assert _conflicts(merged) == _conflicts(turned)
        assert problems(one) == problems(two) == []
        assert not contents(one, world)["fired"]
        again, nothing = _merge(theirs, one, theirs, "again.db")
        assert contents(again, world) == contents(one, world)
        assert nothing.conflicts == []


def _alike(world: World, side: dict[str, Counter[object]], here: dict[str, Counter[object]]) -> list[str]:
    """Tables whose rows can be found again as they were: those that got no columns from the other side."""
    return [table for table in world.never_one if _names(side[table]) <= _names(here[table])]


def _names(rows: Counter[object]) -> set[tuple[str, ...]]:
    return {tuple(value[0] for value in row) for row in rows}  # type: ignore[union-attr]


@_SETTINGS
@given(worlds, histories, histories)
def test_without_a_base_nothing_is_missing_and_equal_rows_are_one(
    world: World, mine: list[Step], other: list[Step]
) -> None:
    with TemporaryDirectory() as folder:
        ours = write(Path(folder) / "ours.db", world, mine)
        theirs = write(Path(folder) / "theirs.db", world, other)
        out, merged = _merge(None, ours, theirs)
        assert problems(out) == []
        here = contents(out, world)
        for side in (contents(ours, world), contents(theirs, world)):
            for table in _alike(world, side, here):
                assert not side[table] - here[table], (table, merged.decisions)
        same, nothing = _merge(None, ours, ours, "same.db")
        assert contents(same, world) == contents(ours, world)
        assert nothing.conflicts == []
