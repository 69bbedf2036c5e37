"""What a merge of sessions has decided so far, and how it settles what both sides wanted otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from waifusync.core.moments import moment
from waifusync.core.three_way import Action, Clash, Decision, Side, Strategy, settle, which
from waifusync.merging.sessions.reading import canonical, shown

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
    times: tuple[float | None, float | None]
    decisions: list[Decision] = field(default_factory=list)

    def note(self, place: Place, action: Action, side: Side, clash: Clash | None = None) -> None:
        self.decisions.append(Decision(place.table, place.key, action, side, clash=clash))

    def three_way(
        self,
        place: Place,
        base: object,
        ours: object,
        theirs: object,
        *,
        times: tuple[float | None, float | None] | None = None,
    ) -> object:
        """What is to stand there, ABSENT being one of the values."""
        texts = [_text(each) for each in (base, ours, theirs)]
        side = which(*texts)
        if side is None:
            return self._settle(place, base, ours, theirs, times=times or self.times)
        chosen = ours if side is Side.OURS else theirs
        if texts[1] != texts[2]:
            self.note(place, _action(base, chosen), side)
        return chosen

    def _settle(
        self,
        place: Place,
        base: object,
        ours: object,
        theirs: object,
        *,
        times: tuple[float | None, float | None],
    ) -> object:
        """A removal wins over a change until a person decides, as in every merge here."""
        is_removal = ABSENT in (ours, theirs)
        known = None if is_removal or None in times else times
        texts = ("" if is_removal else _text(each) for each in (ours, theirs))
        side, is_settled = settle(self.strategy, *texts, order=lambda each: each, times=known)
        if is_removal and not is_settled:
            side = Side.OURS if ours is ABSENT else Side.THEIRS
        reason = _reason(base, is_removal)
        chosen = ours if side is Side.OURS else theirs
        action = Action.KEEP if is_removal and chosen is not ABSENT else _action(base, chosen)
        clash = Clash(reason, _shown(base), _shown(ours), _shown(theirs), is_settled)
        self.note(place, action, side, clash)
        return chosen


def time_of(session: dict[str, object]) -> float | None:
    """When it was last written, as far as it says so itself."""
    found = (moment(session.get(name)) for name in TIMES)
    return next((time for time in found if time is not None), None)


def _reason(base: object, is_removal: bool) -> str:
    if is_removal:
        return "changed on one side, removed on the other"
    return "added on both sides with different content" if base is ABSENT else "changed on both sides"


def _action(base: object, chosen: object) -> Action:
    if base is ABSENT:
        return Action.ADD
    return Action.REMOVE if chosen is ABSENT else Action.CHANGE


def _text(value: object) -> str:
    return "" if value is ABSENT else canonical(value)


def _shown(value: object) -> object:
    return None if value is ABSENT else shown(value)
