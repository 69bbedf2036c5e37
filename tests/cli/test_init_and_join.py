"""`init` and `join` through the installed command: where a remote given as a path is looked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

INSTALLED = Path(sys.executable).parent / "waifusync"


def _run(place: Path, *arguments: str) -> str:
    result = subprocess.run([INSTALLED, *arguments], cwd=place, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "warning:" not in result.stderr
    return result.stdout


def test_a_relative_remote_is_meant_from_where_the_person_is_or_from_the_folder_after_c(
    tmp_path: Path,
) -> None:
    subprocess.run(["git", "init", "-q", "--bare", "remote.git"], cwd=tmp_path, check=True)
    _run(tmp_path, "init", "laptop", "--device", "laptop", "--remote", "remote.git")
    _run(tmp_path, "-C", "laptop", "push")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert "has joined" in _run(elsewhere, "-C", "..", "join", "remote.git", "jetson", "--device", "jetson")
    assert (tmp_path / "jetson" / "shared_memory" / "memory.db").is_symlink()
