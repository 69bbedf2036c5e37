"""What every kind of merge has in common: three paths, a result that says what was decided, and refusals."""

from __future__ import annotations

import json
from pathlib import Path

from waifusync.core.three_way import Decision, Strategy, conflicts
from waifusync.errors import RefusedError
from waifusync.values import NamedTuple

_JOURNAL_HEADER = 8


class CannotMerge(RefusedError):
    """These versions cannot become one file; ours is as it was."""


class Versions(NamedTuple):
    """Base, ours, theirs; `base` None when there is none (a file of zero bytes counts as none)."""

    base: Path | None
    ours: Path
    theirs: Path

    @staticmethod
    def of(base: Path | None, ours: Path, theirs: Path) -> Versions:
        """With git's empty stand-in for a base that never was taken as none; raises CannotMerge."""
        for path in (ours, theirs):
            if not path.is_file():
                raise CannotMerge(f"{path} is not a file")
        has_base = base is not None and base.is_file() and base.stat().st_size > 0
        return Versions(base if has_base else None, ours, theirs)


def is_hot(journal: Path) -> bool:
    """Whether its database lacks what it holds: one that is only kept is empty, or begins with zeros."""
    try:
        with journal.open("rb") as opened:
            return any(opened.read(_JOURNAL_HEADER))
    except FileNotFoundError:
        return False
    except IsADirectoryError:
        return True


class Merged(NamedTuple):
    """What a merge decided; the file itself is at the place asked for."""

    kind: str
    strategy: Strategy
    decisions: tuple[Decision, ...]
    notes: tuple[str, ...] = ()

    @property
    def conflicts(self) -> list[Decision]:
        """What waits for a person."""
        return conflicts(self.decisions)

    def to_json(self) -> dict[str, object]:
        """The report's shape, which `merge-file --json` prints too."""
        return {
            "kind": self.kind,
            "strategy": self.strategy.value,
            "conflicts": len(self.conflicts),
            "decisions": [each.to_json() for each in self.decisions],
            "notes": list(self.notes),
        }

    def write_report(self, path: Path) -> None:
        """One JSON document, whole or not at all; a link that lies in its place is replaced, not followed."""
        beside = path.with_name(path.name + ".new")
        beside.unlink(missing_ok=True)
        with beside.open("x", encoding="utf-8") as file:
            file.write(json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n")
        beside.replace(path)
