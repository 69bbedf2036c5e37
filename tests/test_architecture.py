"""The rules between the parts of the package: who may import whom, and what may not be imported at start."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "waifusync"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Each costs more than all the rest of a command that has nothing to do: import it in the function using it.
HEAVY = {"asyncio", "dataclasses", "git", "inspect", "numpy", "rich", "sqlite_utils", "typer", "watchdog"}
MAY_BE_HEAVY = {"waifusync/cli/typed.py"}  # itself imported only for --help and for mistakes


def test_imports_run_one_way_and_core_is_pure() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_heavy_is_imported_before_it_is_used(module: Path) -> None:
    name = module.relative_to(ROOT).as_posix()
    found = {imported.split(".")[0] for imported in _imported_at_start(ast.parse(module.read_text()).body)}
    assert name in MAY_BE_HEAVY or not found & HEAVY


def test_values_are_declared_by_what_is_cheap() -> None:
    """docs/decisions/0034: the standard library compiles a text for each class, in every command."""
    declared = [path for path in MODULES if "NamedTuple" in _names_of_typing(ast.parse(path.read_text()))]
    assert declared == [PACKAGE / "values.py"]  # there for the type checker alone


def _names_of_typing(module: ast.Module) -> set[str]:
    imports = (node for node in ast.walk(module) if isinstance(node, ast.ImportFrom))
    return {alias.name for node in imports if node.module == "typing" for alias in node.names}


def _imported_at_start(body: list[ast.stmt]) -> Iterator[str]:
    """What running a module imports: not what stands in functions, nor under TYPE_CHECKING."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.ClassDef | ast.Try):
            yield from _imported_at_start(node.body)
        elif isinstance(node, ast.If):
            is_for_types = "TYPE_CHECKING" in ast.unparse(node.test)
            yield from _imported_at_start(node.orelse if is_for_types else node.body + node.orelse)


def test_the_wheel_holds_the_package_and_nothing_else(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    command = [sys.executable, "-m", "zipfile", "--list", str(wheel)]
    listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    names = [line.split()[0] for line in listing.splitlines()[1:]]
    assert {name.split("/")[0].split("-")[0] for name in names} == {"waifusync"}
    assert "waifusync/py.typed" in names
