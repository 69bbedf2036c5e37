"""DoltLite from here: asks the worker that runs it, and makes a Cost of its answer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from experiments.bench.timing import Cost, WrongResult

ROOT = Path(__file__).parents[2]


class DoltLite:
    """One database of DoltLite's, open in a process that stays warm."""

    def __init__(self, path: Path) -> None:
        command = [sys.executable, "-m", "experiments.bench.workers.dolt", str(path)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> DoltLite:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()

    def ask(self, task: str, *arguments: object) -> dict[str, Any]:
        """Raises WrongResult with what DoltLite says."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps([task, *arguments]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        answer: dict[str, Any] = json.loads(line) if line else {"error": f"{task}: it ended"}
        if "error" in answer:
            raise WrongResult(f"DoltLite, {answer['error']}")
        return answer


def cost_of(answer: dict[str, Any]) -> Cost:
    return Cost(answer["wall"], answer["cpu"])
