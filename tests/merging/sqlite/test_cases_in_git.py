"""The same cases through one real `git merge`, by its driver: each case is a file of one repository."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.companions import World
from tests.merging.drivers.repository import Repository
from tests.merging.sqlite.case import Case, all_cases
from tests.merging.sqlite.test_cases import assert_result

REPORT = ".waifusync-conflicts.json"


@dataclass(frozen=True)
class Merge:
    """A merge that is over: what lies in the work tree, and which files git calls unmerged."""

    directory: Path
    unmerged: set[str]

    def database(self, case: Case) -> Path:
        return self.directory / f"{case.name}.db"

    def conflicts(self, case: Case) -> int:
        report = self.directory / f"{case.name}.db{REPORT}"
        return int(json.loads(report.read_text())["conflicts"]) if report.exists() else 0


def _write(cases: list[Case], folder: Path, side: str | None = None) -> None:
    for case in cases:
        path = folder / f"{case.name}.db"
        if side is not None or case.has_base:
            path.unlink(missing_ok=True)
            case.make(path, side)


def _merge(repository: Repository, cases: list[Case]) -> Merge:
    _write(cases, repository.directory)
    base = repository.commit("base of all cases")
    _write(cases, repository.directory, "ours")
    repository.commit("ours")
    repository.git("switch", "-q", "-c", "theirs", base)
    _write(cases, repository.directory, "theirs")
    repository.commit("theirs")
    repository.git("switch", "-q", "main")
    repository.git("merge", "-q", "-m", "merged", "theirs", code=None)
    unmerged = repository.git("diff", "--name-only", "--diff-filter=U", "-z").out
    return Merge(repository.directory, set(unmerged.split("\0")) - {""})


def _wrong(merge: Merge, case: Case) -> Iterator[str]:
    path = merge.database(case)
    is_unmerged = path.name in merge.unmerged
    if "refused" in case.expected:
        ours = case.make(merge.directory / "ours.db", "ours").read_bytes()
        if not is_unmerged or path.read_bytes() != ours:
            yield "should have been refused, with ours left in place"
        return
    try:
        assert_result(case, path)
    except AssertionError as error:
        yield str(error)
    wanted = len(case.expected.get("conflicts", []))
    if merge.conflicts(case) != wanted or is_unmerged != bool(wanted):
        yield f"{merge.conflicts(case)} conflicts in place of {wanted}, unmerged: {is_unmerged}"


def test_every_case_merges_as_expected_through_git(tmp_path: Path) -> None:
    """T1, T3: nothing that a case holds is lost between git and the merge."""
    world = World(tmp_path)
    repository = Repository.begin(world)
    repository.run("drivers", "install")
    cases = [case for case in all_cases() if "strategy" not in case.expected]
    merge = _merge(repository, cases)
    wrong = {case.name: found for case in cases if (found := list(_wrong(merge, case)))}
    assert wrong == {}
