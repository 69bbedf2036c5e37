"""What becomes of a thing that both sides wanted otherwise, whatever kind of file it stands in."""

from __future__ import annotations

from waifusync.core.three_way import Action, Clash, Side, Strategy, settle
from waifusync.values import dataclass

Times = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a version has there: `order` compares it, and is None when it has nothing; `shown` is for JSON."""

    order: str | bytes | None
    shown: object = None


NOTHING = Wanted(None)


def clashed(
    strategy: Strategy, base: Wanted, ours: Wanted, theirs: Wanted, *, times: Times | None = None
) -> tuple[Side, Action, Clash]:
    """Whose is taken, at least until a person decides; a removal rather than a change, as everywhere."""
    is_removal = ours.order is None or theirs.order is None
    compared = ("", "") if is_removal else (ours.order, theirs.order)
    known = None if is_removal else times
    side, is_settled = settle(strategy, *compared, order=lambda each: each, times=known)
    if is_removal and not is_settled:
        side = Side.OURS if ours.order is None else Side.THEIRS
    chosen = ours if side is Side.OURS else theirs
    action = action_of(base.order, chosen.order)
    if is_removal and chosen.order is not None:
        action = Action.KEEP
    clash = Clash(_reason(base, is_removal), base.shown, ours.shown, theirs.shown, is_settled)
    return side, action, clash


def action_of(base: str | bytes | None, chosen: str | bytes | None) -> Action:
    """What taking `chosen` does to the base, by their orders."""
    if base is None:
        return Action.ADD
    return Action.REMOVE if chosen is None else Action.CHANGE


def _reason(base: Wanted, is_removal: bool) -> str:
    if is_removal:
        return "removed by one side, changed by the other"
    return "added on both sides with different content" if base.order is None else "changed on both sides"
