"""What the merge does not do well, as cases of what it should do; one that passes belongs to `cases`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.merging.sqlite.case import Case
from tests.merging.sqlite.test_cases import assert_conflicts, assert_result, told
from waifusync.merging.files import CannotMerge
from waifusync.merging.sqlite import merge

FLAWS = Path(__file__).parent / "flaws"


def _known(folder: Path) -> object:
    reason = (folder / "note.md").read_text()
    mark = pytest.mark.xfail(reason=reason, strict=True, raises=(AssertionError, CannotMerge))
    return pytest.param(Case(folder), id=folder.name, marks=mark)


def _try(case: Case, where: Path, *, turned: bool) -> None:
    where.mkdir()
    versions = case.build(where, turned=turned)
    merged = merge(versions, where / "out.db", case.strategy(turned=turned))
    assert_result(case, where / "out.db", turned=turned)
    assert_conflicts(case, told(merged.conflicts, turned=turned))


@pytest.mark.parametrize("case", [_known(folder) for folder in sorted(FLAWS.iterdir())])
def test_a_flaw_that_is_known_is_mended(case: Case, tmp_path: Path) -> None:
    """In both orders."""
    _try(case, tmp_path / "one", turned=False)
    _try(case, tmp_path / "other", turned=True)
