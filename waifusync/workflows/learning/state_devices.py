"""What a SyncManager talks to: the protocol of a device, and one that is a program's memory.

What is exchanged are words, each source's own, never means: a word that comes back to its source, or by two
ways, is known there and changes nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from waifusync.core.learning.state_merging import Merged, merge, resolve
from waifusync.core.learning.state_values import numbers_of
from waifusync.core.learning.states import Head, State, StateDelta, digest_of, next_epoch, patched
from waifusync.workflows.companion import wall_clock
from waifusync.workflows.learning.states import checked_confidence, checked_state_name


class StateDevice(Protocol):
    """Anything whose states are kept together. Both may raise, or take as long as they like."""

    @property
    def name(self) -> str:
        """Tells it from the other devices of a manager."""

    def read_state(self) -> Iterable[State]:
        """Every word that it knows, its own and those of others that it took."""

    def take(self, deltas: Sequence[StateDelta]) -> None:
        """Words that it lacks: of those that it has an older one of, only what changed. All or none.

        Raises UntrustedError where it has no longer what it read out; then it is sent them whole.
        """


class KnownStates:
    """The words that count, of all that were ever added; for use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._states: list[State] = []

    def all(self) -> list[State]:
        with self._lock:
            return list(self._states)

    def replace(self, states: Iterable[State]) -> None:
        """These, and nothing of before."""
        with self._lock:
            self._states = counted(states)

    def add(self, states: Iterable[State]) -> None:
        """Any order and any repetition come to the same."""
        with self._lock:
            self._states = counted([*self._states, *states])

    def take(self, deltas: Sequence[StateDelta]) -> list[State]:
        """The words that these make of those known, added. Raises UntrustedError; then none is."""
        with self._lock:
            known = {each.head.place: each for each in self._states}
            taken = [patched(known.get(each.head.place), each) for each in deltas]
            self._states = counted([*self._states, *taken])
        return taken


def counted(states: Iterable[State]) -> list[State]:
    """Of each name's greatest epoch, the newest word of each source."""
    return [each for of_name in resolve(states).values() for each in of_name]


class ProgramDevice:
    """A program's states, in its memory: it puts its own word, and reads what all words come to."""

    def __init__(self, name: str, *, clock: Callable[[], int] = wall_clock) -> None:
        self.name = name
        self._clock = clock
        self._known = KnownStates()

    def put(self, name: str, vector: object, *, confidence: float = 1.0) -> None:
        """This program's own word. Raises UsageError, as `put_state`."""
        numbers = numbers_of(vector, "vector")
        heads = [each.head for each in self._known.all() if each.head.name == name]
        number = next_epoch(heads, dtype=numbers.dtype, dimension=numbers.dimension)
        before = max((each.as_of for each in heads if each.source == self.name), default=-1)
        head = Head(
            name=checked_state_name(name),
            number=number,
            dtype=numbers.dtype,
            dimension=numbers.dimension,
            source=self.name,
            device=self.name,
            confidence=checked_confidence(confidence),
            as_of=max(self._clock(), before + 1),
            digest=digest_of(numbers.content),
        )
        self._known.add([State(head, numbers.content)])

    def merged(self, name: str) -> Merged | None:
        """What all words known here come to; None before there is one."""
        return merge(self._known.all()).get(name)

    def read_state(self) -> list[State]:
        return self._known.all()

    def take(self, deltas: Sequence[StateDelta]) -> None:
        self._known.take(deltas)
