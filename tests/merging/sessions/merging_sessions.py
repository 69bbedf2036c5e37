"""Three sessions as files, merged in both orders."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from waifusync.core.three_way import Strategy
from waifusync.merging import sessions
from waifusync.merging.files import Merged, Versions


@dataclass(frozen=True)
class Result:
    """What a merge wrote and decided."""

    merged: Merged
    text: str

    @property
    def value(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text)
        return found

    @property
    def said(self) -> list[str]:
        return [turn["content"] for turn in self.value["messages"]]

    @property
    def conflicts(self) -> list[tuple[object, ...]]:
        """In words that do not change when the sides are swapped."""
        listed = []
        for each in self.merged.conflicts:
            assert each.clash is not None
            sides = sorted(json.dumps(side, sort_keys=True) for side in (each.clash.ours, each.clash.theirs))
            listed.append((each.table, each.key, each.clash.reason, *sides))
        return sorted(listed, key=str)


def write(path: Path, session: object) -> Path:
    path.write_bytes(session if isinstance(session, bytes) else json.dumps(session).encode())
    return path


def merge(
    folder: Path, base: object, ours: object, theirs: object, strategy: Strategy = Strategy.MANUAL_REVIEW
) -> Result:
    """`base` None is none; the result goes to ours, as git wants it."""
    folder.mkdir(exist_ok=True)
    before = None if base is None else write(folder / "base", base)
    out = write(folder / "ours", ours)
    merged = sessions.merge(Versions.of(before, out, write(folder / "theirs", theirs)), out, strategy)
    return Result(merged, out.read_text("utf-8"))


def both(folder: Path, base: object, ours: object, theirs: object) -> Result:
    """The same from both sides, by the values that came out and the conflicts; returns that of ours."""
    one = merge(folder, base, ours, theirs)
    other = merge(folder, base, theirs, ours)
    assert other.value == one.value
    assert other.conflicts == one.conflicts
    return one


def turn(content: str, role: str = "user", **more: object) -> dict[str, object]:
    return {"role": role, "content": content, **more}


def session(*turns: object, **more: object) -> dict[str, object]:
    return {"session_id": "laptop_session_001", "messages": list(turns), **more}
