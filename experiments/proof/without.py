"""Is each guard needed? One at a time is taken out of a copy of the project, where its tests must notice.

Nothing of the tree that it is run from is touched: the copy has a venv of its own, which finds our code in
the copy and everything else where this Python finds it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
import venv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from experiments.proof.guards import Out

_LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "results")
_PROGRAM = "#!{python}\nimport sys\nfrom waifusync.cli.main import main\nsys.exit(main())\n"
# A guard that is out is noticed by what is asserted, not by a program that does not run any more.
_BROKEN = re.compile(
    r"\b(?:Import|ModuleNotFound|Syntax|Indentation|Name|UnboundLocal|Attribute)Error\b|\bcode=70\b"
)


class Copy(NamedTuple):
    """Where guards are taken out, and the Python that runs what is there."""

    root: Path
    python: Path


class Failed(NamedTuple):
    """A test that failed, and what it said."""

    name: str
    said: str

    @property
    def is_broken(self) -> bool:
        return _BROKEN.search(self.said) is not None


@contextmanager
def copied(root: Path) -> Iterator[Copy]:
    """A copy of the project below a temporary folder, ready to run its tests."""
    with tempfile.TemporaryDirectory(prefix="guards-") as name:
        folder = Path(name).resolve()
        shutil.copytree(root, folder / "project", ignore=_LEFT_OUT)
        yield Copy(folder / "project", _python_for(folder / "project", folder / "venv"))


def _python_for(project: Path, place: Path) -> Path:
    venv.create(place, with_pip=False, symlinks=True)
    python = place / "bin" / "python"
    words = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip())
    # The other folder's own .pth files are not read, so its waifusync is not found: ours comes first.
    (packages / "copy.pth").write_text(f"{project}\n{sysconfig.get_path('purelib')}\n")
    program = place / "bin" / "waifusync"
    program.write_text(_PROGRAM.format(python=python))
    program.chmod(0o755)
    return python


def show(root: Path, guards: Sequence[Out]) -> int:
    """Prints a line for each; how many were not noticed. Raises SystemExit when the tests fail as it is."""
    with copied(root) as copy:
        whole = _failures(copy, dict.fromkeys(test for guard in guards for test in guard.ids), "auto")
        if whole:
            told = "\n".join(f"{each.name}: {each.said}" for each in whole)
            raise SystemExit(f"error: with every guard in its place these fail:\n{told}")
        noticed = [_is_noticed(copy, guard) for guard in guards]
    print(f"{sum(noticed)} of {len(noticed)} guards noticed")
    return noticed.count(False)


def _is_noticed(copy: Copy, guard: Out) -> bool:
    with taken_out(copy.root, guard):
        failed = _failures(copy, guard.ids, "0")
    broken = next((each for each in failed if each.is_broken), None)
    names = {name for each in failed for name in (each.name, each.name.partition("[")[0])}
    missed = [name for name in guard.names if name not in names]
    if broken:
        told = f"{broken.name} fails for another reason: {broken.said}"
    elif missed:
        told = f"NOT NOTICED by {', '.join(missed)}"
    else:
        told = f"{' and '.join(guard.names)} fail{'s' if len(guard.names) == 1 else ''}"
    print(f"{guard.trap}: without {guard.what}: {told}", flush=True)
    return not broken and not missed


@contextmanager
def taken_out(root: Path, guard: Out) -> Iterator[None]:
    """While it lasts, the file below `root` has the guard no more."""
    path = root / guard.file
    whole = path.read_text(encoding="utf-8")
    if whole.count(guard.text) != 1:
        raise SystemExit(f"error: {guard.trap}: {guard.text!r} is not once in {guard.file}")
    try:
        _write(path, whole.replace(guard.text, guard.instead))
        yield
    finally:
        _write(path, whole)


def _write(path: Path, text: str) -> None:
    """And no compiled code of what was there: within one second, Python would take it for that of this."""
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink()
    path.write_text(text, encoding="utf-8")


def _failures(copy: Copy, tests: Iterable[str], workers: str) -> list[Failed]:
    report = copy.root.parent / "report.xml"
    report.unlink(missing_ok=True)
    words = ("-q", "-p", "no:cacheprovider", "-n", workers, f"--junitxml={report}", "-o", "junit_logging=no")
    done = subprocess.run(
        [copy.python, "-m", "pytest", *words, *tests],
        cwd=copy.root,
        env={name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")},
        capture_output=True,
        text=True,
    )
    if not report.exists() or done.returncode not in (0, 1):
        raise SystemExit(
            f"error: pytest ended with {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    return list(_read(report))


def _read(report: Path) -> Iterator[Failed]:
    for case in ElementTree.parse(report).iter("testcase"):
        for kind in ("failure", "error"):
            for found in case.findall(kind):
                yield Failed(case.get("name", ""), found.get("message", "") if kind == "failure" else "error")
