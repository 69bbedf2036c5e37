"""How little a command costs before it does anything, measured through real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.timing import ratio

INSTALLED = Path(sys.executable).parent / "waifusync"
ROOT = Path(__file__).parent.parent
HEAVY = {"typer", "rich", "rich.table", "numpy", "git", "sqlite_utils", "pydantic", "inspect", "dataclasses"}


def test_version_is_printed() -> None:
    result = subprocess.run([INSTALLED, "--version"], capture_output=True, text=True, check=True)
    assert result.stdout.startswith("waifusync ")
    assert result.stderr == ""


def test_version_imports_only_the_package_and_its_entry() -> None:
    found = {name for name in _modules_after("--version") if name.startswith("waifusync")}
    assert found == {"waifusync", "waifusync.cli", "waifusync.cli.main"}


@pytest.mark.parametrize("arguments", ["--version", "greet reader --json", "device approve x"])
def test_a_plain_command_imports_nothing_heavy(arguments: str) -> None:
    assert not _modules_after(arguments) & HEAVY


def test_version_starts_within_two_and_a_half_empty_pythons() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    empty = [sys.executable, "-c", "pass"]
    assert ratio([str(INSTALLED), "--version"], empty, where=ROOT, environment=environment) <= 2.5


def _modules_after(arguments: str) -> set[str]:
    """The modules that the process of a command has imported by its end, beyond those of an empty Python."""
    program = (
        "import sys; before = set(sys.modules)\n"
        "from waifusync.cli.main import main\n"
        f"arguments = {arguments.split()!r}\n"
        "if arguments[0].startswith('-'): main(arguments)\n"
        "else:\n"
        "    from tests.cli.example import TABLE\n"
        "    main(arguments, table=TABLE)\n"
        "print(*(set(sys.modules) - before), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(result.stderr.split())
