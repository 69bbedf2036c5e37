"""Which memories are duplicates of which: for each that is new, its best match among all others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from waifusync.core.matching.deciding import GREY, Decision, Method, Verdict, decide, threshold_for
from waifusync.core.matching.links import SEPARATED, Link
from waifusync.core.matching.vetoes import Told
from waifusync.memory.matching import Matching
from waifusync.memory.memory_rows import MemoryRows, Row
from waifusync.values import NamedTuple

_READ_AT_ONCE = 16


class Choices(NamedTuple):
    """`threshold` None goes by who told of the memories."""

    threshold: float | None = None
    method: Method = Method.BOTH

    @property
    def name(self) -> str:
        """Memories that were compared with these choices need not be compared again with them."""
        return f"{self.method.value} {'by trust' if self.threshold is None else self.threshold}"

    @property
    def floor(self) -> float:
        """The least likeness that matters, whatever tiers the memories are of."""
        return (threshold_for("person") if self.threshold is None else self.threshold) - GREY


class Match(NamedTuple):
    """Two memories, and what they are to each other: the same, or for a person to say."""

    ours: Row
    theirs: Row
    decision: Decision

    @property
    def is_same(self) -> bool:
        return self.decision.verdict is Verdict.SAME

    @property
    def rank(self) -> tuple[tuple[bool, float, float], tuple[int, ...]]:
        """The best match has the greatest; of two equal ones, all devices take the same."""
        return self.decision.strength, tuple(-ord(letter) for letter in self.theirs.key)


class Comparer:
    """Compares memories one by one with all others; reads, and writes nothing."""

    def __init__(self, matching: Matching, choices: Choices, links: Iterable[Link]) -> None:
        self._matching = matching
        self._rows: MemoryRows = matching.rows
        self._vectors = matching.vectors
        self._choices = choices
        self._apart = {frozenset((link.first, link.second)) for link in links if link.verdict == SEPARATED}

    def matches(self, records: Sequence[int], waiting: frozenset[int]) -> Iterator[Match]:
        """Of each of these its best match; of two that both wait, the later one looks for the earlier."""
        near = self._near(records)
        for row in self._rows.of(records).values():
            ours = self._rows.told(row)
            others = self._others(row.record, ours, near.get(row.record, ()), waiting)
            if found := self._best(row, ours, others):
                yield found

    def _near(self, records: Sequence[int]) -> dict[int, list[int]]:
        if self._choices.method is Method.JACCARD:
            return {}
        is_alone = self._choices.method is Method.EMBEDDING
        limit = threshold_for("person") if self._choices.threshold is None else self._choices.threshold
        return self._vectors.near(records, limit - GREY if is_alone else limit)

    def _others(self, record: int, ours: Told, near: Iterable[int], waiting: frozenset[int]) -> Iterator[int]:
        """Candidates, the likeliest first, each once."""
        choices, seen = self._choices, {record}
        limit = threshold_for(ours.trust) if choices.threshold is None else choices.threshold
        alike = (found.doc for found in self._matching.alike(ours, limit - GREY))
        for source in (alike, near):
            for other in source:
                if other not in seen and not (other in waiting and other > record):
                    seen.add(other)
                    yield other

    def _best(self, row: Row, ours: Told, others: Iterator[int]) -> Match | None:
        best: Match | None = None
        while some := list(islice(others, _READ_AT_ONCE)):
            rows = self._rows.of(some)
            for other in (rows[each] for each in some if each in rows):
                found = self._match(row, ours, other)
                if found and (best is None or found.rank > best.rank):
                    best = found
            if best and best.is_same and best.decision.words == 1.0:
                break
        return best

    def _match(self, row: Row, ours: Told, other: Row) -> Match | None:
        if frozenset((row.key, other.key)) in self._apart:
            return None
        cosine = None if self._choices.method is Method.JACCARD else self._vectors.cosine(row, other)
        threshold, method = self._choices
        decision = decide(ours, self._rows.told(other), threshold=threshold, method=method, cosine=cosine)
        return None if decision.verdict is Verdict.DIFFERENT else Match(row, other, decision)
