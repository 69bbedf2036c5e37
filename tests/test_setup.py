"""scripts/_setup on machines that lack something: what it says. That it works, any test shows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project that was never set up."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "_setup", tmp_path / "scripts")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def set_up(project: Path, python: str) -> tuple[int, str]:
    environment = {**os.environ, "PYTHON": python}
    result = subprocess.run(
        [project / "scripts" / "_setup", "test"], env=environment, capture_output=True, text=True
    )
    assert result.stdout == ""
    return result.returncode, result.stderr


def test_no_python_is_told(project: Path) -> None:
    code, text = set_up(project, "/absent/python3")
    assert code == 1
    assert text.startswith("error: there is no /absent/python3 here\nhint: install Python 3.10 or later")


def test_a_python_that_cannot_make_a_venv_is_told_with_the_package_that_lacks(project: Path) -> None:
    # Debian and Ubuntu leave ensurepip out of python3.
    python = _program(project, f'case "$*" in *ensurepip*) exit 1;; esac\nexec "{sys.executable}" "$@"')
    code, text = set_up(project, python)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert code == 1
    assert text.startswith(f"error: {python} ({version}) cannot make virtual environments")
    assert f"sudo apt-get install python{version}-venv" in text


def test_a_python_that_is_too_old_is_told(project: Path) -> None:
    python = _program(project, 'case "$*" in *exit*) exit 1;; *) echo 3.8;; esac')
    code, text = set_up(project, python)
    assert code == 1
    assert text.startswith(f"error: {python} is Python 3.8, and waifusync needs 3.10 or later\nhint: ")


def _program(project: Path, script: str) -> str:
    path = project / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)
