"""What tests begin with is made once in each process of tests, by the real commands, and then copied.

A test gets one copy: whatever it makes besides is made anew, because two companions that somebody made have
different names, and copies do not.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple


class Made(NamedTuple):
    folder: Path
    devices: tuple[str, ...]


_made: dict[object, Made] = {}
_taken_in: list[str] = [""]
_place: list[Path] = []


def may_copy() -> bool:
    """Whether the test that runs has not had its copy."""
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
    is_first = test != _taken_in[0]
    _taken_in[0] = test
    return bool(test) and is_first


def template(kind: object, make: Callable[[Path], Iterable[str]]) -> Made:
    """What `make` made of this kind, and the devices that it named; nobody may write there afterwards."""
    if kind not in _made:
        folder = Path(tempfile.mkdtemp(dir=_templates()))
        _made[kind] = Made(folder, tuple(make(folder)))
    return _made[kind]


def copy_parts(source: Path, folder: Path, parts: Iterable[str]) -> None:
    """As if they had been made in `folder`; what they say of their own place is rewritten."""
    for part in parts:
        if not (source / part).is_dir():
            shutil.copy2(source / part, folder / part)
            continue
        shutil.copytree(source / part, folder / part, symlinks=True, dirs_exist_ok=True)
        for file in _naming(source, part):
            copy = folder / file
            copy.write_bytes(copy.read_bytes().replace(os.fsencode(source), os.fsencode(folder)))
        if (folder / part / ".git/index").exists():
            _look_again(folder / part)


_names: dict[tuple[Path, str], list[Path]] = {}


def _naming(source: Path, part: str) -> list[Path]:
    """The files that hold the template's own place."""
    if (source, part) not in _names:
        files = [file for file in (source / part).rglob("*") if file.is_file() and not file.is_symlink()]
        found = [file.relative_to(source) for file in files if os.fsencode(source) in file.read_bytes()]
        assert not [file for file in found if file.suffix in (".db", ".pack")], found
        _names[source, part] = found
    return _names[source, part]


def _look_again(device: Path) -> None:
    """The copies' files are younger than the index says."""
    subprocess.run(["git", "-C", str(device), "update-index", "-q", "--refresh"], check=True)


def _templates() -> Path:
    if not _place:
        root = os.environ.get("PYTEST_DEBUG_TEMPROOT")
        _place.append(Path(tempfile.mkdtemp(prefix="waifusync-templates-", dir=root)))
    return _place[0]


def remove_templates() -> None:
    """When the tests of this process are over."""
    while _place:
        shutil.rmtree(_place.pop(), ignore_errors=True)
