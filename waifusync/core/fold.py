"""What a set of touches of one record comes to: a pure function, so any order, grouping or repetition agrees.

                        had seen every deletion     had not seen some deletion
    a touch with fields counts                      is overruled, and listed
    the record          lives, if one counts        is deleted, if none counts

Per field, of the touches that count, the greatest rank wins. Touches of one field that no other touch of
it had seen are its heads; heads of different value are a clash: the winner is provisional, the rest is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Protocol

from waifusync.values import dataclass

_FEW = 4


class Touch(Protocol):
    """An entry, or as much of one as folding needs: `fields` maps names to values or to hashes of them."""

    @property
    def device(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def seen(self) -> Mapping[str, int]: ...
    @property
    def fields(self) -> Mapping[str, object] | None: ...
    @property
    def rank(self) -> tuple[int, str, int]: ...


@dataclass(frozen=True, slots=True)
class Clash:
    """Two touches of one field that had not seen each other; `field` is "": a deletion overruled an edit."""

    field: str
    winner: Touch
    loser: Touch


@dataclass(frozen=True, slots=True)
class Folded:
    """Who decides each field of a living record; no winners and not alive when it is deleted."""

    alive: bool
    winners: Mapping[str, Touch]
    clashes: tuple[Clash, ...]


def saw(later: Touch, earlier: Touch) -> bool:
    """Whether the writer of `later` knew `earlier`."""
    return later.seen.get(earlier.device, 0) >= earlier.number


def fold(touches: Iterable[Touch]) -> Folded:
    """The state of one record after all of these."""
    edits, deletions = _in_order(touches)
    counting = _counting(edits, deletions)
    winners = {name: edit for edit in counting for name in edit.fields or ()}
    if _is_succession([*edits, *deletions]):
        return Folded(bool(counting), winners, ())
    clashes = [clash for name in sorted(winners) for clash in _clashes(name, winners[name], counting)]
    return Folded(bool(counting), winners, (*clashes, *_overruled(edits, deletions)))


def heads(name: str, touches: Iterable[Touch]) -> list[Touch]:
    """The touches of one field that no other touch of it had seen, by rank; the last is the winner."""
    return _heads(name, _counting(*_in_order(touches)))


def _in_order(touches: Iterable[Touch]) -> tuple[list[Touch], list[Touch]]:
    """Edits and deletions, each by rank."""
    distinct = {(touch.device, touch.number): touch for touch in touches}
    ordered = sorted(distinct.values(), key=lambda touch: touch.rank)
    edits = [touch for touch in ordered if touch.fields is not None]
    return edits, [touch for touch in ordered if touch.fields is None]


def _counting(edits: list[Touch], deletions: list[Touch]) -> list[Touch]:
    return [edit for edit in edits if all(saw(edit, deletion) for deletion in deletions)]


def _is_succession(touches: list[Touch]) -> bool:
    """Whether each saw all that it outranks: then nothing is in dispute, and most records are like that."""
    if len(touches) > _FEW:  # asking of each pair would cost more than looking for what is
        return False
    ordered = sorted(touches, key=lambda touch: touch.rank)
    return all(saw(later, earlier) for earlier, later in combinations(ordered, 2))


def _clashes(name: str, winner: Touch, counting: list[Touch]) -> list[Clash]:
    heads = _heads(name, counting)
    return [Clash(name, winner, head) for head in heads if _value(head, name) != _value(winner, name)]


def _heads(name: str, counting: list[Touch]) -> list[Touch]:
    writers = [edit for edit in counting if name in (edit.fields or ())]
    # Latest first: it has mostly seen all the others, which keeps a record of many edits linear.
    latest_first = writers[::-1]
    return [
        edit for edit in writers if not any(saw(other, edit) for other in latest_first if other is not edit)
    ]


def _value(touch: Touch, name: str) -> object:
    return (touch.fields or {})[name]


def _overruled(edits: list[Touch], deletions: list[Touch]) -> list[Clash]:
    """Edits that a deletion overruled without its writer having known them, unless somebody did see both."""
    found = []
    for edit in edits:
        against = [each for each in deletions if not saw(edit, each) and not saw(each, edit)]
        later = (other for other in (*edits, *deletions) if other is not edit)
        if against and not any(saw(other, edit) for other in later):
            found.append(Clash("", against[-1], edit))
    return found
