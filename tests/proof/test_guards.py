"""The table of guards is as code and tests are; that each is missed, `scripts/proof --guards` shows."""

from __future__ import annotations

import ast
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest

from experiments.proof.guards import GUARDS, Out, chosen
from experiments.proof.parts import PARTS
from experiments.proof.traps import NOT_YET, TRAPS
from experiments.proof.without import Failed, taken_out

ROOT = Path(__file__).parents[2]


def test_a_guard_that_can_be_taken_out_stands_at_every_trap_that_belongs_to_what_exists() -> None:
    assert {guard.trap for guard in GUARDS} == set(TRAPS) - NOT_YET
    assert [guard.trap for guard in chosen(["T7", "T4"])] == ["T4", "T7"]
    assert chosen([]) == list(GUARDS)


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: f"{guard.trap} {guard.what}")
def test_it_occurs_once_in_code_that_still_compiles_without_it_and_its_tests_are_there(guard: Out) -> None:
    code = (ROOT / guard.file).read_text(encoding="utf-8")
    assert guard.file.startswith("waifusync/") and code.count(guard.text) == 1
    without = code.replace(guard.text, guard.instead)
    assert ast.dump(ast.parse(without)) != ast.dump(ast.parse(code))
    assert guard.names and {name.partition("[")[0] for name in guard.names} <= _tests_in(guard.tests)


@lru_cache
def _tests_in(file: str) -> set[str]:
    module = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}


def test_no_guard_is_there_twice() -> None:
    named = Counter((guard.file, guard.text, guard.tests) for guard in GUARDS)
    assert [place for place, count in named.items() if count > 1] == []


def test_what_was_taken_out_is_put_back_and_no_compiled_code_of_it_stays(tmp_path: Path) -> None:
    file, compiled = tmp_path / "a.py", tmp_path / "__pycache__" / "a.cpython-312.pyc"
    compiled.parent.mkdir()
    compiled.touch()
    file.write_text("if bad:\n    refuse()\n")
    guard = Out("T1", "refusing", "a.py", "if bad:", "if False:", "tests/test_a.py", ("test_a",))
    with taken_out(tmp_path, guard):
        assert file.read_text() == "if False:\n    refuse()\n"
        assert not compiled.exists()
        compiled.touch()
    assert file.read_text() == "if bad:\n    refuse()\n"
    assert not compiled.exists()
    with (
        pytest.raises(SystemExit, match="not once in a"),
        taken_out(tmp_path, guard._replace(text="refuse?")),
    ):
        pass


@pytest.mark.parametrize(
    ("said", "is_broken"),
    [
        ("assert ['one'] == ['one', 'two']", False),
        ("Failed: DID NOT RAISE <class 'RefMoved'>", False),
        ("NameError: name 'keep' is not defined", True),
        ("AssertionError: waifusync sync: Ran(code=70, out='', err='error: …')", True),
    ],
)
def test_a_program_that_does_not_run_any_more_is_no_guard_that_is_missed(said: str, is_broken: bool) -> None:
    assert Failed("test_a", said).is_broken is is_broken


def test_a_short_run_takes_out_one_guard_and_a_long_one_all() -> None:
    part = next(part for part in PARTS if part.name == "guards")
    assert part.call(0)[0][-2:] == ["--guards", "T4"]
    assert part.call(1)[0][-1] == part.call(2)[0][-1] == "--guards"
    assert part.figure.search("T4: …\n1 of 1 guards noticed\n")
