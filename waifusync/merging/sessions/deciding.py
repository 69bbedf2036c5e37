"""What a merge of sessions has decided so far, and how it decides on one thing more."""

from __future__ import annotations

from enum import Enum

from waifusync.core.moments import moment
from waifusync.core.three_way import Action, Clash, Decision, Side, Strategy, which
from waifusync.merging.clashes import Times, Wanted, action_of, clashed
from waifusync.merging.sessions.reading import canonical, shown
from waifusync.values import dataclass, field

TIMES = ("updated_at", "timestamp")


class Absent(Enum):
    """Stands where one version has no such member: null is a value."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Place:
    """Which part of a session is being decided."""

    table: str
    key: str


@dataclass(slots=True)
class Deciding:
    """The decisions, in the order of the merged session; `times` are the sides' own, to settle clashes by."""

    strategy: Strategy
    times: Times | None
    decisions: list[Decision] = field(default_factory=list)

    def note(self, place: Place, action: Action, side: Side, clash: Clash | None = None) -> None:
        """One decision more."""
        self.decisions.append(Decision(place.table, place.key, action, side, clash=clash))

    def three_way(
        self, place: Place, base: object, ours: object, theirs: object, *, times: Times | None = None
    ) -> object:
        """What is to stand there, ABSENT being one of the values; `times` tell better than the sides' own."""
        before, mine, yours = text_of(base), text_of(ours), text_of(theirs)
        side = which(before, mine, yours)
        if side is None:
            wanted = (_wanted(each) for each in (base, ours, theirs))
            side, action, clash = clashed(self.strategy, *wanted, times=times or self.times)
            self.note(place, action, side, clash)
        elif mine != yours:
            self.note(place, action_of(before, mine if side is Side.OURS else yours), side)
        return ours if side is Side.OURS else theirs


def times_of(ours: dict[str, object], theirs: dict[str, object]) -> Times | None:
    """When each was last written; None unless both say so."""
    mine, yours = _time_of(ours), _time_of(theirs)
    return None if mine is None or yours is None else (mine, yours)


def _time_of(session: dict[str, object]) -> float | None:
    found = (moment(session.get(name)) for name in TIMES)
    return next((time for time in found if time is not None), None)


def text_of(value: object) -> str | None:
    """What tells values apart; None for an absent one."""
    return None if value is ABSENT else canonical(value)


def shown_of(value: object) -> object:
    """As a report has it, which knows no difference between null and absent."""
    return None if value is ABSENT else shown(value)


def _wanted(value: object) -> Wanted:
    return Wanted(text_of(value), shown_of(value))
