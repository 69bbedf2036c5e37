"""Named vectors of numbers (a "neural state"): each source's own word, in blocks that travel one by one.

Another length or kind of number begins a new epoch of the name. The greatest epoch is the one that is shown;
words of older ones are kept. Two devices that begin one at the same time with different vectors begin two.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from waifusync.core.learning.collections import key_of
from waifusync.core.learning.personality import is_within
from waifusync.core.values import Travel
from waifusync.errors import UntrustedError
from waifusync.values import dataclass, replace

if TYPE_CHECKING:
    import numpy

# Bytes a number takes. Little-endian, as in .npy files of every common machine.
DTYPES: Mapping[str, int] = {"float16": 2, "float32": 4, "float64": 8}
BLOCK_BYTES = 4096
MOST_BYTES = 16 << 20
_LARGEST = 1 << 62

Array = "numpy.ndarray[Any, Any]"  # Any: of whatever kind of number
Epoch = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Head:
    """What is said of a vector beside its numbers. `as_of` is the millisecond of the word, `device` the one
    that wrote it down, `digest` the SHA-256 of its bytes."""

    name: str
    number: int
    dtype: str
    dimension: int
    source: str
    device: str
    confidence: float
    as_of: int
    digest: str

    @property
    def epoch(self) -> Epoch:
        """Orders the epochs of a name, the same on every device."""
        return self.number, self.dimension, self.dtype

    @property
    def place(self) -> tuple[str, Epoch, str]:
        """What one source has one word of: a name, in an epoch."""
        return self.name, self.epoch, self.source

    @property
    def word(self) -> tuple[int, float, str]:
        """Decides between two words of one place; equal only where they say the same."""
        return self.as_of, self.confidence, self.digest

    @property
    def rank(self) -> tuple[int, float, str, str]:
        """The same, where two devices wrote one word down."""
        return *self.word, self.device

    @property
    def length(self) -> int:
        """Of all the numbers, in bytes."""
        return self.dimension * DTYPES[self.dtype]

    @property
    def key(self) -> str:
        """Of the record of this head; only `device` writes it."""
        return key_of("state", *self._parts, self.device)

    def block_keys(self) -> list[str]:
        """Of the records of its blocks, in order."""
        count = -(-self.length // BLOCK_BYTES)
        return [key_of("block", *self._parts, str(place), self.device) for place in range(count)]

    @property
    def _parts(self) -> tuple[str, ...]:
        return self.name, f"{self.number}-{self.dimension}-{self.dtype}", self.source

    def to_fields(self) -> dict[str, Travel]:
        """All of it; the fields of one state are always told together."""
        told: dict[str, Travel] = {"name": self.name, "epoch": self.number, "dtype": self.dtype}
        told |= {"dimension": self.dimension, "source": self.source, "device": self.device}
        return {**told, "confidence": self.confidence, "as_of": self.as_of, "digest": self.digest}


@dataclass(frozen=True, slots=True)
class State:
    """One source's whole word."""

    head: Head
    content: bytes

    @property
    def values(self) -> numpy.ndarray[Any, Any]:  # Any: as in Array
        """The numbers, not to be written to."""
        import numpy

        return numpy.frombuffer(self.content, numpy.dtype(self.head.dtype).newbyteorder("<"))


@dataclass(frozen=True, slots=True)
class StateDelta:
    """A word as it is sent to somebody who has an older one of the same source and epoch: what changed."""

    head: Head
    blocks: Mapping[int, bytes]


def head_of(key: str, fields: Mapping[str, Travel]) -> Head | None:
    """Whatever a device wrote; None for what says nothing that counts, or stands under another's key."""
    texts = [fields.get(name) for name in ("name", "dtype", "source", "device", "digest")]
    numbers = [fields.get(name) for name in ("epoch", "dimension", "as_of")]
    confidence = fields.get("confidence")
    if not all(isinstance(each, str) for each in texts) or not all(map(_is_count, numbers)):
        return None
    if texts[1] not in DTYPES or not is_within(confidence, 0) or not confidence:
        return None
    (name, dtype, source, device, digest), (number, dimension, as_of) = texts, numbers
    head = Head(name, number, dtype, dimension, source, device, float(confidence), as_of, digest)  # type: ignore[arg-type]  # seen above
    return head if head.key == key and 0 < head.length <= MOST_BYTES else None


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < _LARGEST


def digest_of(content: bytes) -> str:
    """As a head has it."""
    return hashlib.sha256(content).hexdigest()


def blocks_of(content: bytes) -> list[bytes]:
    """Of equal length but the last."""
    return [content[start : start + BLOCK_BYTES] for start in range(0, len(content), BLOCK_BYTES)]


def whole(head: Head, blocks: Iterable[bytes]) -> State | None:
    """None where blocks are missing, or are of another moment than the head: they come one by one."""
    content = b"".join(blocks)
    is_whole = len(content) == head.length and digest_of(content) == head.digest
    return State(head, content) if is_whole else None


def delta(before: State | None, after: State) -> StateDelta:
    """What one who has `before` lacks: every block where that is of another epoch, or nothing."""
    new = blocks_of(after.content)
    old = blocks_of(before.content) if before and before.head.epoch == after.head.epoch else []
    return StateDelta(
        after.head, {place: each for place, each in enumerate(new) if old[place : place + 1] != [each]}
    )


def patched(before: State | None, change: StateDelta) -> State:
    """The inverse of `delta`. Raises UntrustedError where `before` is not what the sender took it for."""
    old = blocks_of(before.content) if before and before.head.epoch == change.head.epoch else []
    count = -(-change.head.length // BLOCK_BYTES)
    blocks = [change.blocks.get(place, old[place] if old else b"") for place in range(count)]
    found = whole(change.head, blocks)
    if found is None:
        raise UntrustedError(f"the blocks of state {change.head.name!r} do not fit together")
    return found


def next_epoch(known: Iterable[Head], *, dtype: str, dimension: int) -> int:
    """The number of the epoch that such a vector belongs to, of a name with these heads."""
    greatest = max((each.epoch for each in known), default=(0, 0, ""))
    return greatest[0] if greatest[1:] == (dimension, dtype) else greatest[0] + 1


def told_by(head: Head, device: str) -> Head:
    """The same word, as this device writes it down."""
    return replace(head, device=device)
