"""A folder of `cases`: three versions as SQL text, and what is expected of their merge.

base.sql         makes the base; without it there is none, and git's stand-in of zero bytes is used
ours.sql         what was done to a copy of base (or to nothing)
theirs.sql       likewise
pragmas.json     for a side that cannot be a copy: {"ours": {"encoding": "UTF-16le"}}; base.sql runs there too
expected.json    `refused`, or `tables` and `conflicts`; see test_cases.py
note.md          why, where that is not plain
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from waifusync.core.three_way import Strategy
from waifusync.merging.files import Versions

CASES = Path(__file__).parent / "cases"
_TURNED = {Strategy.OURS: Strategy.THEIRS, Strategy.THEIRS: Strategy.OURS}


@dataclass(frozen=True)
class Case:
    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def expected(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "expected.json").read_text())
        return found

    @property
    def has_base(self) -> bool:
        return (self.folder / "base.sql").exists()

    def strategy(self, *, turned: bool = False) -> Strategy:
        asked = Strategy(self.expected.get("strategy", "manual_review"))
        return _TURNED.get(asked, asked) if turned else asked

    def build(self, where: Path, *, turned: bool = False) -> Versions:
        """Writes the three files; `turned` has the sides swapped."""
        base = self.make(where / "base.db")
        ours = self.make(where / "ours.db", "theirs" if turned else "ours")
        theirs = self.make(where / "theirs.db", "ours" if turned else "theirs")
        return Versions.of(base, ours, theirs)

    def make(self, path: Path, side: str | None = None) -> Path:
        """One version: base when no side is named."""
        pragmas = self._pragmas.get(side or "base", {})
        path.write_bytes(b"")
        if side is not None and not pragmas and self._sql("base"):
            self.make(path)
            _run(path, self._sql(side))
        else:
            before = [f"PRAGMA {name} = '{value}';" for name, value in pragmas.items()]
            _run(path, "\n".join([*before, self._sql("base"), self._sql(side) if side else ""]))
        return path

    @property
    def _pragmas(self) -> dict[str, dict[str, str]]:
        path = self.folder / "pragmas.json"
        found: dict[str, dict[str, str]] = json.loads(path.read_text()) if path.exists() else {}
        return found

    def _sql(self, side: str) -> str:
        path = self.folder / f"{side}.sql"
        return path.read_text() if path.exists() else ""


def _run(path: Path, script: str) -> None:
    if script.strip():
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript("PRAGMA synchronous = OFF;\n" + script)


def all_cases() -> list[Case]:
    return [Case(folder) for folder in sorted(CASES.iterdir()) if folder.is_dir()]
