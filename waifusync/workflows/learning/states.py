"""State vectors told by this device: its own word, and words of others that it was handed.

A head and its blocks are told in one transaction, and of the blocks only those that changed.
"""

from __future__ import annotations

from collections.abc import Iterable

from waifusync.core import clock
from waifusync.core.events import MERGE_STATES
from waifusync.core.learning.collections import STATE_BLOCKS, STATES
from waifusync.core.learning.personality import is_within
from waifusync.core.learning.state_values import Numbers, numbers_of
from waifusync.core.learning.states import Head, State, blocks_of, digest_of, next_epoch, told_by
from waifusync.core.values import to_travel
from waifusync.errors import UsageError
from waifusync.memory.learned import Learning
from waifusync.values import dataclass
from waifusync.workflows.companion import Companion, wall_clock
from waifusync.workflows.learning.reading_states import StatesRead
from waifusync.workflows.working import at_work

_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Put:
    """The word as it stands now, how many of its blocks were told, and the epoch that it ended (0: none)."""

    head: Head
    blocks: int
    ended: int
    is_new: bool


def put_state(
    companion: Companion, name: str, vector: object, *, confidence: float = 1.0, path: str = "vector"
) -> Put:
    """This device's own word: an array, or a list of numbers. The same again is no word.

    Raises UsageError, with `path` for what is wrong in the vector; then nothing was written.
    """
    name = checked_state_name(name)
    numbers = numbers_of(vector, path)
    confidence = checked_confidence(confidence)
    with at_work(companion, "state") as work, work.lesson() as learning:
        return _put(learning, name, numbers, confidence=confidence)


def _put(learning: Learning, name: str, numbers: Numbers, *, confidence: float) -> Put:
    read = StatesRead(learning.connection)
    known = read.heads(name)
    number = next_epoch(known, dtype=numbers.dtype, dimension=numbers.dimension)
    head = Head(
        name=name,
        number=number,
        dtype=numbers.dtype,
        dimension=numbers.dimension,
        source=learning.device,
        device=learning.device,
        confidence=confidence,
        as_of=max(wall_clock(), clock.milliseconds_of(learning.ledger.clock)),
        digest=digest_of(numbers.content),
    )
    own = next((each for each in known if each.key == head.key), None)
    is_same = own is not None and (own.digest, own.confidence) == (head.digest, head.confidence)
    # Of a copied card, blocks of both machines may stand under one head until this one puts its own again.
    if own and is_same and read.state(own):
        return Put(own, 0, 0, is_new=False)
    ended = max((each.number for each in known), default=0)
    blocks = _tell(learning, State(head, numbers.content))
    return Put(head, blocks, ended if ended < number else 0, is_new=True)


def take_in_states(learning: Learning, states: Iterable[State]) -> int:
    """Words of other sources, as this device was told them; how many were news."""
    newest: dict[object, tuple[object, ...]] = {}
    for each in StatesRead(learning.connection).heads():
        newest[each.place] = max(each.word, newest.get(each.place, each.word))
    news = 0
    for state in states:
        head = told_by(state.head, learning.device)
        if head.place not in newest or head.word > newest[head.place]:
            _tell(learning, State(head, state.content))
            newest[head.place] = head.word
            news += 1
    return news


def _tell(learning: Learning, state: State) -> int:
    """How many blocks were told: `put` leaves out those that are known."""
    keys = zip(state.head.block_keys(), blocks_of(state.content), strict=True)
    told = sum(learning.put(STATE_BLOCKS, key, {"content": to_travel(content)}) for key, content in keys)
    learning.put(STATES, state.head.key, state.head.to_fields())
    learning.announce(MERGE_STATES, {"updated": 1, "blocks": told})
    return told


def remove_state(companion: Companion, name: str, *, source: str | None = None) -> int:
    """Takes a state away on every device, or one source's words of it; how many words. Raises UsageError."""
    with at_work(companion, "state") as work, work.lesson() as learning:
        read = StatesRead(learning.connection)
        found = [each for each in read.heads(name) if source in (None, each.source)]
        if not found:
            raise UsageError(f"there is no state {name!r}" + (" of that source" if source else ""))
        for head in found:
            for key in (head.key, *head.block_keys()):
                learning.delete(STATES if key == head.key else STATE_BLOCKS, key)
        return len(found)


def checked_state_name(name: str) -> str:
    """Raises UsageError."""
    if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise UsageError(f"a state's name has 1 to {_LONGEST_NAME} letters, all of them printable")
    return name


def checked_confidence(confidence: object) -> float:
    """Raises UsageError."""
    if not is_within(confidence, 0) or not confidence:
        raise UsageError(f"confidence: {confidence!r} is not above 0 and up to 1")
    return float(confidence)  # type: ignore[arg-type]  # is_within saw a number
