"""What the demo shows: the commands as a person would type them, their answers, and small tables."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_INSTALLED = Path(sys.executable).parent / "waifusync"


class Teller:
    """Runs commands in one folder and prints what happens; that folder's path is shown as …."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._step = 0

    def heading(self, text: str) -> None:
        self._step += 1
        print(f"\n{self._step}. {text}" if self._step > 1 else f"{self._step}. {text}", flush=True)

    def remark(self, text: str) -> None:
        print("\n" + "\n".join(f"   {line}" for line in text.splitlines()), flush=True)

    def waifusync(self, arguments: str, *, quietly: bool = False) -> str:
        """Runs the installed command and gives its answer. Raises SystemExit when it failed."""
        environment = {**os.environ, "NO_COLOR": "1"}
        result = subprocess.run(
            [_INSTALLED, *arguments.split()], cwd=self.place, env=environment, capture_output=True, text=True
        )
        if result.returncode:
            raise SystemExit(f"error: waifusync {arguments} ended with {result.returncode}\n{result.stderr}")
        answer = result.stdout.strip()
        if not quietly:
            shown = answer.replace(f"{self.place}/", "…/").replace("\n", "\n     ")
            print(f"\n   $ waifusync {arguments}\n     {shown}", flush=True)
        return answer

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[object]], *, title: str = "") -> None:
        cells = [list(headings), *([str(cell) for cell in row] for row in rows)]
        widths = [max(map(len, column)) for column in zip(*cells)]
        cells.insert(1, ["-" * width for width in widths])
        print(f"\n   {title}:" if title else "")
        for row in cells:
            print("     " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
        sys.stdout.flush()
