"""The table of guards is as code and tests are; that each is missed, `scripts/proof --guards` shows."""

from __future__ import annotations

import ast
from collections import Counter
from functools import lru_cache
from itertools import starmap
from pathlib import Path

import pytest

from experiments.proof.guards import GUARDS, Out, chosen
from experiments.proof.parts import PARTS
from experiments.proof.traps import NOT_YET, TRAPS
from experiments.proof.without import Failed, read_report, taken_out, verdict

ROOT = Path(__file__).parents[2]


def test_a_guard_that_can_be_taken_out_stands_at_every_trap_that_belongs_to_what_exists() -> None:
    assert {guard.trap for guard in GUARDS} == set(TRAPS) - NOT_YET
    assert [guard.trap for guard in chosen(["T7", "T4"])] == ["T4", "T7"]
    assert chosen([]) == list(GUARDS)


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: f"{guard.trap} {guard.what}, {guard.tests}")
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


def _case(name: str, inside: str) -> str:
    return f'<testcase classname="tests.a.test_b" name="{name}">{inside}</testcase>'


def test_only_what_a_test_asserts_shows_that_a_guard_is_missed(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    cases = {
        "test_one[x]": '<failure message="AssertionError: assert 1 == 2&#10;more"/>',
        "test_two": '<failure message="NameError: name x is not defined"/>',
        "test_three": '<failure message="AssertionError: waifusync sync: Ran(code=70, out=)"/>',
        "test_four": '<error message="failed on setup with assert 1 == 2"/>',
        "test_five": "",
    }
    report.write_text(
        f"<testsuites><testsuite>{''.join(starmap(_case, cases.items()))}</testsuite></testsuites>"
    )
    found = list(read_report(report))
    assert [each.test.partition("::")[2] for each in found if each.is_broken] == [
        "test_two",
        "test_three",
        "test_four",
    ]
    assert found[0] == Failed("tests/a/test_b.py::test_one[x]", "AssertionError: assert 1 == 2")


ONE = Out("T1", "it", "a.py", "if bad:", "if False:", "tests/test_a.py", ("test_a", "test_b[x]"))
BOTH = [Failed("tests/test_a.py::test_a[1]", "assert 1"), Failed("tests/test_a.py::test_b[x]", "assert 2")]


def test_each_test_that_is_named_must_fail_and_only_without_the_guard() -> None:
    assert verdict(ONE, before=[], failed=BOTH) == ""
    assert verdict(ONE, before=[], failed=BOTH[:1]) == "NOT NOTICED by tests/test_a.py::test_b[x]"
    assert "every guard in its place" in verdict(ONE, before=BOTH[1:], failed=[])
    assert verdict(ONE, before=[Failed("tests/test_a.py::test_b[y]", "assert 3")], failed=BOTH) == ""
    broken = BOTH[0]._replace(is_broken=True)
    assert "another reason: assert 1" in verdict(ONE, before=[], failed=[broken, BOTH[1]])


def test_a_short_run_takes_out_one_guard_and_a_long_one_all() -> None:
    part = next(part for part in PARTS if part.name == "guards")
    assert part.call(0)[0][-2:] == ["--guards", "T4"]
    assert part.call(1)[0][-1] == part.call(2)[0][-1] == "--guards"
    assert part.figure.search("T4: …\n1 of 1 guards noticed\n")
