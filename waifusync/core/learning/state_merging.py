"""From the set of all words of a state to the one that is shown: a weighted mean over its sources.

weight = confidence * recency, and recency is 1 for the newest word; for others it halves with each 30 whole
days before that one, in straight lines between, and is never less than 1/16: a clock set to another century
outweighs nobody. No wall clock is read.

Everything is of plain sums and products in one order, float64, so all devices agree to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from waifusync.core.learning.states import Head, State, digest_of
from waifusync.values import NamedTuple

if TYPE_CHECKING:
    import numpy

DAY_MILLISECONDS = 86_400_000
HALVED_DAYS = 30
LEAST_RECENCY = 1 / 16


class Merged(NamedTuple):
    """What the words of one name come to; `parts` are those that count, with their shares of 1."""

    name: str
    parts: Sequence[tuple[Head, float]]
    content: bytes

    @property
    def head(self) -> Head:
        """Of the newest part: name, epoch, length and kind of number are those of all."""
        return max((head for head, _ in self.parts), key=lambda head: head.rank)

    @property
    def digest(self) -> str:
        """SHA-256 of the merged bytes: equal on two devices that hold the same words."""
        return digest_of(self.content)

    @property
    def values(self) -> numpy.ndarray[Any, Any]:  # Any: of the state's kind of number
        """The numbers, not to be written to."""
        return State(self.head, self.content).values


def counting(heads: Iterable[Head]) -> dict[str, list[Head]]:
    """By name, of the greatest epoch the newest word of each source, in the order of the sources."""
    found: dict[str, dict[str, Head]] = {}
    for each in heads:
        known = found.setdefault(each.name, {})
        epoch = next(iter(known.values())).epoch if known else each.epoch
        if each.epoch > epoch:
            known.clear()
        if each.epoch >= epoch and (each.source not in known or each.rank > known[each.source].rank):
            known[each.source] = each
    return {name: [known[source] for source in sorted(known)] for name, known in sorted(found.items())}


def resolve(states: Iterable[State]) -> dict[str, list[State]]:
    """The same of whole words: those that count. Any order, grouping or repetition gives the same."""
    by_head = {each.head: each for each in states}
    return {name: [by_head[head] for head in heads] for name, heads in counting(by_head).items()}


def merge(states: Iterable[State]) -> dict[str, Merged]:
    """By name, what its words come to."""
    return {name: _merged(name, words) for name, words in resolve(states).items()}


def shares(heads: Sequence[Head]) -> list[float]:
    """What each weighs, of 1 together."""
    newest = max(head.as_of for head in heads)
    weights = [head.confidence * recency(newest - head.as_of) for head in heads]
    total = 0.0
    for weight in weights:
        total += weight
    return [weight / total for weight in weights]


def recency(milliseconds: int) -> float:
    """Of a word that is so much older than the newest; by plain arithmetic, since `**` differs by system."""
    halvings, rest = divmod(milliseconds // DAY_MILLISECONDS, HALVED_DAYS)
    if halvings >= 4:
        return LEAST_RECENCY
    return (1 - rest / HALVED_DAYS / 2) / (1 << halvings)


def _merged(name: str, words: Sequence[State]) -> Merged:
    parts = shares([each.head for each in words])
    content = words[0].content if len(words) == 1 else _mean([each.values for each in words], parts)
    return Merged(name, [(word.head, share) for word, share in zip(words, parts)], content)


def _mean(vectors: Sequence[numpy.ndarray[Any, Any]], parts: Sequence[float]) -> bytes:  # Any: as above
    import numpy

    wide = [each.astype(numpy.float64) for each in vectors]
    total, least, most = numpy.zeros_like(wide[0]), wide[0], wide[0]
    with numpy.errstate(over="ignore"):
        for values, share in zip(wide, parts):
            total = total + values * share
            least, most = numpy.minimum(least, values), numpy.maximum(most, values)
    # Rounding may not lead out of what was said: equal words come back, and none overflows. Which of the two
    # zeros `clip` takes differs by processor; adding 0 leaves only one.
    inside = numpy.clip(total, least, most) + 0.0
    return inside.astype(vectors[0].dtype).tobytes()
