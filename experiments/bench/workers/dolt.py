"""DoltLite in a process of its own, because it takes the place of SQLite there. Its tasks are JSON lines.

Only what a task is about is timed; it answers with the seconds, by the clock and of the processor.
"""

from __future__ import annotations

import doltlite  # isort: skip  # before sqlite3, whose engine it becomes
import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from experiments.bench.changes import change
from experiments.bench.data import INSERT, TABLE, memories

assert doltlite


class Worker:
    """One database with a remote beside it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.connection = sqlite3.connect(path, isolation_level=None)

    def make(self, rows: int, dimensions: int) -> Mapping[str, Any]:
        self.connection.execute(TABLE)
        self._write(memories(rows, seed=rows, dimensions=dimensions))
        self._do("SELECT dolt_commit('-A', '-m', 'begin')")
        self._do("SELECT dolt_remote('add', 'origin', ?)", f"file://{self.path}.remote")
        self._do("SELECT dolt_push('origin', 'main')")
        return {}

    def push(self, new: int, seed: int, dimensions: int) -> Mapping[str, Any]:
        """Commits and pushes so many new rows, which are written before the clock starts."""
        self._write(memories(new, seed=seed, dimensions=dimensions))
        remote = f"{self.path}.remote"
        before = os.path.getsize(remote)
        cost = _timed(
            lambda: (
                self._do("SELECT dolt_commit('-A', '-m', 'new')"),
                self._do("SELECT dolt_push('origin', 'main')"),
            )
        )
        return {**cost, "rows": self._count(), "bytes": os.path.getsize(remote) - before}

    def diverge(self, changed: int, rows: int) -> Mapping[str, Any]:
        """A branch for each side, with its inserts, edits and deletions."""
        self._do("SELECT dolt_branch('other')")
        for branch, name in (("main", "laptop"), ("other", "jetson")):
            self._do("SELECT dolt_checkout(?)", branch)
            self.connection.execute("BEGIN")
            change(self.connection, name, changed, rows)
            self.connection.execute("COMMIT")
            self._do("SELECT dolt_commit('-A', '-m', ?)", name)
        self._do("SELECT dolt_checkout('main')")
        self.ours = self._do("SELECT commit_hash FROM dolt_log LIMIT 1")
        return {}

    def merge(self) -> Mapping[str, Any]:
        cost = _timed(lambda: self._do("SELECT dolt_merge('other')"))
        count = self._count()
        self._do("SELECT dolt_reset('--hard', ?)", self.ours)
        return {**cost, "rows": count}

    def _write(self, rows: Iterator[Any]) -> None:
        self.connection.execute("BEGIN")
        self.connection.executemany(INSERT, rows)
        self.connection.execute("COMMIT")

    def _count(self) -> int:
        return int(self._do("SELECT count(*) FROM memories"))

    def _do(self, statement: str, *values: object) -> Any:
        return self.connection.execute(statement, values).fetchall()[0][0]


def _timed(work: Callable[[], object]) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def main() -> None:
    worker = Worker(sys.argv[1])
    for line in sys.stdin:
        task, *arguments = json.loads(line)
        try:
            answer = getattr(worker, task)(*arguments)
        except sqlite3.Error as error:
            answer = {"error": f"{task}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
