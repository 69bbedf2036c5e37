"""What writers were told, read from outside the database, and what must therefore be in it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple


class Attempt(NamedTuple):
    """One write; `ending` is done, busy, or "" where the writer was killed at it."""

    what: str
    text: str
    answer: str
    ending: str
    milliseconds: float


def attempts(path: Path) -> Iterator[Attempt]:
    """In their order. A writer that was killed may have left half a line."""
    begun: dict[str, Any] | None = None
    for line in path.read_text().splitlines():
        try:
            told = json.loads(line)
        except json.JSONDecodeError:
            continue
        if "begun" not in told and begun is not None:
            yield _attempt(begun, "busy" if "busy" in told else "done", told["milliseconds"])
            begun = None
            continue
        if begun is not None:
            yield _attempt(begun, "", 0.0)
        begun = told if "begun" in told else None
    if begun is not None:
        yield _attempt(begun, "", 0.0)


def _attempt(begun: Mapping[str, Any], ending: str, milliseconds: float) -> Attempt:
    return Attempt(begun["what"], begun["text"], begun["answer"], ending, milliseconds)


class Expected(NamedTuple):
    """By text, which answers a row may hold; with None among them it may also not be there."""

    rows: Mapping[str, set[str | None]]

    @classmethod
    def of(cls, ledgers: Iterable[Path]) -> Expected:
        """Each row has one writer, so the order within a ledger is the order of the row's life."""
        rows: dict[str, set[str | None]] = defaultdict(lambda: {None})
        for path in ledgers:
            for each in attempts(path):
                after = None if each.what == "delete" else each.answer
                if each.ending == "done":
                    rows[each.text] = {after}
                elif each.ending == "":
                    rows[each.text].add(after)
        return cls(dict(rows))

    @property
    def acknowledged(self) -> int:
        """Rows that must be there."""
        return sum(None not in answers for answers in self.rows.values())

    def wrong(self, there: Mapping[str, str]) -> list[str]:
        """What is lost, came back, says something else, or was written by nobody."""
        lost = [text for text, may in self.rows.items() if there.get(text) not in may]
        return [*lost, *(text for text in there if text not in self.rows)]
