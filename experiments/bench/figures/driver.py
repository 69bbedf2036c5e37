"""Three versions of a database that people keep in git become one: whole processes, processor time.

`VACUUM INTO` is what SQLite needs to copy one of them.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from experiments.bench.changes import rows_after
from experiments.bench.dolt import ROOT
from experiments.bench.figure import Measured
from experiments.bench.figures.apply import rows_of, run_sqldiff, versions
from experiments.bench.ground import WAIFUSYNC, Setting
from experiments.bench.timing import Candidate, Cost, check, in_turns, run

_VACUUM = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('VACUUM INTO ?', (sys.argv[2],))"
_SESSION, _SQLDIFF = "session extension", "sqldiff into sqlite3"


def measure(setting: Setting) -> Measured:
    made = versions(setting, setting.scale.rows)
    merged = rows_after(setting.scale.changed, setting.scale.rows)
    three, out = [made["base"], made["laptop"], made["jetson"]], made["base"].with_name("out.db")
    folder = out.parent
    candidates = {
        "waifusync merge-file": _into(
            out, merged, lambda: run([WAIFUSYNC, "merge-file", *three, "-o", out], where=folder).cost
        ),
        "VACUUM INTO": _into(
            out,
            rows_of(made["laptop"]),
            lambda: run([sys.executable, "-c", _VACUUM, made["laptop"], out], where=folder).cost,
        ),
    }
    lacks = {_SESSION: setting.peers.lacks("apsw"), _SQLDIFF: setting.peers.lacks("sqldiff")}
    if not lacks[_SESSION]:
        command: list[str | Path] = [sys.executable, "-m", "experiments.bench.workers.session", *three, out]
        candidates[_SESSION] = _into(out, merged, lambda: run(command, where=ROOT).cost)
    if not lacks[_SQLDIFF]:
        candidates[_SQLDIFF] = _into(out, merged, lambda: _sqldiff(setting, made, out))
    measured = Measured.of_turns(in_turns(candidates, setting.scale.rounds, setting.tick))
    measured.missing = {name: reason for name, reason in lacks.items() if reason}
    measured.notes.append(
        "the session extension and sqldiff take one direction, by primary key, and see no conflict"
    )
    return measured


def _sqldiff(setting: Setting, made: dict[str, Path], out: Path) -> Cost:
    shutil.copyfile(made["laptop"], out)
    return run_sqldiff(setting, made, out)


def _into(out: Path, rows: int, work: Callable[[], Cost]) -> Candidate:
    def merge(number: int) -> Cost:
        out.unlink(missing_ok=True)
        cost = work()
        check(rows_of(out) == rows, f"{rows_of(out)} rows, not {rows}")
        return cost

    return merge
