"""What lies between the devices: logs and vectors.

Nothing here reads a clock or the system's chance: one seed makes one history.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from waifusync.core.entry import Entry, is_chained, line_chain, parse_line
from waifusync.memory.terms import Choices

START_MILLISECONDS = 1_500_000_000_000
CHOICES = Choices(vectors={"memories.embeddings": "model_used"})


class BrokenPromise(AssertionError):
    """Something that must never happen did."""


@dataclass(frozen=True, slots=True)
class Line:
    entry: Entry
    chain: str
    raw: bytes = b""

    @property
    def order(self) -> tuple[int, str, int]:
        return self.entry.time, self.entry.device, self.entry.number


@dataclass(slots=True)
class Store:
    """The logs as one device holds them: a prefix of each."""

    logs: dict[str, list[Line]] = field(default_factory=dict)

    def append(self, device: str, text: bytes) -> None:
        log = self.logs.setdefault(device, [])
        if not is_chained(text, log[-1].chain if log else ""):
            raise BrokenPromise(f"line {len(log) + 1} of {device} does not continue its log")
        entry = parse_line(text, device)
        if entry.number != len(log) + 1 or (log and entry.time <= log[-1].entry.time):
            raise BrokenPromise(f"line {entry.number} of {device} is out of order")
        log.append(Line(entry, line_chain(text)))

    def in_order(self) -> Iterator[Line]:
        """Everything, causes before effects."""
        return heapq.merge(*self.logs.values(), key=lambda line: line.order)

    def take_from(self, other: Store, *, upto: int | None = None) -> None:
        """What the other holds up to a hybrid time: such a cut never splits a cause from its effect."""
        for device, theirs in other.logs.items():
            mine = self.logs.setdefault(device, [])
            for line in theirs[len(mine) :]:
                if upto is not None and line.entry.time > upto:
                    break
                mine.append(line)

    def find(self, device: str, number: int) -> Entry | None:
        log = self.logs.get(device, [])
        return log[number - 1].entry if number <= len(log) else None


@dataclass(slots=True)
class World:
    """Shared by the devices of one history."""

    directory: Path
    vectors: dict[tuple[str, str, int], bytes] = field(default_factory=dict)
    tokens: int = 0

    def new_value(self) -> str:
        """A text that nobody wrote before."""
        self.tokens += 1
        return f"v{self.tokens}"

    def keep_vector(self, address: tuple[str, str, int], content: bytes) -> None:
        if self.vectors.setdefault(address, content) != content:
            raise BrokenPromise(f"vector {address} was given out twice")


def text_of(line: Line) -> str:
    """What a line carries, to look for values in."""
    return json.dumps(line.entry.fields, ensure_ascii=False)
