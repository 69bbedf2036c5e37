"""Merging databases, case by case: a folder added to `cases` is a test. Each runs in both orders, and again.

What expected.json may say:

refused       words of the refusal; else
tables        every table of the result with its rows, as reading.py shows them
conflicts     [table, column or null, how the reason begins] of each that waits for a person
strategy      manual_review, if nothing else
numbers       by table, what a row is called to the row number it has when ours is ours
schema        facts of the result: columns of tables, index, trigger, view, user_version, …
queries       what a program finds with them
once          why merging once more since the old base, as git never does, would change something
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.merging.sqlite import reading
from tests.merging.sqlite.case import Case, all_cases
from waifusync.core.three_way import Decision
from waifusync.merging.files import CannotMerge, Merged, Versions
from waifusync.merging.sqlite import merge

Told = list[str | None]
FEWEST = 60
MERGING = [case for case in all_cases() if "refused" not in case.expected]
REFUSED = [case for case in all_cases() if "refused" in case.expected]

both_orders = pytest.mark.parametrize("turned", [False, True], ids=["", "turned"])


def of(cases: list[Case]) -> pytest.MarkDecorator:
    """A test of each of these."""
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name)


@dataclass(frozen=True)
class Tried:
    """A case that was merged, for tests that only look; `changed` are files that are not as they were."""

    versions: Versions
    out: Path
    merged: Merged
    changed: set[str]


@pytest.fixture(scope="session")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Case, bool], Tried]:
    @cache
    def once(case: Case, turned: bool) -> Tried:
        folder = tmp_path_factory.mktemp("case")
        versions = case.build(folder, turned=turned)
        before = _bytes(folder)
        out = folder / "out.db"
        merged = merge(versions, out, case.strategy(turned=turned))
        after = {name: data for name, data in _bytes(folder).items() if name != out.name}
        return Tried(versions, out, merged, {name for name, _ in before.items() ^ after.items()})

    return once


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def told(conflicts: list[Decision], *, turned: bool = False) -> list[Told]:
    return sorted(
        [[each.table, each.column, _as_seen(each, turned=turned)] for each in conflicts], key=reading.exact
    )


def _as_seen(decision: Decision, *, turned: bool) -> str:
    assert decision.clash is not None
    if not turned:
        return decision.clash.reason
    swapped = decision.clash.reason.replace("ours", "\0").replace("theirs", "ours")
    return swapped.replace("\0", "theirs")


def assert_conflicts(case: Case, found: list[Told]) -> None:
    wanted = sorted(case.expected.get("conflicts", []), key=reading.exact)
    assert [[table, column] for table, column, _ in found] == [[table, column] for table, column, _ in wanted]
    for (_, _, reason), (_, _, beginning) in zip(found, wanted, strict=True):
        assert str(reason).startswith(str(beginning))


def assert_result(case: Case, path: Path, *, turned: bool = False) -> None:
    """The rows, the schema and the answers that the case expects."""
    expected = case.expected
    wanted = {table: reading.in_order(rows) for table, rows in expected["tables"].items()}
    found = reading.contents(path)
    assert _exactly(found) == _exactly(wanted)
    _assert_schema(expected.get("schema", {}), reading.schema(path), turned=turned)
    for question, answer in expected.get("queries", {}).items():
        assert reading.ask(path, question) == answer, question
    for table, rows in expected.get("numbers", {}).items():
        assert turned or reading.numbers(path)[table] == rows


def _exactly(tables: dict[str, list[reading.Row]]) -> dict[str, list[str]]:
    return {table: [reading.exact(row) for row in rows] for table, rows in tables.items()}


def _assert_schema(wanted: dict[str, Any], found: dict[str, Any], *, turned: bool) -> None:
    for table, columns in wanted.get("columns", {}).items():
        assert sorted(found["columns"][table]) == sorted(columns)
    for fact in wanted.keys() - {"columns"}:
        is_of_ours = fact in ("encoding", "page_size", "journal_mode")
        assert (turned and is_of_ours) or found[fact] == wanted[fact], fact


def test_there_are_enough_cases() -> None:
    assert len(all_cases()) >= FEWEST


@of(MERGING)
@both_orders
def test_a_case_merges_as_expected_in_both_orders(
    case: Case, turned: bool, tried: Callable[[Case, bool], Tried]
) -> None:
    found = tried(case, turned)
    assert_result(case, found.out, turned=turned)
    assert_conflicts(case, told(found.merged.conflicts, turned=turned))
    assert found.changed == set()
    assert reading.damage(found.out) == []
    sides = [reading.orphans(side) for side in (found.versions.ours, found.versions.theirs)]
    assert reading.orphans(found.out) <= set.union(*sides)


@of(REFUSED)
@both_orders
def test_what_cannot_be_merged_is_refused_in_both_orders_and_nothing_is_touched(
    case: Case, turned: bool, tmp_path: Path
) -> None:
    versions = case.build(tmp_path, turned=turned)
    before = _bytes(tmp_path)
    with pytest.raises(CannotMerge, match=case.expected["refused"]):
        merge(versions, tmp_path / "out.db", case.strategy(turned=turned))
    assert _bytes(tmp_path) == before


@of(MERGING)
def test_a_conflict_shows_both_sides_in_either_order(
    case: Case, tried: Callable[[Case, bool], Tried]
) -> None:
    one, other = tried(case, False), tried(case, True)
    references = reading.references(one.out)
    mine = _values(one.merged.conflicts, references, ours="ours", theirs="theirs")
    assert mine == _values(other.merged.conflicts, references, ours="theirs", theirs="ours")


def _values(
    conflicts: list[Decision], references: set[tuple[str, str]], *, ours: str, theirs: str
) -> list[str]:
    """What the sides wanted of single fields; whole rows and references hold numbers that differ by order."""
    clashes = [(each, each.clash) for each in conflicts if each.clash is not None and each.column is not None]
    clashes = [(each, clash) for each, clash in clashes if (each.table, each.column) not in references]
    return sorted(
        reading.exact([each.table, each.column, clash.base, getattr(clash, ours), getattr(clash, theirs)])
        for each, clash in clashes
    )


@of(MERGING)
@both_orders
def test_merging_the_result_again_changes_nothing(
    case: Case, turned: bool, tried: Callable[[Case, bool], Tried], tmp_path: Path
) -> None:
    found = tried(case, turned)
    wanted = _exactly(reading.contents(found.out))
    bases = (
        [found.versions.theirs] if "once" in case.expected else [found.versions.theirs, found.versions.base]
    )
    for base in bases:
        again = tmp_path / "again.db"
        merge(Versions.of(base, found.out, found.versions.theirs), again, case.strategy(turned=turned))
        assert _exactly(reading.contents(again)) == wanted
