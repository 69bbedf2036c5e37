"""Every trap has a test that says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from experiments.proof.traps import NOT_YET, TRAPS, by_trap, numbers

ROOT = Path(__file__).parents[2]


def test_a_test_stands_at_every_trap_that_belongs_to_what_exists() -> None:
    covered = by_trap(ROOT / "tests")
    assert {trap for trap, tests in covered.items() if not tests} == NOT_YET
    assert list(covered) == [f"T{number}" for number in range(1, 31)] == list(TRAPS)


def test_a_docstring_names_the_traps_that_it_begins_with_and_no_others() -> None:
    assert numbers("T4, T6: many; and T9: is not one") == ["T4", "T6"]
    assert numbers("T20: T5: killed") == ["T20", "T5"]
    assert numbers("what T4: means") == numbers(None) == []


def test_the_list_names_tests_that_there_are() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "experiments.proof", "--traps"], cwd=ROOT, capture_output=True, text=True
    )
    assert listed.returncode == 0, listed.stderr
    names = {line.strip().partition("::") for line in listed.stdout.splitlines() if line.startswith("    ")}
    assert len(names) > 100
    for path, _, test in names:
        assert f"def {test}" in (ROOT / path).read_text(encoding="utf-8")
