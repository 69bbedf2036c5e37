"""Is each guard needed? One at a time is taken out of a copy of the project, where its tests must notice.

Nothing of the tree that it is run from is touched: the copy has a venv of its own, which finds our code in
the copy and everything else where this Python finds it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
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
    """A test that failed, as pytest names it, and what it said; `is_broken`: for another reason."""

    test: str
    said: str
    is_broken: bool = False

    def is_of(self, test: str) -> bool:
        """Whether it is this one; one of its cases, where `test` names none."""
        return test in (self.test, self.test.partition("[")[0])


@contextmanager
def copied(root: Path) -> Iterator[Copy]:
    """A copy of the project below a temporary folder, ready to run its tests."""
    with tempfile.TemporaryDirectory(prefix="guards-") as name:
        folder = Path(name).resolve()
        shutil.copytree(root, folder / "project", ignore=_LEFT_OUT, symlinks=True)
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
    """Prints a line for each; how many were not noticed."""
    tests = list(dict.fromkeys(test for guard in guards for test in guard.ids))
    with copied(root) as copy:
        print(f"{len(tests)} tests, with every guard in its place …", file=sys.stderr, flush=True)
        before = _failures(copy, tests, "auto")
        for each in before:
            print(f"{each.test}: {each.said}", file=sys.stderr)
        found = [_try(copy, guard, before) for guard in guards]
    print(f"{sum(found)} of {len(found)} guards noticed")
    return found.count(False)


def _try(copy: Copy, guard: Out, before: Sequence[Failed]) -> bool:
    """Whether it is noticed that this one is out, and by nothing but its absence."""
    with taken_out(copy.root, guard):
        failed = [] if _of(guard, before) else _failures(copy, guard.ids, "0")
    doubt = verdict(guard, before=before, failed=failed)
    noticed = f"{' and '.join(guard.names)} fail{'s' if len(guard.names) == 1 else ''}"
    print(f"{guard.trap}: without {guard.what}: {doubt or noticed}", flush=True)
    return not doubt


def verdict(guard: Out, *, before: Sequence[Failed], failed: Sequence[Failed]) -> str:
    """Why this shows nothing; "" where each test failed, and only without the guard."""
    for each in _of(guard, before):
        return f"{each.test} fails with every guard in its place"
    for each in failed:
        if each.is_broken:
            return f"{each.test} fails for another reason: {each.said}"
    missing = [test for test in guard.ids if not any(each.is_of(test) for each in failed)]
    return f"NOT NOTICED by {' and '.join(missing)}" if missing else ""


def _of(guard: Out, failed: Sequence[Failed]) -> list[Failed]:
    return [each for each in failed if any(each.is_of(test) for test in guard.ids)]


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
    return list(read_report(report))


def read_report(report: Path) -> Iterator[Failed]:
    """What failed, out of pytest's own file; what went wrong before a test began shows nothing of it."""
    for case in ElementTree.parse(report).iter("testcase"):
        test = f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name', '')}"
        for found in (*case.findall("failure"), *case.findall("error")):
            said = found.get("message", "").strip().partition("\n")[0]
            yield Failed(test, said, found.tag == "error" or _BROKEN.search(said) is not None)
